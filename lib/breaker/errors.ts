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
  constructor(message: string, options: BreakerErrorOptions = {}) {
    super(message, 'cause' in options ? options : undefined);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The breaker refused the call; the function was not called. Its cause is what opened the breaker. */
export class CircuitBreakerOpenError extends BreakerError {
  override readonly name = 'CircuitBreakerOpenError';
  readonly code = 'CIRCUIT_OPEN';
  /** The name of the breaker that refused. */
  readonly breaker: string;
  /** Whether it is open, or half-open and has no permit left. */
  readonly state: 'OPEN' | 'HALF_OPEN';

  /**
   * @param breaker The name of the breaker.
   * @param options.retryAfterMs The time left in OPEN, in milliseconds; null in HALF_OPEN and in an
   *   OPEN that is held.
   * @param options.state OPEN by default.
   */
  constructor(
    breaker: string,
    options: BreakerErrorOptions & { readonly state?: 'OPEN' | 'HALF_OPEN' } = {},
  ) {
    const { retryAfterMs: leftMs = null } = options;
    const left = leftMs === null ? '' : `; ${Math.ceil(leftMs)} ms left`;
    super(
      `expected circuit breaker ${breaker} to let the call through, but it refused${left}`,
      options,
    );
    this.breaker = breaker;
    this.state = options.state ?? 'OPEN';
  }
}

/**
 * Makes an error that captures no stack: that would cost several times the call, and only show the
 * caller what it is waiting for. Its `stack` is name and message.
 */
export function stackless<Made extends Error>(make: () => Made): Made {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 0;
  } catch {
    // Where the built-ins are frozen nobody can set it.
    return make();
  }
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
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

/** Another try of the same call has answered first: the reason of the loser's signal. */
export class HedgeLostError extends BreakerError {
  override readonly name = 'HedgeLostError';
  readonly code = 'HEDGE_LOST';
  constructor(options?: BreakerErrorOptions) {
    super('expected this try to answer first, but another one did', options);
  }
}

/** What stands for an error where the function returned a value that counts as a failure. */
export class FailedResultError extends BreakerError {
  override readonly name = 'FailedResultError';
  readonly code = 'FAILED_RESULT';
  /** What the function returned. */
  readonly result: unknown;
  constructor(breaker: string, result: unknown) {
    super(
      `expected the result of a call through ${breaker} not to be a failure, but it counts as one`,
    );
    this.result = result;
  }
}

/** An option, an event's name or a saved state that cannot be understood. */
export class BreakerOptionsError extends BreakerError {
  override readonly name = 'BreakerOptionsError';
  readonly code = 'BREAKER_OPTIONS_INVALID';
}
