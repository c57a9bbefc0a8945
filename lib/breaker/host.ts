/** The only place of the breaker that reads a clock, sets a timer, draws at random or warns. */

/** The longest delay a timer of Node takes, in milliseconds; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2_147_483_647;

const { setTimeout: setTimeoutAtStart, performance: performanceAtStart } = globalThis;

/**
 * Milliseconds from an arbitrary start that never go back. To read the global `performance` takes a
 * fifth of that time; who replaces it, in a test, replaces the timers too.
 */
export const monotonicMs = (): number =>
  (setTimeout === setTimeoutAtStart ? performanceAtStart : performance).now();

/** Epoch milliseconds, for the dates in the stats. */
export const wallMs = (): number => Date.now();

/** A number from 0 up to but not including 1. */
export const random = (): number => Math.random();

/** A timer of whatever host this is: Node's is an object, a browser's a number. */
export type Timer = { readonly unref?: () => unknown } | number;

/**
 * Calls back once, at the earliest after delayMs, in the asynchronous context of who sets it.
 *
 * @param unref Whether the process may end before.
 */
export function startTimer(callback: () => void, delayMs: number, unref = false): Timer {
  const timer: Timer = setTimeout(callback, delayMs);
  if (unref) unreference(timer);
  return timer;
}

/** Ends a timer that may have fired already, if there is one. */
export function stopTimer(timer: Timer | null): void {
  if (timer === null) return;
  // Node keeps the list of an unref'd timer for the next of its length: a third of the cost.
  unreference(timer);
  clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}

function unreference(timer: Timer): void {
  if (typeof timer === 'object') timer.unref?.();
}

/** What is there where there is no Node, and what is not. */
interface Host {
  readonly process?: { readonly emitWarning?: (message: string, type: string) => void };
  readonly reportError?: (error: unknown) => void;
}

/** Tells of an error that has no caller: as a warning of the process, or as a browser reports one. */
export function warn(message: string, error: unknown): void {
  const { process, reportError } = globalThis as Host;
  if (process?.emitWarning === undefined) reportError?.(error);
  else process.emitWarning(message, 'CircuitBreakerWarning');
}
