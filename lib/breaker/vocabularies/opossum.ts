/** A breaker in the words of opossum: an action that is fired, a fallback, events and stats. */
import { fields } from '../read-options.ts';
import type { BreakerKey, BreakerRegistry } from './registry.ts';
import type { CircuitState } from '../state.ts';
import type { SharedBreaker } from './shared-breaker.ts';

/** What opossum counts, since the breaker was made. */
export interface OpossumStats {
  /** Every call, also those that were refused or still run. */
  readonly fires: number;
  readonly successes: number;
  /** Time-outs are among them. */
  readonly failures: number;
  readonly rejects: number;
  readonly timeouts: number;
}

export type OpossumEvent = 'open' | 'halfOpen' | 'close';

const EVENTS: Readonly<Record<OpossumEvent, CircuitState>> = {
  open: 'OPEN',
  halfOpen: 'HALF_OPEN',
  close: 'CLOSED',
};

/** Where a breaker keeps its state. */
export interface OpossumPlace {
  readonly breaker: SharedBreaker;
  readonly key: BreakerKey;
  readonly registry: BreakerRegistry;
}

/** One action on a shared breaker; getBreaker makes it. Its action and its fallback are its own. */
export class OpossumBreaker<A extends readonly unknown[], T, F = never> {
  readonly #place: OpossumPlace;
  readonly #action: (...args: A) => T | PromiseLike<T>;
  #fallback: ((...args: [...A, error: unknown]) => F | PromiseLike<F>) | null = null;

  constructor(place: OpossumPlace, action: (...args: A) => T | PromiseLike<T>) {
    this.#place = place;
    this.#action = action;
  }

  get name(): string {
    return this.#place.key.service;
  }

  get opened(): boolean {
    return this.#is('OPEN');
  }

  get halfOpen(): boolean {
    return this.#is('HALF_OPEN');
  }

  get closed(): boolean {
    return this.#is('CLOSED');
  }

  get stats(): OpossumStats {
    const { breaker } = this.#place;
    const { successCount, failureCount, rejectedCount, timeoutCount } = breaker.getStats();
    return {
      fires: breaker.calls,
      successes: successCount,
      failures: failureCount,
      rejects: rejectedCount,
      timeouts: timeoutCount,
    };
  }

  /**
   * Calls the action with these arguments, unless the breaker refuses.
   *
   * @returns What the action, or else the fallback, resolves to.
   * @throws CircuitBreakerOpenError if refused; TimeoutError if the action had not settled in time;
   *   what it throws; what the fallback throws, with the first error as its cause.
   */
  fire(...args: A): Promise<T | F> {
    const { breaker, key, registry } = this.#place;
    registry.keep(key, breaker);
    const answer = this.#fallback;
    return breaker.call(
      () => this.#action(...args),
      answer === null ? null : (error) => answer(...args, error),
    );
  }

  /**
   * Sets what answers failures and refusals.
   *
   * @param answer Is given the arguments of the call, and after them the error.
   * @returns This breaker.
   */
  fallback<G>(
    answer: (...args: [...A, error: unknown]) => G | PromiseLike<G>,
  ): OpossumBreaker<A, T, G> {
    const self = this as unknown as OpossumBreaker<A, T, G>;
    self.#fallback = answer;
    return self;
  }

  /**
   * Adds a listener to the breaker of this name; it takes 100 of them.
   *
   * @returns This breaker.
   * @throws BreakerOptionsError for another event, and for one listener too many.
   */
  on(event: OpossumEvent, listener: () => unknown): this {
    fields({ [event]: listener }, 'the event', Object.keys(EVENTS));
    const state = EVENTS[event];
    this.#place.breaker.onStateChange(({ to }) => (to === state ? listener() : undefined));
    return this;
  }

  #is(state: CircuitState): boolean {
    return this.#place.breaker.getStats().state === state;
  }
}
