/** A breaker in the words of opossum: an action that is fired, a fallback, events and stats. */
import type { CallContext } from '../options.ts';
import { notAFunction, oneOf } from '../read-options.ts';
import type { CircuitState } from '../state.ts';
import type { BreakerKey, BreakerRegistry } from './registry.ts';
import type { NamedBreaker } from './named-breaker.ts';

/** What opossum counts, since the breaker was made. */
export interface OpossumStats {
  /** Every call, also those that were refused or still run. */
  readonly fires: number;
  /** Errors that errorFilter takes are among them. */
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

/** An action: its `this` is the context of the call, with its signal. */
export type Action<A extends readonly unknown[], T> = (
  this: CallContext,
  ...args: A
) => T | PromiseLike<T>;

/** Every list of arguments that a call may have been given: optional ones may be missing. */
type Given<A extends readonly unknown[]> = A extends readonly []
  ? []
  : A extends readonly [infer First, ...infer Rest]
    ? [First, ...Given<Rest>]
    : A extends readonly [(infer First)?, ...infer Rest]
      ? number extends A['length']
        ? [...A]
        : [] | [First | undefined, ...Given<Rest>]
      : [...A];

/**
 * What a fallback is given: the arguments that the call was given, and behind the last of them the
 * error. With optional parameters that is not always the same place: `args.at(-1)` is.
 */
export type FallbackArgs<A extends readonly unknown[]> =
  Given<A> extends infer Args
    ? Args extends readonly unknown[]
      ? [...Args, error: unknown]
      : never
    : never;

/** Where a breaker keeps its state. */
export interface OpossumPlace {
  readonly breaker: NamedBreaker;
  readonly key: BreakerKey;
  readonly registry: BreakerRegistry;
}

interface Subscription {
  readonly event: OpossumEvent;
  readonly listener: () => unknown;
  readonly leave: () => void;
}

/** One action on a shared breaker; getBreaker makes it. Its action and its fallback are its own. */
export class OpossumBreaker<A extends readonly unknown[], T, F = never> {
  readonly #place: OpossumPlace;
  readonly #action: Action<A, T>;
  #fallback: ((...args: readonly unknown[]) => F | PromiseLike<F>) | null = null;
  /** Of this action; the breaker bounds them. */
  #subscriptions: readonly Subscription[] = [];

  constructor(place: OpossumPlace, action: Action<A, T>) {
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
   *   what it throws; or else what the fallback throws.
   */
  fire(...args: A): Promise<T | F> {
    return this.fireWith({}, ...args);
  }

  /**
   * As fire.
   *
   * @param options.signal The caller's: its abort rejects the call at once with its reason.
   * @throws As fire; the signal's reason.
   */
  fireWith(options: { readonly signal?: AbortSignal }, ...args: A): Promise<T | F> {
    const { breaker, key, registry } = this.#place;
    registry.keep(key, breaker);
    const answer = this.#fallback;
    return breaker.call((context) => this.#action.apply(context, args as unknown as [...A]), {
      fallback: answer && ((error) => answer(...args, error)),
      signal: options.signal,
      args,
    });
  }

  /**
   * Sets what answers failures and refusals.
   *
   * @param answer Is given the arguments of the call, and behind the last of them the error.
   * @returns This breaker; its type knows what the fallback answers.
   * @throws BreakerOptionsError if answer is no function.
   */
  fallback<G>(answer: (...args: FallbackArgs<A>) => G | PromiseLike<G>): OpossumBreaker<A, T, G> {
    if (typeof answer !== 'function') throw notAFunction('the fallback', answer);
    const self = this as unknown as OpossumBreaker<A, T, G>;
    self.#fallback = answer as (...args: readonly unknown[]) => G | PromiseLike<G>;
    return self;
  }

  /**
   * Adds a listener to the breaker of this name; it takes 100 of them.
   *
   * @returns This breaker.
   * @throws BreakerOptionsError for another event, for a listener that is no function, and for one
   *   listener too many.
   */
  on(event: OpossumEvent, listener: () => unknown): this {
    const state = EVENTS[oneOf(event, 'the event', Object.keys(EVENTS) as OpossumEvent[])];
    if (typeof listener !== 'function') throw notAFunction(`the listener of ${event}`, listener);
    const leave = this.#place.breaker.onStateChange(({ to }) =>
      to === state ? listener() : undefined,
    );
    this.#subscriptions = [...this.#subscriptions, { event, listener, leave }];
    return this;
  }

  /** Ends a subscription that this action has made; nothing where there is none. */
  off(event: OpossumEvent, listener: () => unknown): this {
    const found = this.#subscriptions.find((it) => it.event === event && it.listener === listener);
    found?.leave();
    this.#subscriptions = this.#subscriptions.filter((it) => it !== found);
    return this;
  }

  #is(state: CircuitState): boolean {
    return this.#place.breaker.getStats().state === state;
  }
}
