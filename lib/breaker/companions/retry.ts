/** The retry as a policy: when to try again, how long to wait before, and when to give up. */
import { Context } from '../context.ts';
import { onceReported, tellOne } from '../listener.ts';
import { callWith, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { asks } from '../predicate.ts';
import { retryAfterMs } from './retry-after.ts';
import {
  readRetryOptions,
  type FailedAttempt,
  type GiveUpEvent,
  type RetryOptions,
  type RetrySettings,
} from './retry-options.ts';
import { isRefusal } from './retryable.ts';
import { wait } from './wait.ts';

/**
 * Calls again what failed for a reason that may be gone soon. After the last attempt, and where it
 * gives up before, the last error itself is thrown, or the last result returned.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 * Source of the waits: "Exponential Backoff And Jitter", AWS Architecture Blog, full jitter.
 */
export function retry(options: RetryOptions = {}): Policy {
  return new Retry(readRetryOptions(options));
}

class Retry implements Policy {
  readonly #settings: RetrySettings;
  readonly #onRetryFailed: (error: unknown) => void;
  readonly #onGiveUpFailed: (error: unknown) => void;

  constructor(settings: RetrySettings) {
    this.#settings = settings;
    this.#onRetryFailed = onceReported('onRetry', settings.onListenerError);
    this.#onGiveUpFailed = onceReported('onGiveUp', settings.onListenerError);
  }

  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    this.#settings.budget?.addCall();
    return this.#try(fn, Context.of(options), 1);
  }

  #try<T>(fn: Protected<T>, caller: Context, attempt: number): Promise<T> {
    const { retriesError, retriesResult } = this.#settings;
    return callWith(fn, new Context(attempt, Context.sourceOf(caller))).then(
      retriesResult === null
        ? undefined
        : (result) =>
            asks(() => retriesResult(result), false)
              ? this.#tryAgain(fn, caller, attempt, { error: undefined, result }, () => result)
              : result,
      (error: unknown) => {
        const isFinal =
          Context.sourceOf(caller)?.aborted === true ||
          isRefusal(error) ||
          !asks(() => retriesError(error), false);
        if (isFinal) throw error;
        return this.#tryAgain(fn, caller, attempt, { error, result: undefined }, () => {
          throw error;
        });
      },
    );
  }

  /** @param handOn Gives the caller what the attempt ended with. */
  async #tryAgain<T>(
    fn: Protected<T>,
    caller: Context,
    attempt: number,
    failed: FailedAttempt,
    handOn: () => T,
  ): Promise<T> {
    const { onRetry, onGiveUp } = this.#settings;
    const delayMs = this.#delayAfter(attempt, failed);
    if (typeof delayMs !== 'number') {
      const event = { ...failed, attempts: attempt, reason: delayMs };
      if (onGiveUp !== null) tellOne(onGiveUp, event, this.#onGiveUpFailed);
      return handOn();
    }
    const next = attempt + 1;
    if (onRetry !== null) {
      tellOne(onRetry, { ...failed, attempt: next, delayMs }, this.#onRetryFailed);
    }
    await wait(delayMs, caller);
    return this.#try(fn, caller, next);
  }

  #delayAfter(attempt: number, { error, result }: FailedAttempt): number | GiveUpEvent['reason'] {
    const { attempts, delay, maxDelay, factor, jitter, budget, random } = this.#settings;
    if (attempt >= attempts) return 'attempts';
    const askedMs = retryAfterMs(error ?? result) ?? 0;
    if (askedMs > maxDelay) return 'retry-after';
    if (budget?.takeRetry() === false) return 'budget';
    const boundMs = Math.min(maxDelay, delay * factor ** (attempt - 1));
    return Math.max(askedMs, jitter ? random() * boundMs : boundMs);
  }
}
