/** What a breaker in the words of gobreaker counts, and its own rule of when to trip. */

/** What one generation has seen. */
export interface Counts {
  /** Calls that passed, also those that still run. */
  readonly requests: number;
  readonly totalSuccesses: number;
  readonly totalFailures: number;
  /** Calls that ended and count neither way; those whose caller aborted are among them. */
  readonly totalExclusions: number;
  readonly consecutiveSuccesses: number;
  readonly consecutiveFailures: number;
}

/** Whether a closed breaker trips; asked after each failure. */
export type ReadyToTrip = (counts: Counts) => boolean;

/** gobreaker's own rule, and what stands in for a readyToTrip that throws. */
export const moreThanFiveInARow: ReadyToTrip = ({ consecutiveFailures }) => consecutiveFailures > 5;

export const NOTHING_COUNTED: Counts = {
  requests: 0,
  totalSuccesses: 0,
  totalFailures: 0,
  totalExclusions: 0,
  consecutiveSuccesses: 0,
  consecutiveFailures: 0,
};

/** How a call of gobreaker ends. */
export type Ending = 'success' | 'failure' | 'excluded';

/** The same after the end of a call. */
export function afterEnd(counts: Counts, how: Ending): Counts {
  switch (how) {
    case 'success':
      return {
        ...counts,
        totalSuccesses: counts.totalSuccesses + 1,
        consecutiveSuccesses: counts.consecutiveSuccesses + 1,
        consecutiveFailures: 0,
      };
    case 'failure':
      return {
        ...counts,
        totalFailures: counts.totalFailures + 1,
        consecutiveFailures: counts.consecutiveFailures + 1,
        consecutiveSuccesses: 0,
      };
    case 'excluded':
      return { ...counts, totalExclusions: counts.totalExclusions + 1 };
  }
}
