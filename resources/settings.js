/** What the functions are told of a deployment by their environment. */
import { deploymentOf } from './deployment.js';
import { breakerKeys, keepsLastGood, LAST_GOOD, LEVELS } from './upstreams.js';

/** The preset of the scopes that name none. */
export async function policy({ resolveVariable }) {
  return (await deploymentOf(resolveVariable)).policy;
}

/** The scopes that are served; '' is all. */
export async function services({ resolveVariable }) {
  return (await deploymentOf(resolveVariable)).services;
}

const COMMON = {
  SERVICES: services,
  FAULT_SWITCH: 'param:faultSwitch',
};

const SERVING = {
  ...COMMON,
  POLICY: policy,
  FULL_UPSTREAM_URL: 'param:fullUpstreamUrl',
  DEGRADED_UPSTREAM_URL: 'param:degradedUpstreamUrl',
  PROBE_URL: 'param:probeUrl',
  FULL_PROBE_URL: 'param:fullProbeUrl',
  UPSTREAM_TIMEOUT_MS: 'param:upstreamTimeoutMs',
};

export const full = ofFace('full', SERVING);
export const degraded = ofFace('degraded', SERVING);
export const maintenance = ofFace('maintenance', COMMON);

/** The environment of a face: what every one has, what its services ask for, and the names of their tables. */
function ofFace(face, common) {
  return async ({ resolveVariable, file }) => {
    const deployment = await deploymentOf(resolveVariable, file);
    const { scopes } = deployment;
    const kept = face !== 'maintenance' && keepsLastGood(deployment);
    const own = Object.values(scopes).flatMap(({ environment, tables }) => [
      ...Object.entries(environment[face]).map(([name, text]) => [name, variable(text)]),
      ...Object.entries(tables)
        .filter(([, table]) => table[face]?.length > 0)
        .map(([id, { env }]) => [env, { Ref: id }]),
    ]);
    const all = [
      ...Object.entries(common),
      ...own,
      ...(kept ? [['LAST_GOOD_TABLE', { Ref: LAST_GOOD }]] : []),
      ...(breakerKeys(face, deployment).length > 0 ? [['BREAKERS_TABLE', { Ref: LEVELS }]] : []),
    ];
    const resolved = all.map(async ([name, value]) => {
      if (typeof value === 'function') return [name, await value({ resolveVariable })];
      if (typeof value !== 'string' || !value.startsWith('param:')) return [name, value];
      return [name, await resolveVariable(value)];
    });
    return Object.fromEntries(await Promise.all(resolved));
  };
}

/** `${param:name}` is asked for; any other text is the value. */
function variable(text) {
  return /^\$\{(param:\w+)\}$/.exec(text)?.[1] ?? text;
}
