/** The numbers by which a fleet opens, probes and ramps up; a row may override them. */
import {
  aboveZero,
  FOREVER,
  from,
  MOST,
  read,
  refused,
  whole,
  type Kind,
} from '../breaker/read-options.ts';
import { BreakerOptionsError } from '../breaker/errors.ts';
import { DEFAULTS } from '../breaker/options.ts';

/** When a fleet opens and closes. Times are milliseconds. */
export interface FleetRules {
  /** Failures over requests of all environments that opens, above 0 to 1. */
  readonly failureThreshold: number;
  /** Requests of all environments in the window below which nothing opens. */
  readonly minimumRequests: number;
  /** Failing environments below which nothing opens: one bad node must not stop good ones. */
  readonly quorum: number;
  /** The length of the window; also that of a slot. */
  readonly window: number;
  /** How long it stays open. */
  readonly resetTimeout: number;
  /** Probes in flight, over all environments. */
  readonly permitted: number;
  /** Successful probes that close. */
  readonly successesToClose: number;
  /** How long a probe may hold its permit before another environment takes it over. */
  readonly lease: number;
  /** The shares of calls that are let through after it has closed, in percent, step by step. */
  readonly ramp: readonly number[];
  /** How long a step lasts. */
  readonly rampStep: number;
}

/** The defaults; those of a breaker in one process where it has them too. */
export const FLEET_DEFAULTS: FleetRules = {
  failureThreshold: DEFAULTS.failureThreshold.rate,
  minimumRequests: DEFAULTS.minimumRequests,
  quorum: 2,
  window: DEFAULTS.window,
  resetTimeout: DEFAULTS.resetTimeout,
  permitted: DEFAULTS.permitted,
  successesToClose: DEFAULTS.permitted,
  // A probe that its own time limit ends has told by then.
  lease: DEFAULTS.timeout + 5_000,
  ramp: [5, 25, 50],
  rampStep: 10_000,
};

/** The most steps of a ramp. */
const MAX_STEPS = 10;

const isRamp = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length <= MAX_STEPS &&
  value.every(
    (share, at) => typeof share === 'number' && share > Number(value[at - 1] ?? 0) && share < 100,
  );

const ramp = (absent: readonly number[]): Kind<readonly number[]> => [
  isRamp,
  () => `at most ${MAX_STEPS} growing numbers above 0 and below 100`,
  absent,
];

/** What each rule may be, with what stands for an absent one. */
const kindsOver = (rules: FleetRules) => ({
  failureThreshold: aboveZero(1, rules.failureThreshold),
  minimumRequests: whole(1, MOST, rules.minimumRequests),
  quorum: whole(1, 64, rules.quorum),
  window: from(1_000, 3_600_000, rules.window),
  resetTimeout: from(0, FOREVER, rules.resetTimeout),
  permitted: whole(1, 1_000, rules.permitted),
  successesToClose: whole(1, MOST, rules.successesToClose),
  lease: from(1_000, 3_600_000, rules.lease),
  ramp: ramp(rules.ramp),
  rampStep: from(100, 3_600_000, rules.rampStep),
});

/** The names of the rules. */
export const RULE_NAMES = Object.keys(FLEET_DEFAULTS) as (keyof FleetRules)[];

/**
 * Lays some rules over others.
 *
 * @param given Some of them, from outside.
 * @throws BreakerOptionsError for an unknown rule or a value out of its range.
 */
export function rulesOver(deployed: FleetRules, given: unknown): FleetRules {
  const rules = read(given, 'the rules of the fleet', kindsOver(deployed));
  if (!Number.isInteger(rules.window)) throw refused('window', 'whole milliseconds', rules.window);
  return rules;
}

/** The same; null where they cannot be. */
export function rulesOrNull(deployed: FleetRules, given: unknown): FleetRules | null {
  try {
    return rulesOver(deployed, given);
  } catch (error) {
    if (error instanceof BreakerOptionsError) return null;
    throw error;
  }
}
