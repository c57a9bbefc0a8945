/** How many retries a service may add to its calls. */
import { clockOf, callable, FOREVER, from, maybe, MOST, read, whole } from '../read-options.ts';
import { addCall, countsOf, newWindow, type CallWindow } from '../window.ts';

export interface RetryBudgetOptions {
  /** Retries per call, 0 to 1; 0.2 by default. */
  readonly ratio?: number;
  /** Retries that are always allowed in a window, from 0; 3 by default. */
  readonly minimum?: number;
  /** Length of the window, in milliseconds, from 1; 10,000 by default. */
  readonly window?: number;
  /** Monotonic milliseconds; the clock of this process by default. */
  readonly clock?: () => number;
}

const BUCKETS = 10;

/**
 * Allows a retry while the retries of the window, this one included, are at most `ratio` of the
 * calls that began in it, or at most `minimum`. Give one budget to all retries of one service.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 * Source: the numbers are Envoy's RetryBudget (budget_percent 20, min_retry_concurrency 3) and
 * failsafe-go's; both count what is in flight. Calls over a window instead, 10 seconds by default,
 * are the Kubernetes Gateway API's (GEP-3388), and hold also where every call fails at once.
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { ratio, minimum, window, clock } = read(options, 'the options of retryBudget', {
    ratio: from(0, 1, 0.2),
    minimum: whole(0, MOST, 3),
    window: from(1, FOREVER, 10_000),
    clock: maybe(callable<() => number>()),
  });
  return new RetryBudget(ratio, minimum, window, clockOf(clock));
}

/** What a budget has seen in its window, and what it has left. */
export interface RetryBudgetStats {
  readonly calls: number;
  readonly retries: number;
  /** Retries that it would allow now, one after the other. */
  readonly remaining: number;
}

/** The calls and the retries of one service; made by retryBudget. */
export class RetryBudget {
  readonly #ratio: number;
  readonly #minimum: number;
  readonly #clock: () => number;
  /** Calls as its successes, retries as its failures. */
  readonly #window: CallWindow;

  constructor(ratio: number, minimum: number, windowMs: number, clock: () => number) {
    this.#ratio = ratio;
    this.#minimum = minimum;
    this.#clock = clock;
    this.#window = newWindow(BUCKETS, windowMs / BUCKETS);
  }

  get stats(): RetryBudgetStats {
    const { calls, retries, allowed } = this.#seen();
    return { calls, retries, remaining: Math.max(0, Math.floor(allowed) - retries) };
  }

  /** Counts a call, whose retries are not counted by it. */
  addCall(): void {
    addCall(this.#window, this.#clock(), false, false);
  }

  /** @returns Whether a retry is allowed; it is then counted. */
  takeRetry(): boolean {
    const { atMs, retries, allowed } = this.#seen();
    const isAllowed = retries + 1 <= allowed;
    if (isAllowed) addCall(this.#window, atMs, true, false);
    return isAllowed;
  }

  #seen() {
    const atMs = this.#clock();
    const { requests, failures: retries } = countsOf(this.#window, atMs);
    const calls = requests - retries;
    return { atMs, calls, retries, allowed: Math.max(this.#minimum, this.#ratio * calls) };
  }
}
