/** The options of a circuit breaker, and every default in one block. */
import type { BreakerEventName } from './events.ts';
import type { Trip } from './verdict.ts';

/** What a call, and a fallback after it, is given. */
export interface CallContext {
  /** Aborted when the call's time is up or its caller aborts; made when it is first read. */
  readonly signal: AbortSignal;
  /** Which attempt of a retry around it this is, from 1. */
  readonly attempt: number;
}

/** What counts as a failure, in two questions; either may be left out. */
export interface FailsOn {
  /** About every error of the function; every one by default. Time-outs are failures unasked. */
  readonly error?: (error: unknown) => boolean;
  /** About every result; none by default. */
  readonly result?: (result: unknown) => boolean;
}

/** Answers what failed, or was refused. */
export type Fallback<Answer> = (
  error: unknown,
  context: CallContext,
) => Answer | PromiseLike<Answer>;

/** How long a breaker stays open, by its consecutive openings and the error that opened it. */
export type ResetTimeout = (openings: number, error: unknown) => number;

/** What is told of a listener's error. */
export type ListenerErrorReport = (error: unknown, event: BreakerEventName) => unknown;

/** The options of a circuit breaker. All times are milliseconds; the names are the ecosystem's. */
export interface CircuitBreakerOptions<Answer = never> {
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
  /** Whether the process may end while only a time limit waits for a call; false by default. */
  readonly unref?: boolean;
  /**
   * How long it stays open, from 0, or a function of the consecutive openings and of the error that
   * opened it; 60,000 by default.
   */
  readonly resetTimeout?: number | ResetTimeout;
  /** Answers failures and refusals, but neither filtered nor aborted calls. */
  readonly fallback?: Fallback<Answer>;
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
    /** In place of successesToClose: of so many probes, from 1, the failure rate decides. */
    readonly probes?: number;
    /** The share of failed probes that opens again, above 0 to 1; as under `rate`, 0.5, by default. */
    readonly failureThreshold?: number;
    /**
     * After how long another call may take the permit of a probe that has not settled, above 0. By
     * default never where `timeout` ends every probe, and else after `resetTimeout`, at least 60,000.
     */
    readonly maxWait?: number;
  };
  readonly slowCall?: {
    /** A call that takes this long or longer is slow, from 0. */
    readonly threshold: number;
    /** Slow calls over all calls that opens, above 0 to 1; false: none does; 1 by default. */
    readonly rate?: number | false;
  };
  /**
   * What counts as a failure: every error and no result by default. A predicate that throws, or
   * answers with a promise, says yes.
   */
  readonly failsOn?: FailsOn;
  /**
   * The older form of failsOn, in one function: it is asked about every error and, if it takes two
   * parameters, about every result (its first argument is then undefined).
   */
  readonly isFailure?: (error: unknown, result: unknown) => boolean;
  /**
   * Told once of each listener that throws or rejects, with the error and the name of the event; a
   * warning of the process by default.
   */
  readonly onListenerError?: ListenerErrorReport;
  /** Monotonic milliseconds; the clock of this process by default. One that throws stands still. */
  readonly clock?: () => number;
}

/** What reconfigure() takes: every option but those that make the breaker what it is. */
export type CircuitBreakerChanges<Answer = never> = Omit<
  CircuitBreakerOptions<Answer>,
  'name' | 'clock'
>;

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
