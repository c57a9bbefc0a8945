/** The options of a circuit breaker, and every default in one block. */
import type { Trip } from './verdict.ts';

/** What a call, and a fallback after it, is given. */
export interface CallContext {
  /** Aborted when the call's time is up or its caller aborts; made when it is first read. */
  readonly signal: AbortSignal;
  /** Which attempt of a retry around it this is, from 1. */
  readonly attempt: number;
}

/** The options of a circuit breaker. All times are milliseconds; the names are the ecosystem's. */
export interface CircuitBreakerOptions<Fallback = never> {
  /** For stats, events and errors; `circuit-breaker` by default. */
  readonly name?: string;
  /** What opens: a share of calls over time, failures in a row, or a share of the last calls. */
  readonly trip?: Trip;
  /** `rate`, `count`: a fraction, above 0 to 1, 0.5 by default; `consecutive`: a count, from 1, 5 by default. */
  readonly failureThreshold?: number;
  /** Calls below which nothing opens, from 0; 10 by default (under `count` at most `size`). */
  readonly minimumRequests?: number;
  /** How long a call may take: 1 to 2,147,483,647, or false for no limit; 30,000 by default. */
  readonly timeout?: number | false;
  /** How long it stays open, from 0, or a function of the consecutive openings; 60,000 by default. */
  readonly resetTimeout?: number | ((openings: number) => number);
  /** Answers failures and refusals, but neither filtered nor aborted calls. */
  readonly fallback?: (error: unknown, context: CallContext) => Fallback | PromiseLike<Fallback>;
  /** Length of the time window, from 1; 10,000 by default. Without effect under `count`. */
  readonly window?: number;
  /** Buckets of the time window, 1 to 1,000; 10 by default. Without effect under `count`. */
  readonly buckets?: number;
  /** Calls that the window of `count` holds, 1 to 1,000; 100 by default. */
  readonly size?: number;
  readonly halfOpen?: {
    /** Probes in flight, from 1; 1 by default. */
    readonly permitted?: number;
    /** Successful probes that close, from 1; as many as `permitted` by default. */
    readonly successesToClose?: number;
    /** How long a probe that does not settle holds its permit, above 0; as `resetTimeout` by default. */
    readonly maxWait?: number;
  };
  readonly slowCall?: {
    /** A call that takes this long or longer is slow, from 0. */
    readonly threshold: number;
    /** Slow calls over all calls that opens, above 0 to 1; false: none does; 1 by default. */
    readonly rate?: number | false;
  };
  /**
   * Whether an outcome counts as a failure. It is asked about every error of the function and, if
   * it takes two parameters, about every result (its first argument is then undefined). One that
   * throws, or answers with a promise, counts as a failure. By default every error is a failure and
   * no result is.
   */
  readonly isFailure?: (error: unknown, result: unknown) => boolean;
  /** Monotonic milliseconds; the clock of this process by default. One that throws stands still. */
  readonly clock?: () => number;
}

/** Every default. Those of opossum, cockatiel and resilience4j stand beside them in the manual. */
export const DEFAULTS = {
  name: 'circuit-breaker',
  trip: 'rate',
  failureThreshold: { rate: 0.5, count: 0.5, consecutive: 5 },
  minimumRequests: 10,
  timeout: 30_000,
  resetTimeout: 60_000,
  window: 10_000,
  buckets: 10,
  size: 100,
  permitted: 1,
  slowCallRate: 1,
} as const;
