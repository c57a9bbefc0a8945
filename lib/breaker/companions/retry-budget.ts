/** How many retries a service may add to its calls. */
import { fields, integer, MOST, number, readClock } from '../read-options.ts';
import { TimeWindow } from '../window.ts';

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

const DEFAULTS = { ratio: 0.2, minimum: 3, window: 10_000 } as const;
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
  const input = fields(options, 'the options of retryBudget', [
    'ratio',
    'minimum',
    'window',
    'clock',
  ]);
  return new RetryBudget(
    number(input, 'ratio', 0, 1, DEFAULTS.ratio),
    integer(input, 'minimum', 0, MOST, DEFAULTS.minimum),
    number(input, 'window', 1, Number.MAX_SAFE_INTEGER, DEFAULTS.window),
    readClock(input),
  );
}

/** The calls and the retries of one service; made by retryBudget. */
export class RetryBudget {
  readonly #ratio: number;
  readonly #minimum: number;
  readonly #clock: () => number;
  /** Calls as its successes, retries as its failures. */
  readonly #window: TimeWindow;

  constructor(ratio: number, minimum: number, windowMs: number, clock: () => number) {
    this.#ratio = ratio;
    this.#minimum = minimum;
    this.#clock = clock;
    this.#window = new TimeWindow(windowMs, BUCKETS);
  }

  /** Counts a call, whose retries are not counted by it. */
  addCall(): void {
    this.#window.addSuccess(this.#clock(), false);
  }

  /** @returns Whether a retry is allowed; it is then counted. */
  takeRetry(): boolean {
    const atMs = this.#clock();
    const { requests, failures: retries } = this.#window.counts(atMs);
    const calls = requests - retries;
    const allowed = retries + 1 <= Math.max(this.#minimum, this.#ratio * calls);
    if (allowed) this.#window.addFailure(atMs, false);
    return allowed;
  }
}
