/** What a breaker has counted since it was made or reset, whatever its state. */

/**
 * Plain numbers that change in place. reset() replaces the object, so a call that began before it
 * still counts, but where nobody looks any more.
 */
export class Totals {
  failures = 0;
  successes = 0;
  rejected = 0;
  timeouts = 0;
  fallbacks = 0;
  failureRun = 0;
  successRun = 0;
  /** On the clock; NaN before the first. */
  lastFailureMs = Number.NaN;
  /** On the clock; NaN before the first. */
  lastSuccessMs = Number.NaN;

  addSuccess(atMs: number): void {
    this.successes += 1;
    this.successRun += 1;
    this.failureRun = 0;
    this.lastSuccessMs = atMs;
  }

  addFailure(atMs: number): void {
    this.failures += 1;
    this.failureRun += 1;
    this.successRun = 0;
    this.lastFailureMs = atMs;
  }
}
