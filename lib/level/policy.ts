/** The numbers that decide when the level moves and who serves: plain data, with its presets. */
import type { Level } from './level.ts';

/** Which requests a failed full face is followed by the degraded one for, in the same execution. */
export type Shield = 'off' | 'safe' | 'all';

/** What the level falls by: errors counted one by one, or their rate over a window of time. */
export type Judge = 'counts' | 'rate';

/**
 * When the level moves and who serves. docs/POLICIES.md has the unit, range, default and reason of each
 * field. Times are in milliseconds, shares in percent; 0 and [] turn off what they measure.
 */
export interface Policy {
  readonly judge: Judge;
  /** Counts: errors at level 1 that lead to level 2. Fewer than errorsToMaintenance. */
  readonly errorsToDegrade: number;
  /** Counts: errors (counted on from errorsToDegrade) at level 2 that lead to level 3. */
  readonly errorsToMaintenance: number;
  /** Counts: successes in a row at level 1 that clear the errors counted there. */
  readonly successesToClear: number;
  /** Counts, without a ramp: successes in a row at level 2 that lead back to level 1. */
  readonly successesToFull: number;
  /** Probe successes in a row at level 3 that lead back to level 2. */
  readonly probesToDegraded: number;
  /** Rate: how far back outcomes are judged together; cut into ten slots. */
  readonly windowMs: number;
  /** Rate: outcomes in the window before their rate means anything. */
  readonly minimumRequests: number;
  /** Rate: errors in the window before their rate means anything. */
  readonly minimumErrors: number;
  /** Rate: share of errors at level 1 that leads to level 2, in percent. */
  readonly degradePercent: number;
  /**
   * Rate: what is ordinary for the scope is learned, and level 1 falls by far more than that, though never
   * below this share of errors, in percent; 0: nothing is learned.
   */
  readonly deviationPercent: number;
  /** Rate: share of errors at level 2 that leads to level 3, in percent. */
  readonly maintenancePercent: number;
  /** Rate: errors in a row that lead down while the window holds too few outcomes for a rate. */
  readonly consecutiveErrors: number;
  /** Rate: no verdict sooner after the first error, so that successes, which may be slower, are counted too. */
  readonly settleMs: number;
  /** Rate: counted writes a second on one row; beyond it a share of the outcomes is counted. */
  readonly writesPerSecond: number;
  /** A success slower than this counts as an error; 0: none does. */
  readonly slowAfterMs: number;
  /** Statuses of an upstream below 500 that count as errors, for example 429. */
  readonly countStatuses: readonly number[];
  /** How long no climbing begins after a fall; doubled when the level falls again soon. */
  readonly dwellMs: number;
  /** The longest that the dwell may grow to. */
  readonly maxDwellMs: number;
  /** A fall sooner after a climb than this doubles the dwell. */
  readonly flapWindowMs: number;
  /** Shares of the requests at level 2 that the full face serves, step by step, before level 1. */
  readonly ramp: readonly number[];
  /** How long a step of the ramp lasts at least. */
  readonly rampStepMs: number;
  /** How many outcomes a step of the ramp has at least. */
  readonly rampStepRequests: number;
  /** So long after the last outcome of the full face the next safe request tries it, whatever its share. */
  readonly canaryIntervalMs: number;
  /** At most one probe of the fleet in this time at level 3; 0: each request is one. */
  readonly probeIntervalMs: number;
  /** The longest that the probe's interval may grow to while probes fail. */
  readonly maxProbeIntervalMs: number;
  readonly shield: Shield;
  /** Share of the requests at level 1 that the degraded face serves, so that it is never untested. */
  readonly exerciseDegradedPercent: number;
}

/** The source's rules: 5 and 10 errors, 10 successes for every step back. */
export const classic: Policy = {
  judge: 'counts',
  errorsToDegrade: 5,
  errorsToMaintenance: 10,
  successesToClear: 10,
  successesToFull: 10,
  probesToDegraded: 10,
  windowMs: 10_000,
  minimumRequests: 20,
  minimumErrors: 10,
  degradePercent: 25,
  deviationPercent: 0,
  maintenancePercent: 50,
  consecutiveErrors: 5,
  settleMs: 250,
  writesPerSecond: 50,
  slowAfterMs: 0,
  countStatuses: [],
  dwellMs: 0,
  maxDwellMs: 300_000,
  flapWindowMs: 300_000,
  ramp: [],
  rampStepMs: 10_000,
  rampStepRequests: 20,
  canaryIntervalMs: 10_000,
  probeIntervalMs: 0,
  maxProbeIntervalMs: 30_000,
  shield: 'off',
  exerciseDegradedPercent: 0,
};

/** The source's bank: its recovery is quicker, 3 probes and then 5 successes. */
export const bank: Policy = { ...classic, successesToFull: 5, probesToDegraded: 3 };

/** What a team runs before real traffic. */
export const production: Policy = {
  ...classic,
  judge: 'rate',
  probesToDegraded: 3,
  dwellMs: 30_000,
  ramp: [5, 25, 50],
  probeIntervalMs: 5_000,
  shield: 'safe',
};

/** The same, for a service whose ordinary errors are few: it falls by far more of them than it is used to. */
export const adaptive: Policy = { ...production, deviationPercent: 5 };

/** The presets that can be named in POLICY. */
export const PRESETS = { classic, bank, production, adaptive } as const;

/** The name of a preset. */
export type PresetName = keyof typeof PRESETS;

/** What a scope before an API of one's own runs by, unless it names another: the policy for real traffic. */
export const UPSTREAM_PRESET: PresetName = 'production';

/**
 * The errorCount with which a level begins, from whichever side it is entered. It is a constant of
 * the policy, so errors that slip in between the steps of the write protocol cannot carry over. A
 * rate has slots of its own and leaves the count at 0.
 */
export function entryErrorCount(level: Level, policy: Policy): number {
  if (policy.judge === 'rate') return 0;
  switch (level) {
    case 1:
      return 0;
    case 2:
      return policy.errorsToDegrade;
    case 3:
      return policy.errorsToMaintenance;
  }
}

/** Whether level 2 is left by the outcomes of the full face, tried with a growing share of the requests. */
export function hasRamp(policy: Policy): boolean {
  return policy.ramp.length > 0;
}
