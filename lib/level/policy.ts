/** The numbers that decide when the level moves: plain data, with its presets. */
import type { Level } from './level.ts';

/** When the level moves. All counts are integers from 1 to 1,000,000. */
export interface Policy {
  /** Errors at level 1 that lead to level 2. Fewer than errorsToMaintenance. */
  readonly errorsToDegrade: number;
  /** Errors (counted on from errorsToDegrade) at level 2 that lead to level 3. */
  readonly errorsToMaintenance: number;
  /** Successes in a row at level 1 that clear the errors counted there. */
  readonly successesToClear: number;
  /** Successes in a row at level 2 that lead back to level 1. */
  readonly successesToFull: number;
  /** Probe successes in a row at level 3 that lead back to level 2. */
  readonly probesToDegraded: number;
  /** Errors older than this are forgotten, in milliseconds. Not supported yet. */
  readonly errorWindowMs?: number;
  /** No recovery evidence counts before a level has lasted this long, in milliseconds. Not supported yet. */
  readonly minDwellMs?: number;
  /** At most one probe per interval across the fleet, in milliseconds. Not supported yet. */
  readonly probeIntervalMs?: number;
  /** Shares of requests served at level 1 after recovery, in percent, ascending. Not supported yet. */
  readonly ramp?: readonly number[];
  /** Share of requests always served at level 2, in percent. Not supported yet. */
  readonly exerciseDegradedPercent?: number;
}

/** The numbers of a policy that every policy has. */
export const COUNT_FIELDS = [
  'errorsToDegrade',
  'errorsToMaintenance',
  'successesToClear',
  'successesToFull',
  'probesToDegraded',
] as const satisfies readonly (keyof Policy)[];

/** The fields that validation refuses until the level rules read them. */
export const UNSUPPORTED_FIELDS = [
  'errorWindowMs',
  'minDwellMs',
  'probeIntervalMs',
  'ramp',
  'exerciseDegradedPercent',
] as const satisfies readonly (keyof Policy)[];

/** The default: 5 and 10 errors, 10 successes for every step back. */
export const classic: Policy = {
  errorsToDegrade: 5,
  errorsToMaintenance: 10,
  successesToClear: 10,
  successesToFull: 10,
  probesToDegraded: 10,
};

/** For a service whose recovery may be quicker: 3 probes, then 5 successes. */
export const bank: Policy = { ...classic, successesToFull: 5, probesToDegraded: 3 };

/** The presets that can be named in POLICY. */
export const PRESETS = { classic, bank } as const;

/** The name of a preset. */
export type PresetName = keyof typeof PRESETS;

/**
 * The errorCount with which a level begins, from whichever side it is entered. It is a constant of
 * the policy, so errors that slip in between the steps of the write protocol cannot carry over.
 */
export function entryErrorCount(level: Level, policy: Policy): number {
  switch (level) {
    case 1:
      return 0;
    case 2:
      return policy.errorsToDegrade;
    case 3:
      return policy.errorsToMaintenance;
  }
}
