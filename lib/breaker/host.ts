/** The only place of the breaker that reads a clock, sets a timer or draws at random. */

/** The longest delay a timer of Node takes, in milliseconds; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** Milliseconds from an arbitrary start that never go back. */
export const monotonicMs = (): number => performance.now();

/** Epoch milliseconds, for the dates in the stats. */
export const wallMs = (): number => Date.now();

/** A number from 0 up to but not including 1. */
export const random = (): number => Math.random();

/** Calls back once, at the earliest after delayMs; such a timer keeps no process alive. */
export function startTimer(callback: () => void, delayMs: number): NodeJS.Timeout {
  return setTimeout(callback, delayMs).unref();
}

/** As startTimer, for a delay that somebody waits for as work: it keeps the process alive. */
export function startWait(callback: () => void, delayMs: number): NodeJS.Timeout {
  return setTimeout(callback, delayMs);
}

/** Ends a timer that may have fired already. */
export function stopTimer(timer: NodeJS.Timeout): void {
  clearTimeout(timer);
}
