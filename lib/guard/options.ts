/** What the ladder in one's own handler is told, checked once. */
import * as v from 'valibot';
import type { Signals } from '../alarms/level-alarms.ts';
import { isLevel, type Level } from '../level/level.ts';
import { PRESETS, type Policy, type PresetName } from '../level/policy.ts';
import type { LevelState } from '../level/state.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { overridePolicy } from '../runtime/policy-schema.ts';
import { ConfigError, matching, oneOf } from '../runtime/settings.ts';
import { systemChance } from '../runtime/simulation.ts';
import { problemOf, strictFields } from '../runtime/validation.ts';
import { REFRESH_JITTER } from '../shared/row-copy.ts';
import { within, type Within } from '../shared/within.ts';
import { createDocumentClient } from '../store/dynamo-client.ts';
import { DynamoLevelStore } from '../store/dynamo-level-store.ts';
import { DEFAULT_SCOPE, type LevelStore } from '../store/level-store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Which row is followed, and how it is judged. */
export interface GuardOptions {
  /** The table by its name, with the region and credentials of the environment; or `store`. */
  readonly table?: string | undefined;
  /** Another table than `table`, behind the port. */
  readonly store?: LevelStore | undefined;
  /** The scope whose row it is: up to 32 lower-case letters, digits, -, of a tenant `service.tenant`; `default` by default. */
  readonly scope?: string | undefined;
  /** The preset that the row may override: as in the deployment of the table; `production` by default. */
  readonly policy?: PresetName | undefined;
  /** What is otherwise than the preset. */
  readonly overrides?: Partial<Policy> | undefined;
  /** What moves the level: requests, alarms or both; `direct` by default. */
  readonly signals?: Signals | undefined;
  /** The level that serves while the row cannot be read, 1 to 3; 1 by default. */
  readonly failOpenLevel?: Level | undefined;
  /** Where metrics and log lines go, for example powertoolsTelemetry(); nowhere by default. */
  readonly telemetry?: Telemetry | undefined;
  /** For tests: the time, the chance, and what waits; those of this machine by default. */
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  readonly within?: Within | undefined;
}

/** The options as the guard uses them. */
export interface GuardSettings {
  readonly scope: string;
  readonly store: LevelStore;
  /** The policy that the row may override. */
  readonly deployed: Policy;
  /** The policy in force for what a row overrides. */
  readonly policyOf: (overrides: LevelState['policy']) => Policy;
  readonly signals: Signals;
  readonly failOpenLevel: Level;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly within: Within;
}

/** The row is read once in so many milliseconds, and told of evidence as often. */
export const INTERVAL_MS = 1_000;

/** Until every environment has read that outcomes are counted, and could tell of its own, nothing is judged. */
const SETTLE_MS = INTERVAL_MS * (1 + REFRESH_JITTER);

const NOWHERE: Telemetry = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  measure() {},
  count() {},
};

const callable = v.custom<never>((value) => typeof value === 'function', 'must be a function');
const object = v.custom<never>((value) => typeof value === 'object', 'must be an object');

/** A service, or a tenant of one. */
const SCOPE = /^[a-z][a-z0-9-]{0,31}(\.[a-z0-9][a-z0-9-]{0,31})?$/;

const schema = strictFields('the options', {
  table: v.optional(v.pipe(v.string(), v.nonEmpty('must be the name of a table'))),
  store: v.optional(object),
  scope: v.optional(
    matching(SCOPE, 'up to 32 lower-case letters, digits, -, or two such with a dot between'),
    DEFAULT_SCOPE,
  ),
  policy: v.optional(oneOf(Object.keys(PRESETS) as PresetName[]), 'production'),
  overrides: v.optional(v.unknown(), {}),
  signals: v.optional(oneOf(['direct', 'alarms', 'both']), 'direct'),
  failOpenLevel: v.optional(v.custom<Level>(isLevel, 'must be 1, 2 or 3'), 1),
  telemetry: v.optional(object),
  clock: v.optional(object),
  random: v.optional(callable),
  within: v.optional(callable),
});

/**
 * Reads the options.
 *
 * @throws ConfigError naming what does not validate.
 */
export function readGuardOptions(options: GuardOptions): GuardSettings {
  const parsed = v.safeParse(schema, options);
  if (!parsed.success) throw new ConfigError(`withLevels: ${problemOf(parsed.issues)}`);
  const { policy, overrides, scope, signals, failOpenLevel } = parsed.output;
  const checked = overridePolicy(PRESETS[policy], overrides);
  if (!checked.ok) throw new ConfigError(`withLevels: overrides.${checked.problem}`);
  const deployed = settling(checked.policy);
  const { telemetry = NOWHERE, clock = systemClock, random = systemChance.random } = options;
  return {
    scope,
    store: storeOf(options),
    deployed,
    policyOf: policyInForce(deployed, scope, telemetry),
    signals,
    failOpenLevel,
    telemetry,
    clock,
    random,
    within: options.within ?? within,
  };
}

function storeOf({ table, store }: GuardOptions): LevelStore {
  if (store !== undefined && table === undefined) return store;
  if (table !== undefined && store === undefined) {
    return new DynamoLevelStore(createDocumentClient({}), table);
  }
  throw new ConfigError(
    `withLevels: expected table or store, got ${table === undefined ? 'none' : 'both'} of them`,
  );
}

/** A row policy that does not validate is ignored and counted: the deployed one then decides. */
function policyInForce(deployed: Policy, scope: string, telemetry: Telemetry) {
  return (overrides: LevelState['policy']): Policy => {
    if (overrides === undefined) return deployed;
    const checked = overridePolicy(deployed, overrides);
    if (checked.ok) return settling(checked.policy);
    telemetry.warn('row policy ignored', { scope, problem: checked.problem });
    telemetry.count('PolicyIgnored', scope);
    return deployed;
  };
}

function settling(policy: Policy): Policy {
  return { ...policy, settleMs: Math.max(policy.settleMs, SETTLE_MS) };
}
