/** The rate limiter as a policy: a token bucket, and another for each state of a breaker. */
import { Context } from '../context.ts';
import { BreakerOptionsError, RateLimitedError } from '../errors.ts';
import { LONGEST_TIMER_MS } from '../host.ts';
import { callWith, rejected, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import {
  aboveZero,
  callable,
  clockOf,
  FOREVER,
  from,
  maybe,
  MOST,
  nameOf,
  read as readOptions,
  refused,
  whole,
  type Kind,
} from '../read-options.ts';
import type { CircuitState } from '../state.ts';
import { read } from './error-chain.ts';
import { TokenBucket } from './token-bucket.ts';
import { wait } from './wait.ts';

/** A breaker, as far as a limiter looks at it. */
export interface WatchedBreaker {
  readonly getStats: () => { readonly state: CircuitState };
}

export interface RateLimiterOptions {
  /** Calls per `per`, and at most at once: 1 to 1,000,000,000. */
  readonly tokens: number;
  /** Milliseconds, above 0; 1,000 by default. */
  readonly per?: number;
  /** How long a call may wait for a token, in milliseconds: 0 (the default) to 2,147,483,647. */
  readonly maxWait?: number;
  /** Whose state chooses the limit; needed by `halfOpen` and `open`. */
  readonly breaker?: WatchedBreaker;
  /** Calls per `per` while the breaker is HALF_OPEN, from 0; as `tokens` by default. */
  readonly halfOpen?: number;
  /** Calls per `per` while the breaker is OPEN, from 0; as `tokens` by default. */
  readonly open?: number;
  /** For its error; `rate-limiter` by default. */
  readonly name?: string;
  /** Monotonic milliseconds; the clock of this process by default. */
  readonly clock?: () => number;
}

/** What reconfigure() takes: what is left out stays. */
export type RateLimiterChanges = Partial<
  Pick<RateLimiterOptions, 'tokens' | 'per' | 'maxWait' | 'halfOpen' | 'open'>
>;

const aBreaker: Kind<WatchedBreaker> = [
  (value) => typeof read(value, 'getStats') === 'function',
  () => 'a circuit breaker',
];

function readRateLimiterOptions(options: RateLimiterOptions) {
  const settings = readOptions(options, 'the options of rateLimiter', {
    tokens: whole(1, MOST),
    per: aboveZero(FOREVER, 1_000),
    maxWait: from(0, LONGEST_TIMER_MS, 0),
    breaker: maybe(aBreaker),
    halfOpen: maybe(whole(0, MOST)),
    open: maybe(whole(0, MOST)),
    name: nameOf('rate-limiter'),
    clock: maybe(callable<() => number>()),
  });
  const { tokens, breaker, halfOpen, open } = settings;
  if (breaker === null && (halfOpen ?? open) !== null) {
    throw new BreakerOptionsError('expected a breaker beside halfOpen and open, got none');
  }
  return { ...settings, CLOSED: tokens, HALF_OPEN: halfOpen ?? tokens, OPEN: open ?? tokens };
}

const STATES = ['CLOSED', 'HALF_OPEN', 'OPEN'] as const satisfies readonly CircuitState[];

/** What a rate limiter has at one moment. */
export interface RateLimiterStats {
  /** Calls that it would let through at once; below 0 as many wait for theirs. */
  readonly tokens: number;
  /** Calls that it lets through at once when it was idle, in the state that its breaker is in. */
  readonly limit: number;
}

/** Lets so many calls through in a time; made by rateLimiter. */
export class RateLimiter implements Policy {
  #options: RateLimiterOptions;
  #settings: ReturnType<typeof readRateLimiterOptions>;
  readonly #clock: () => number;
  readonly #buckets: Readonly<Record<CircuitState, TokenBucket>>;

  /** Use rateLimiter(). */
  constructor(options: RateLimiterOptions) {
    const settings = readRateLimiterOptions(options);
    const { per } = settings;
    this.#options = options;
    this.#settings = settings;
    this.#clock = clockOf(settings.clock);
    this.#buckets = {
      CLOSED: new TokenBucket(settings.CLOSED, per),
      HALF_OPEN: new TokenBucket(settings.HALF_OPEN, per),
      OPEN: new TokenBucket(settings.OPEN, per),
    };
  }

  get stats(): RateLimiterStats {
    const state = this.#state();
    return { tokens: this.#buckets[state].tokensAt(this.#clock()), limit: this.#settings[state] };
  }

  /**
   * Goes on with other limits, and with the tokens that are there. Who waits waits as long as before.
   *
   * @throws BreakerOptionsError for an unknown option or a value out of its range; nothing changes.
   */
  reconfigure(changes: RateLimiterChanges): void {
    for (const fixed of ['breaker', 'name', 'clock']) {
      if (fixed in changes) throw refused('the changes', `without a ${fixed}`, changes);
    }
    const options = { ...this.#options, ...changes };
    const settings = readRateLimiterOptions(options);
    for (const state of STATES) {
      this.#buckets[state].change(settings[state], settings.per, this.#clock());
    }
    this.#options = options;
    this.#settings = settings;
  }

  /** @throws RateLimitedError if there is no token within maxWait. */
  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    const caller = Context.of(options);
    const source = Context.sourceOf(caller);
    const { maxWait, name } = this.#settings;
    if (source?.aborted === true) return rejected(source.reason);
    const waitMs = this.#buckets[this.#state()].take(this.#clock(), maxWait);
    if (waitMs === 0) return callWith(fn, caller);
    if (waitMs <= maxWait) return wait(waitMs, caller).then(() => callWith(fn, caller));
    const retryAfterMs = Number.isNaN(waitMs) ? null : waitMs;
    return rejected(new RateLimitedError(name, { retryAfterMs }));
  }

  #state(): CircuitState {
    return this.#settings.breaker?.getStats().state ?? 'CLOSED';
  }
}

/**
 * Lets so many calls through in a time. The others wait for a token up to `maxWait`, in the order in
 * which they came, or are refused at once. A call that aborts while it waits has spent its token.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 */
export const rateLimiter = (options: RateLimiterOptions): RateLimiter => new RateLimiter(options);
