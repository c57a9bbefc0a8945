/** What a breaker has counted since it was made or reset, whatever its state. */

/**
 * Plain numbers that change in place. reset() replaces the object, so a call that began before it
 * still counts, but where nobody looks any more.
 */
export interface Totals {
  failures: number;
  successes: number;
  rejected: number;
  timeouts: number;
  fallbacks: number;
  failureRun: number;
  successRun: number;
  /** On the clock; NaN before the first. */
  lastFailureAtMs: number;
  /** On the clock; NaN before the first. */
  lastSuccessAtMs: number;
}

export const newTotals = (): Totals => ({
  failures: 0,
  successes: 0,
  rejected: 0,
  timeouts: 0,
  fallbacks: 0,
  failureRun: 0,
  successRun: 0,
  lastFailureAtMs: Number.NaN,
  lastSuccessAtMs: Number.NaN,
});

export function addToTotals(totals: Totals, atMs: number, failed: boolean): void {
  if (failed) {
    totals.failures += 1;
    totals.failureRun += 1;
    totals.successRun = 0;
    totals.lastFailureAtMs = atMs;
  } else {
    totals.successes += 1;
    totals.successRun += 1;
    totals.failureRun = 0;
    totals.lastSuccessAtMs = atMs;
  }
}
