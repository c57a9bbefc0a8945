/** The options of a retry: what they mean, what they may be, and what they leave to the defaults. */
import { LONGEST_TIMER_MS, random as systemRandom } from '../host.ts';
import { callable, flag, from, maybe, read, refused, whole, type Kind } from '../read-options.ts';
import { RetryBudget } from './retry-budget.ts';
import { isTransient } from './transient.ts';

/** How the attempt ended that may be tried again: one of the two is undefined. */
export interface FailedAttempt {
  /** What it failed with. */
  readonly error: unknown;
  /** What it returned, where `retryOn.result` says that another attempt may do better. */
  readonly result: unknown;
}

/** What onRetry is told. */
export interface RetryEvent extends FailedAttempt {
  /** The attempt that follows, from 2. */
  readonly attempt: number;
  /** How long it waits before, in milliseconds. */
  readonly delayMs: number;
}

/** What onGiveUp is told. */
export interface GiveUpEvent extends FailedAttempt {
  /** How many attempts there were. */
  readonly attempts: number;
  /** No attempt was left; the budget is spent; the server asks for a wait beyond maxDelay. */
  readonly reason: 'attempts' | 'budget' | 'retry-after';
}

/** What is tried again, in two questions; either may be left out. */
export interface RetryOn {
  /**
   * Whether an error may be gone at the next attempt; isTransient by default. It is not asked about a
   * refusal, nor after an abort; if it throws, the answer is no.
   */
  readonly error?: (error: unknown) => boolean;
  /** Whether another attempt may give a better result; no result is tried again by default. */
  readonly result?: (result: unknown) => boolean;
}

export interface RetryOptions {
  /** Calls of fn at most, the first one included: 1 to 100; 3 by default. */
  readonly attempts?: number;
  /** Upper bound of the wait before the second attempt: 0 to 2,147,483,647 ms; 100 by default. */
  readonly delay?: number;
  /** Upper bound of every wait: 0 to 2,147,483,647 ms; 5,000 by default. */
  readonly maxDelay?: number;
  /** What the bound is multiplied by before each further attempt: 1 to 1,000; 2 by default. */
  readonly factor?: number;
  /** true (the default): a wait is drawn evenly from 0 to its bound; false: it is the bound. */
  readonly jitter?: boolean;
  readonly retryOn?: RetryOn;
  /** The older form of retryOn.error. */
  readonly isRetryable?: (error: unknown) => boolean;
  /** Shared by the retries of one service; without it only `attempts` limits. */
  readonly budget?: RetryBudget;
  /** A number from 0 up to but not including 1; that of the process by default. */
  readonly random?: () => number;
  /** Told before each wait. What it returns or throws changes nothing. */
  readonly onRetry?: (event: RetryEvent) => unknown;
  /** Told when it tries no more what it would try again. What it returns or throws changes nothing. */
  readonly onGiveUp?: (event: GiveUpEvent) => unknown;
  /** Told once of each listener that throws or rejects; a warning of the process by default. */
  readonly onListenerError?: (error: unknown) => unknown;
}

type Listener<Name extends keyof RetryOptions> = NonNullable<RetryOptions[Name]>;

/** The options as the retry uses them. */
export type RetrySettings = ReturnType<typeof readRetryOptions>;

const aBudget: Kind<RetryBudget> = [
  (value) => value instanceof RetryBudget,
  () => 'made by retryBudget',
];

/** @throws BreakerOptionsError for an unknown option or a value out of its range. */
export function readRetryOptions(options: RetryOptions) {
  const { retryOn = {} } = options;
  const { isRetryable, random, ...settings } = read(options, 'the options of retry', {
    attempts: whole(1, 100, 3),
    delay: from(0, LONGEST_TIMER_MS, 100),
    maxDelay: from(0, LONGEST_TIMER_MS, 5_000),
    factor: from(1, 1_000, 2),
    jitter: flag(true),
    retryOn: [() => true, () => '', {}],
    isRetryable: maybe(callable<Listener<'isRetryable'>>()),
    budget: maybe(aBudget),
    random: maybe(callable<Listener<'random'>>()),
    onRetry: maybe(callable<Listener<'onRetry'>>()),
    onGiveUp: maybe(callable<Listener<'onGiveUp'>>()),
    onListenerError: maybe(callable<Listener<'onListenerError'>>()),
  });
  const on = read(retryOn, 'retryOn', {
    error: maybe(callable<(error: unknown) => boolean>()),
    result: maybe(callable<(result: unknown) => boolean>()),
  });
  if (isRetryable !== null && on.error !== null) {
    throw refused('isRetryable', 'absent beside retryOn.error', isRetryable);
  }
  return {
    ...settings,
    retriesError: on.error ?? isRetryable ?? isTransient,
    retriesResult: on.result,
    random: random ?? systemRandom,
  };
}
