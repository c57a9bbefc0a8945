/** The rate limiter as a policy: a token bucket, and another for each state of a breaker. */
import { Context } from '../context.ts';
import { read } from './error-chain.ts';
import { BreakerOptionsError, RateLimitedError } from '../errors.ts';
import { callWith, rejected, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { aboveZero, fields, integer, MOST, readClock, readName, refused } from '../read-options.ts';
import type { CircuitState } from '../state.ts';

/** A breaker, as far as a limiter looks at it. */
export interface WatchedBreaker {
  readonly getStats: () => { readonly state: CircuitState };
}

export interface RateLimiterOptions {
  /** Calls per `per`, and at most at once: 1 to 1,000,000,000. */
  readonly tokens: number;
  /** Milliseconds, above 0; 1,000 by default. */
  readonly per?: number;
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

const DEFAULT_PER_MS = 1_000;
const OPTION_NAMES = [
  'tokens',
  'per',
  'breaker',
  'halfOpen',
  'open',
  'name',
  'clock',
] as const satisfies readonly (keyof RateLimiterOptions)[];

/**
 * Lets so many calls through in a time, and refuses the others at once.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 */
export function rateLimiter(options: RateLimiterOptions): Policy {
  const input = fields(options, 'the options of rateLimiter', OPTION_NAMES);
  const tokens = integer(input, 'tokens', 1, MOST);
  const perMs = aboveZero(input, 'per', Number.MAX_SAFE_INTEGER, DEFAULT_PER_MS);
  const breaker = readBreaker(input['breaker']);
  const perState: Record<CircuitState, TokenBucket> = {
    CLOSED: new TokenBucket(tokens, perMs),
    HALF_OPEN: new TokenBucket(integer(input, 'halfOpen', 0, MOST, tokens), perMs),
    OPEN: new TokenBucket(integer(input, 'open', 0, MOST, tokens), perMs),
  };
  if (breaker === null && (input['halfOpen'] ?? input['open']) !== undefined) {
    throw new BreakerOptionsError('expected a breaker beside halfOpen and open, got none');
  }
  const bucket = () => perState[breaker?.getStats().state ?? 'CLOSED'];
  const name = readName(input, 'rate-limiter');
  const clock = readClock(input);
  return {
    execute<T>(fn: Protected<T>, given?: ExecuteOptions): Promise<T> {
      const caller = Context.of(given);
      if (Context.isAborted(caller)) return rejected(Context.reason(caller));
      const { ok, retryAfterMs } = bucket().take(clock());
      return ok ? callWith(fn, caller) : rejected(new RateLimitedError(name, { retryAfterMs }));
    },
  };
}

function readBreaker(value: unknown): WatchedBreaker | null {
  if (value === undefined) return null;
  if (typeof read(value, 'getStats') === 'function') return value as WatchedBreaker;
  throw refused('breaker', 'a circuit breaker', value);
}

interface Taken {
  readonly ok: boolean;
  /** Whole milliseconds until there is a token; null where there never is. */
  readonly retryAfterMs: number | null;
}

const NEVER: Taken = { ok: false, retryAfterMs: null };
const TAKEN: Taken = { ok: true, retryAfterMs: null };

/**
 * Full at first, and filled evenly up to `tokens` again within `perMs`, so that a stretch of t ms
 * lets at most tokens × (1 + t ÷ perMs) calls through.
 *
 * Source: the token bucket of API Gateway's and EC2's request throttling.
 */
class TokenBucket {
  readonly #tokens: number;
  readonly #perMs: number;
  /** Tokens × perMs, so that whole milliseconds fill it without rounding. */
  #filled: number;
  #atMs = -Infinity;

  constructor(tokens: number, perMs: number) {
    this.#tokens = tokens;
    this.#perMs = perMs;
    this.#filled = tokens * perMs;
  }

  take(atMs: number): Taken {
    if (this.#tokens === 0) return NEVER;
    // A clock that goes back fills nothing.
    if (atMs > this.#atMs) {
      const full = this.#tokens * this.#perMs;
      this.#filled = Math.min(full, this.#filled + (atMs - this.#atMs) * this.#tokens);
      this.#atMs = atMs;
    }
    if (this.#filled < this.#perMs) {
      const retryAfterMs = Math.ceil((this.#perMs - this.#filled) / this.#tokens);
      return { ok: false, retryAfterMs };
    }
    this.#filled -= this.#perMs;
    return TAKEN;
  }
}
