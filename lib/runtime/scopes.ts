/** The scopes that exist, from scopes.json: each has its policy, its signals and its alarms. */
import * as v from 'valibot';
import { mayMove } from '../alarms/judge.ts';
import {
  levelAlarms,
  type AlarmNumbers,
  type LevelAlarm,
  type Signals,
} from '../alarms/level-alarms.ts';
import { hasRamp, PRESETS, type Policy, type PresetName } from '../level/policy.ts';
import { DEFAULT_SCOPE } from '../store/level-store.ts';
import given from './scopes.json' with { type: 'json' };
import { overridePolicy, overridesSchema } from './policy-schema.ts';
import { ConfigError, matching, oneOf } from './settings.ts';
import { problemOf, strictFields } from './validation.ts';

/** What a scope is deployed with. */
export interface ScopeConfig {
  /** A preset; undefined: the one that POLICY names. */
  readonly policy?: PresetName | undefined;
  /** What the deployment has otherwise than the preset. */
  readonly overrides?: Partial<Policy> | undefined;
  readonly signals: Signals;
  readonly alarms: AlarmNumbers;
}

/** Every scope by its name; the default one is always among them. */
export type Scopes = Readonly<Record<string, ScopeConfig>>;

/** An alarm takes ten metrics, and Controller Errors watches two of Lambda and one of each scope. */
const MAX_SCOPES = 8;

const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const atLeastOne = v.pipe(v.number(), v.integer(), v.minValue(1));

const alarmsSchema = strictFields('alarms', {
  errorRate: v.optional(v.strictTuple([share, share]), [0.25, 0.5]),
  minRequests: v.optional(atLeastOne, 20),
  // CloudWatch takes whole minutes, and a day for all periods of an alarm, of which two are spare.
  periodS: v.optional(v.pipe(atLeastOne, v.multipleOf(60), v.maxValue(3_600)), 60),
  periods: v.optional(v.pipe(atLeastOne, v.maxValue(22)), 1),
});

const scopeSchema = strictFields('a scope', {
  policy: v.optional(oneOf(Object.keys(PRESETS) as PresetName[])),
  overrides: v.optional(overridesSchema),
  signals: v.optional(oneOf(['direct', 'alarms', 'both']), 'direct'),
  alarms: v.optional(alarmsSchema, {}),
});

const scopesSchema = v.pipe(
  v.record(
    matching(/^[a-z][a-z0-9-]{0,31}$/, 'up to 32 lower-case letters, digits, -'),
    scopeSchema,
  ),
  v.check((scopes) => DEFAULT_SCOPE in scopes, `must have the scope ${DEFAULT_SCOPE}`),
  v.maxEntries(MAX_SCOPES, `must be at most ${MAX_SCOPES}`),
);

/**
 * Reads the scopes.
 *
 * @param text What scopes.json holds.
 * @throws ConfigError naming the first entry that does not validate.
 */
export function readScopes(text: unknown = given): Scopes {
  const parsed = v.safeParse(scopesSchema, text);
  if (!parsed.success) throw new ConfigError(`scopes.json: ${problemOf(parsed.issues)}`);
  return parsed.output;
}

/** What a scope is deployed with: a preset, and what the deployment has otherwise. */
export interface Deployed {
  readonly preset: PresetName;
  readonly policy: Policy;
}

/**
 * The policy of a scope, which its row may override.
 *
 * @param preset That of the scopes that name none.
 * @throws ConfigError where it contradicts itself, or what moves the scope.
 */
export function deployedIn(scopes: Scopes, scope: string, preset: PresetName): Deployed {
  const { policy: own, overrides = {}, signals } = scopes[scope] ?? {};
  const name = own ?? preset;
  const checked = overridePolicy(PRESETS[name], overrides);
  if (!checked.ok) throw new ConfigError(`scopes.json: ${scope}.overrides.${checked.problem}`);
  if (signals === 'alarms' && hasRamp(checked.policy)) {
    const why = 'a recovery alarm rests on the degraded face, and nothing else would climb';
    throw new ConfigError(
      `scopes.json: ${scope}.signals must be direct or both where the policy has a ramp (${name}), got alarms: ${why}`,
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
 * The alarms of every scope.
 *
 * @param preset That of the scopes that name none.
 * @throws ConfigError
 */
export function alarmsOf(scopes: Scopes, stage: string, preset: PresetName): ScopedAlarm[] {
  return Object.entries(scopes).flatMap(([scope, { signals, alarms }]) => {
    const { policy } = deployedIn(scopes, scope, preset);
    return levelAlarms({ stage, scope, alarms, policy }).map((alarm) => ({
      alarm,
      signals,
      acts: signals !== 'direct' && mayMove(alarm, policy),
    }));
  });
}
