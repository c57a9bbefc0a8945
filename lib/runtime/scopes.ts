/** The scopes that exist, from services.json: each is a service with its routes, its policy, its signals and its alarms. */
import * as v from 'valibot';
import { mayMove } from '../alarms/judge.ts';
import { levelAlarms, type LevelAlarm, type Signals } from '../alarms/level-alarms.ts';
import { isMap } from '../level/state.ts';
import {
  hasRamp,
  PRESETS,
  UPSTREAM_PRESET,
  type Policy,
  type PresetName,
} from '../level/policy.ts';
import { DEFAULT_SCOPE } from '../store/level-store.ts';
import given from '../../services.json' with { type: 'json' };
import { listedScopes, type Listed } from './listed-scopes.ts';
import { isTaken, readControlPrefix } from './own-paths.ts';
import { overridePolicy } from './policy-schema.ts';
import { conflictBetween, routeOf, type Route } from './routes.ts';
import { serviceEntries } from './service-entries.ts';
import { serviceSchema, type ServiceEntry } from './service-schema.ts';
import { ConfigError } from './settings.ts';
import { problemOfTenants } from './tenants-schema.ts';
import { servicesIn, withTenants } from './tenants.ts';
import { problemOf } from './validation.ts';

/** What a scope is deployed with. */
export type ScopeConfig = ServiceEntry;

/** Every scope by its name. */
export type Scopes = Readonly<Record<string, ScopeConfig>>;

/** The most services of one deployment: CloudFormation takes 500 resources. */
const MAX_SERVICES = 30;

/** The most scopes, with those of tenants: each has a tick, and a label of the monitors. */
const MAX_SCOPES = 100;

const SCOPE = /^[a-z][a-z0-9-]{0,31}$/;
const STAGE = /^[a-zA-Z0-9-]{1,32}$/;

/**
 * Reads the services of a stage.
 *
 * @param file What services.json holds: an entry for each scope; `stages` in it has fields that a stage has
 *   otherwise.
 * @throws ConfigError naming the first entry that does not validate, whichever stage it is for.
 */
export function readScopes(stage = 'dev', file: unknown = given): Scopes {
  if (!isMap(file)) refuse(`must be an object, got ${typeof file}`);
  const entries = serviceEntries(file);
  if (entries.length === 0) refuse('must have a service');
  if (entries.length > MAX_SERVICES) refuse(`must have at most ${MAX_SERVICES} services`);
  const scopes = Object.fromEntries(
    entries.map(([scope, entry]) => [scope, readEntry(scope, entry, stage)]),
  );
  const problem = problemOfRoutes(scopes, readControlPrefix(file));
  if (problem !== null) refuse(problem);
  const all = Object.keys(withTenants(scopes)).length;
  if (all > MAX_SCOPES) {
    refuse(`must have at most ${MAX_SCOPES} services and tenants together, got ${all}`);
  }
  return scopes;
}

/** The routes of an API of one's own that the environment names: /service-api is its URL, all else is appended. */
const UPSTREAM_ROUTES = ['ANY /service-api', 'ANY /', 'ANY /{proxy+}'].map(routeOf);

/**
 * The scopes that are served: the services that SERVICES lists, or all, and behind them their tenants. Before an API of one's own that the
 * environment names it is that API alone, in the default scope, where nothing is listed.
 *
 * @throws ConfigError where SERVICES lists one that is not there.
 */
export function servedScopes(scopes: Scopes, config: Listed): Scopes {
  const { [DEFAULT_SCOPE]: own, ...others } = scopes;
  const all =
    config.upstream === undefined ? scopes : { [DEFAULT_SCOPE]: beforeUpstream(own), ...others };
  const listed = listedScopes(Object.keys(all), config);
  const unknown = listed.find((scope) => !(scope in all));
  if (unknown !== undefined) {
    const known = Object.keys(all).join(', ');
    throw new ConfigError(`SERVICES must list some of ${known}, got ${JSON.stringify(unknown)}`);
  }
  const isListed = ([scope]: readonly [string, unknown]) => listed.includes(scope);
  return withTenants(Object.fromEntries(Object.entries(all).filter(isListed)));
}

/** What the default scope is there: its own numbers, without what served it, and whom. */
function beforeUpstream(own: ScopeConfig | undefined): ScopeConfig {
  const entry = own ?? v.parse(serviceSchema, { routes: ['ANY /'] });
  const {
    module: _module,
    upstream: _upstream,
    body: _body,
    tables: _tables,
    environment: _environment,
    ...rest
  } = entry;
  return {
    ...rest,
    routes: UPSTREAM_ROUTES,
    // Its OPTIONS and its words for other origins pass like all else.
    cors: 'off',
    tables: {},
    environment: NO_ENVIRONMENT,
  };
}

const NO_ENVIRONMENT = { full: {}, degraded: {}, maintenance: {} };

/** Whether the faces of a service know each other's Idempotency-Keys: those of a module do, two APIs need not. */
export function knowsKeys(
  { sharedIdempotency, module, upstream }: ScopeConfig,
  ofUrls: boolean,
): boolean {
  return sharedIdempotency ?? upstream?.sharedIdempotency ?? (module !== undefined || ofUrls);
}

/** The routes of all scopes. */
export function routesOf(scopes: Scopes): readonly (Route & { readonly scope: string })[] {
  return Object.entries(scopes).flatMap(([scope, { routes }]) =>
    routes.map((route) => ({ ...route, scope })),
  );
}

function readEntry(scope: string, entry: unknown, stage: string): ScopeConfig {
  if (!SCOPE.test(scope)) {
    refuse(`${JSON.stringify(scope)} must be up to 32 lower-case letters, digits, -`);
  }
  if (!isMap(entry)) refuse(`${scope} must be an object`);
  const { stages = {}, ...common } = entry;
  if (!isMap(stages)) refuse(`${scope}.stages must be an object of stages`);
  for (const [name, other] of Object.entries(stages)) {
    if (!STAGE.test(name)) refuse(`${scope}.stages.${name} must be the name of a stage`);
    if (!isMap(other)) refuse(`${scope}.stages.${name} must be an object`);
    parseEntry(`${scope}.stages.${name}`, { ...common, ...other });
  }
  const own = stages[stage];
  return parseEntry(scope, isMap(own) ? { ...common, ...own } : common);
}

function parseEntry(where: string, entry: unknown): ScopeConfig {
  const parsed = v.safeParse(serviceSchema, entry, { abortEarly: true });
  if (!parsed.success) refuse(`${where}: ${problemOf(parsed.issues)}`);
  const { module, upstream } = parsed.output;
  if ((module === undefined) === (upstream === undefined)) {
    refuse(`${where}: must have either module or upstream: what serves it?`);
  }
  const preflight = parsed.output.routes.find(({ method }) => method === 'OPTIONS');
  if (preflight !== undefined && parsed.output.cors !== 'off') {
    const what = `routes has OPTIONS ${preflight.path}, which cors answers in the service's place`;
    refuse(`${where}: ${what}; leave it out, or set cors to "off"`);
  }
  const problem = problemOfTenants(parsed.output);
  if (problem !== null) refuse(`${where}: ${problem}`);
  return parsed.output;
}

function problemOfRoutes(scopes: Scopes, prefix: string): string | null {
  const routes = routesOf(scopes);
  const own = routes.find(({ path }) => isTaken(path, prefix));
  if (own !== undefined) {
    return `${own.scope}: routes ${own.method} ${own.path} is the product's own path; take another`;
  }
  return conflictBetween(routes);
}

function refuse(problem: string): never {
  throw new ConfigError(`services.json: ${problem}`);
}

/** What a scope is deployed with: a preset, and what the deployment has otherwise. */
export interface Deployed {
  readonly preset: PresetName;
  readonly policy: Policy;
}

/**
 * The policy of a scope, which its row may override.
 *
 * @param preset That of the scopes that name none and have no API of their own, which has `production`.
 * @throws ConfigError where it contradicts itself, or what moves the scope.
 */
export function deployedIn(scopes: Scopes, scope: string, preset: PresetName): Deployed {
  const { policy: own, overrides = {}, signals, upstream } = scopes[scope] ?? {};
  const name = own ?? (upstream === undefined ? preset : UPSTREAM_PRESET);
  const checked = overridePolicy(PRESETS[name], overrides);
  if (!checked.ok) throw new ConfigError(`services.json: ${scope}.overrides.${checked.problem}`);
  if (signals === 'alarms' && hasRamp(checked.policy)) {
    const why = 'a recovery alarm rests on the degraded face, and nothing else would climb';
    throw new ConfigError(
      `services.json: ${scope}.signals must be direct or both where the policy has a ramp (${name}), got alarms: ${why}`,
    );
  }
  if (upstream?.sharedBreaker !== undefined && checked.policy.judge === 'rate') {
    throw new ConfigError(
      `services.json: ${scope}.upstream.sharedBreaker must be absent where the policy judges a rate (${name}): its level is already the fleet's rate of that upstream, and two judges of one thing would keep each other from seeing it`,
    );
  }
  return { preset: name, policy: checked.policy };
}

/** An alarm with what its scope lets it do. */
export interface ScopedAlarm {
  readonly alarm: LevelAlarm;
  readonly signals: Signals;
  /** Whether it may move its level. */
  readonly acts: boolean;
}

/**
 * The alarms of every service; a tenant has none.
 *
 * @param preset That of the scopes that name none.
 * @throws ConfigError
 */
export function alarmsOf(scopes: Scopes, stage: string, preset: PresetName): ScopedAlarm[] {
  return Object.entries(servicesIn(scopes)).flatMap(([scope, { signals, alarms }]) => {
    const { policy } = deployedIn(scopes, scope, preset);
    return levelAlarms({ stage, scope, alarms, policy }).map((alarm) => ({
      alarm,
      signals,
      acts: signals !== 'direct' && mayMove(alarm, policy),
    }));
  });
}

/**
 * Those of them that a stage is deployed with: the ones that may move a level, and the default scope's to look at.
 * CloudFormation takes 500 resources, and each alarm is paid for.
 */
export function deployedAlarmsOf(...of: Parameters<typeof alarmsOf>): ScopedAlarm[] {
  return alarmsOf(...of).filter(({ alarm, acts }) => acts || alarm.scope === DEFAULT_SCOPE);
}
