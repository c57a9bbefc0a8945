/** One breaker whose calls bring their own function and their own fallback: they share its state alone. */
import { CircuitBreaker } from '../circuit-breaker.ts';
import type { BreakerListener } from '../events.ts';
import { withCause } from '../fallback.ts';
import type { CircuitBreakerOptions } from '../options.ts';
import type { Protected } from '../policy.ts';
import type { CircuitBreakerStats } from '../stats.ts';

/** Answers failures and refusals, but not filtered errors. */
export type CallFallback<Fallback> = (error: unknown) => Fallback | PromiseLike<Fallback>;

/** What the breaker's own fallback answers: here is a call for the fallback of its caller. */
class Unanswered {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** Kept by the registry; nothing of a caller stays in it but listeners. */
export class SharedBreaker {
  readonly #breaker: CircuitBreaker<Unanswered>;
  /** Calls that had no fallback to ask. */
  #unanswered = 0;
  #calls = 0;

  /** @throws BreakerOptionsError as CircuitBreaker's constructor. */
  constructor(options: Omit<CircuitBreakerOptions, 'fallback'>) {
    this.#breaker = new CircuitBreaker<Unanswered>({
      ...options,
      fallback: (error) => new Unanswered(error),
    });
  }

  /** Every call since it was made, also those that were refused or still run. */
  get calls(): number {
    return this.#calls;
  }

  /**
   * @param fallback null: failures and refusals are thrown.
   * @throws As CircuitBreaker's execute.
   */
  async call<T, F>(fn: Protected<T>, fallback: CallFallback<F> | null): Promise<T | F> {
    this.#calls += 1;
    const value = await this.#breaker.execute(fn);
    if (!(value instanceof Unanswered)) return value;
    if (fallback === null) {
      this.#unanswered += 1;
      throw value.error;
    }
    try {
      return await fallback(value.error);
    } catch (thrown) {
      throw withCause(thrown, value.error);
    }
  }

  getStats(): CircuitBreakerStats {
    const stats = this.#breaker.getStats();
    return { ...stats, fallbackCount: stats.fallbackCount - this.#unanswered };
  }

  /** @throws BreakerOptionsError for one listener too many. */
  onStateChange(listener: BreakerListener<'stateChange'>): void {
    this.#breaker.on('stateChange', listener);
  }
}
