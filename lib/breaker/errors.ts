/** What a breaker and its companions reject with: one hierarchy, told apart by `code` or `instanceof`. */

/** What every error of this hierarchy may be given. */
export interface BreakerErrorOptions {
  /** What led to it. */
  readonly cause?: unknown;
  /** Milliseconds until a next attempt may succeed, at least 0; null (the default) where unknown. */
  readonly retryAfterMs?: number | null;
}

/** The base of every error of this library; `code` is literal and stable. */
export abstract class BreakerError extends Error {
  abstract readonly code: string;
  /** Milliseconds until a next attempt may succeed; null where nobody knows. */
  readonly retryAfterMs: number | null;
  constructor(message: string | undefined, options: BreakerErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The breaker refused the call; the function was not called. */
export class CircuitBreakerOpenError extends BreakerError {
  override readonly name = 'CircuitBreakerOpenError';
  readonly code = 'CIRCUIT_OPEN';
  /** The name of the breaker that refused. */
  readonly breaker: string;

  /**
   * @param breaker The name of the breaker.
   * @param options.retryAfterMs The time left in OPEN, in milliseconds; null in HALF_OPEN and in an
   *   OPEN that is held.
   */
  constructor(breaker: string, options: BreakerErrorOptions = {}) {
    // No message of its own: the prototype words it when somebody reads it.
    super(undefined, options);
    this.breaker = breaker;
  }
}

/** What the prototype answers for a refusal, which has neither a message nor a stack of its own. */
const REFUSAL_PROPERTIES: PropertyDescriptorMap & ThisType<CircuitBreakerOpenError> = {
  message: {
    configurable: true,
    get() {
      const left = this.retryAfterMs === null ? '' : `; ${Math.ceil(this.retryAfterMs)} ms left`;
      return `expected circuit breaker ${this.breaker} to let the call through, but it refused${left}`;
    },
    set: ownValue('message'),
  },
  stack: {
    configurable: true,
    get() {
      return `${this.name}: ${this.message}`;
    },
    set: ownValue('stack'),
  },
};
Object.defineProperties(CircuitBreakerOpenError.prototype, REFUSAL_PROPERTIES);

/** Tools that write their own stack or message onto an error must find it an ordinary property. */
function ownValue(key: string) {
  return function set(this: object, value: unknown): void {
    Object.defineProperty(this, key, { value, configurable: true, writable: true });
  };
}

/**
 * A refusal as an object with the class's prototype: `instanceof` holds and `stack` is a getter.
 * Capturing a stack costs several times the refusal itself, and would only show the caller.
 *
 * @param breaker The name of the breaker.
 * @param retryAfterMs The time left in OPEN, in milliseconds, or null.
 */
export function refusal(breaker: string, retryAfterMs: number | null): CircuitBreakerOpenError {
  const error = Object.create(CircuitBreakerOpenError.prototype) as {
    -readonly [Key in keyof CircuitBreakerOpenError]: CircuitBreakerOpenError[Key];
  };
  error.name = 'CircuitBreakerOpenError';
  error.code = 'CIRCUIT_OPEN';
  error.breaker = breaker;
  error.retryAfterMs = retryAfterMs;
  return error;
}

/** The function had not settled when its time was up; it may still be running. */
export class TimeoutError extends BreakerError {
  override readonly name = 'TimeoutError';
  readonly code = 'TIMEOUT';
  /** How long it was given, in milliseconds. */
  readonly timeoutMs: number;
  constructor(what: string, timeoutMs: number, options?: BreakerErrorOptions) {
    super(`expected ${what} to settle within ${timeoutMs} ms, but it did not`, options);
    this.timeoutMs = timeoutMs;
  }
}

/** A bulkhead had neither a free place nor room in its queue; the function was not called. */
export class BulkheadFullError extends BreakerError {
  override readonly name = 'BulkheadFullError';
  readonly code = 'BULKHEAD_FULL';
  constructor(bulkhead: string, options?: BreakerErrorOptions) {
    super(`expected bulkhead ${bulkhead} to have room, but it is full`, options);
  }
}

/** A rate limiter had no token left; the function was not called. */
export class RateLimitedError extends BreakerError {
  override readonly name = 'RateLimitedError';
  readonly code = 'RATE_LIMITED';
  constructor(limiter: string, options?: BreakerErrorOptions) {
    super(`expected rate limiter ${limiter} to have a token, but it has none`, options);
  }
}

/** What a fallback is told when the function returned a value that `isFailure` judged a failure. */
export class FailedResultError extends BreakerError {
  override readonly name = 'FailedResultError';
  readonly code = 'FAILED_RESULT';
  /** What the function returned. */
  readonly result: unknown;
  constructor(breaker: string, result: unknown) {
    super(`expected the result of a call through ${breaker} not to be a failure by isFailure`);
    this.result = result;
  }
}

/** An option, an event's name or a saved state that cannot be understood. */
export class BreakerOptionsError extends BreakerError {
  override readonly name = 'BreakerOptionsError';
  readonly code = 'BREAKER_OPTIONS_INVALID';
}
