/** What the functions are told of a deployment by their environment. */
import { deploymentOf } from './deployment.js';

/** The preset of the scopes that name none. */
export async function policy({ resolveVariable }) {
  return (await deploymentOf(resolveVariable)).policy;
}

/** The scopes that are served; '' is all. */
export async function services({ resolveVariable }) {
  return (await deploymentOf(resolveVariable)).services;
}

export const full = ofFace('full', {
  POLICY: policy,
  SERVICES: services,
  FAULT_SWITCH: 'param:faultSwitch',
  FULL_UPSTREAM_URL: 'param:fullUpstreamUrl',
  DEGRADED_UPSTREAM_URL: 'param:degradedUpstreamUrl',
  PROBE_URL: 'param:probeUrl',
  FULL_PROBE_URL: 'param:fullProbeUrl',
  UPSTREAM_TIMEOUT_MS: 'param:upstreamTimeoutMs',
});
export const degraded = ofFace('degraded', {
  POLICY: policy,
  SERVICES: services,
  FAULT_SWITCH: 'param:faultSwitch',
  FULL_UPSTREAM_URL: 'param:fullUpstreamUrl',
  DEGRADED_UPSTREAM_URL: 'param:degradedUpstreamUrl',
  PROBE_URL: 'param:probeUrl',
  FULL_PROBE_URL: 'param:fullProbeUrl',
  UPSTREAM_TIMEOUT_MS: 'param:upstreamTimeoutMs',
});
export const maintenance = ofFace('maintenance', {
  SERVICES: services,
  FAULT_SWITCH: 'param:faultSwitch',
});

/** The environment of a face: what every one has, what its services ask for, and the names of their tables. */
function ofFace(face, common) {
  return async ({ resolveVariable }) => {
    const { scopes } = await deploymentOf(resolveVariable);
    const own = Object.values(scopes).flatMap(({ environment, tables }) => [
      ...Object.entries(environment[face]).map(([name, text]) => [name, variable(text)]),
      ...Object.entries(tables)
        .filter(([, table]) => table[face]?.length > 0)
        .map(([id, { env }]) => [env, { Ref: id }]),
    ]);
    const resolved = [...Object.entries(common), ...own].map(async ([name, value]) => {
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
