/** The retry as a policy: when to try again, how long to wait before, and when to give up. */
import { Context, type Follower } from '../context.ts';
import { LONGEST_TIMER_MS, random as systemRandom, startWait, stopTimer } from '../host.ts';
import { callWith, rejected, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { asks } from '../predicate.ts';
import { boolean, callable, fields, integer, number, refused } from '../read-options.ts';
import { retryAfterMs } from './retry-after.ts';
import { RetryBudget } from './retry-budget.ts';
import { isRefusal } from './retryable.ts';
import { isTransient } from './transient.ts';

/** What onRetry is told. */
export interface RetryEvent {
  /** The attempt that follows, from 2. */
  readonly attempt: number;
  /** How long it waits before, in milliseconds. */
  readonly delayMs: number;
  /** What the attempt before it failed with. */
  readonly error: unknown;
}

export interface RetryOptions {
  /** Calls of fn at most, the first one included: 1 to 100; 3 by default. */
  readonly attempts?: number;
  /** Upper bound of the wait before the second attempt: 0 to 2,147,483,647 ms; 100 by default. */
  readonly delay?: number;
  /** Upper bound of every wait: 0 to 2,147,483,647 ms; 5,000 by default. */
  readonly maxDelay?: number;
  /** What the bound is multiplied by before each further attempt: 1 to 1,000; 2 by default. */
  readonly factor?: number;
  /** true (the default): a wait is drawn evenly from 0 to its bound; false: it is the bound. */
  readonly jitter?: boolean;
  /**
   * Whether an error may be gone at the next attempt; isTransient by default. It is not asked about
   * a refusal, nor after an abort; if it throws, the answer is no.
   */
  readonly isRetryable?: (error: unknown) => boolean;
  /** Shared by the retries of one service; without it only `attempts` limits. */
  readonly budget?: RetryBudget;
  /** A number from 0 up to but not including 1; that of the process by default. */
  readonly random?: () => number;
  /** Told before each wait. What it returns or throws changes nothing. */
  readonly onRetry?: (event: RetryEvent) => unknown;
}

const DEFAULTS = { attempts: 3, delay: 100, maxDelay: 5_000, factor: 2, jitter: true } as const;
const OPTION_NAMES = [
  'attempts',
  'delay',
  'maxDelay',
  'factor',
  'jitter',
  'isRetryable',
  'budget',
  'random',
  'onRetry',
] as const satisfies readonly (keyof RetryOptions)[];

/**
 * Calls again what failed for a reason that may be gone soon. After the last attempt, and where it
 * gives up before, the last error itself is thrown.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 * Source of the waits: "Exponential Backoff And Jitter", AWS Architecture Blog, full jitter.
 */
export function retry(options: RetryOptions = {}): Policy {
  const input = fields(options, 'the options of retry', OPTION_NAMES);
  const budget = input['budget'];
  if (budget !== undefined && !(budget instanceof RetryBudget)) {
    throw refused('budget', 'made by retryBudget', budget);
  }
  return new Retry({
    attempts: integer(input, 'attempts', 1, 100, DEFAULTS.attempts),
    delayMs: number(input, 'delay', 0, LONGEST_TIMER_MS, DEFAULTS.delay),
    maxDelayMs: number(input, 'maxDelay', 0, LONGEST_TIMER_MS, DEFAULTS.maxDelay),
    factor: number(input, 'factor', 1, 1_000, DEFAULTS.factor),
    jitter: boolean(input, 'jitter', DEFAULTS.jitter),
    isRetryable: (callable(input, 'isRetryable') as RetryOptions['isRetryable']) ?? isTransient,
    budget: budget ?? null,
    random: (callable(input, 'random') as RetryOptions['random']) ?? systemRandom,
    onRetry: callable(input, 'onRetry') as Settings['onRetry'],
  });
}

interface Settings {
  readonly attempts: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly jitter: boolean;
  readonly isRetryable: (error: unknown) => boolean;
  readonly budget: RetryBudget | null;
  readonly random: () => number;
  readonly onRetry: ((event: RetryEvent) => unknown) | null;
}

class Retry implements Policy {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    const caller = Context.of(options);
    this.#settings.budget?.addCall();
    return callWith(fn, Context.again(caller, 1)).then(undefined, (error: unknown) =>
      this.#tryAgain(fn, caller, error),
    );
  }

  async #tryAgain<T>(fn: Protected<T>, caller: Context, first: unknown): Promise<T> {
    let error = first;
    for (let attempt = 2; ; attempt += 1) {
      const delayMs = this.#delayBefore(attempt, error, caller);
      if (delayMs === null) throw error;
      this.#tell({ attempt, delayMs, error });
      await wait(delayMs, caller);
      try {
        return await callWith(fn, Context.again(caller, attempt));
      } catch (thrown) {
        error = thrown;
      }
    }
  }

  /** @returns null: there is no such attempt. */
  #delayBefore(attempt: number, error: unknown, caller: Context): number | null {
    const { attempts, delayMs, maxDelayMs, factor, jitter, budget, random } = this.#settings;
    if (attempt > attempts || Context.isAborted(caller) || !this.#mayRetry(error)) return null;
    const askedMs = retryAfterMs(error) ?? 0;
    if (askedMs > maxDelayMs || budget?.takeRetry() === false) return null;
    const boundMs = Math.min(maxDelayMs, delayMs * factor ** (attempt - 2));
    return Math.max(askedMs, jitter ? random() * boundMs : boundMs);
  }

  #mayRetry(error: unknown): boolean {
    return !isRefusal(error) && asks(() => this.#settings.isRetryable(error), false);
  }

  #tell(event: RetryEvent): void {
    try {
      const returned = this.#settings.onRetry?.(event);
      if (returned instanceof Promise) returned.catch(() => {});
    } catch {
      // A listener changes nobody's result.
    }
  }
}

/** @throws The reason of the caller's abort, at once. */
function wait(delayMs: number, caller: Context): Promise<void> {
  // onRetry may just have aborted it.
  if (Context.isAborted(caller)) return rejected(Context.reason(caller));
  return new Promise((resolve, reject) => {
    const follower: Follower = {
      handleEvent: () => {
        stopTimer(timer);
        Context.unfollow(caller, follower);
        reject(Context.reason(caller));
      },
    };
    const timer = startWait(() => {
      Context.unfollow(caller, follower);
      resolve();
    }, delayMs);
    Context.follow(caller, follower);
  });
}
