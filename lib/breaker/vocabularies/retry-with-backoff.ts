/** A retry in the words of the Go service: a configuration, an operation, and what cancels it. */
import { retry } from '../companions/retry.ts';
import { LONGEST_TIMER_MS } from '../host.ts';
import type { Protected } from '../policy.ts';
import { callable, from, maybe, read, whole } from '../read-options.ts';

/** All times are milliseconds. */
export interface RetryConfig {
  /** Calls of the operation at most, 1 to 100; 3 by default. */
  readonly maxAttempts?: number;
  /** The wait before the second attempt, 0 to 2,147,483,647; 100 by default. */
  readonly initialDelay?: number;
  /** The longest wait, 0 to 2,147,483,647; 5,000 by default. */
  readonly maxDelay?: number;
  /** What each further wait is multiplied by, 1 to 1,000; 2 by default. */
  readonly backoffFactor?: number;
  /** Whether an error may be gone at the next attempt; every error by default, but no refusal ever. */
  readonly isRetryable?: (error: unknown) => boolean;
}

/**
 * Calls the operation until it succeeds, without jitter: 100 ms before the second attempt, 200 before
 * the third.
 *
 * @param signal Its abort ends a wait at once.
 * @returns What the operation resolves to.
 * @throws BreakerOptionsError for a bad configuration; the signal's reason; the last error itself.
 */
export async function retryWithBackoff<T>(
  config: RetryConfig,
  operation: Protected<T>,
  signal?: AbortSignal,
): Promise<T> {
  const given = read(config, 'the configuration', {
    maxAttempts: whole(1, 100, 3),
    initialDelay: from(0, LONGEST_TIMER_MS, 100),
    maxDelay: from(0, LONGEST_TIMER_MS, 5_000),
    backoffFactor: from(1, 1_000, 2),
    isRetryable: maybe(callable<(error: unknown) => boolean>()),
  });
  const policy = retry({
    attempts: given.maxAttempts,
    delay: given.initialDelay,
    maxDelay: given.maxDelay,
    factor: given.backoffFactor,
    jitter: false,
    retryOn: { error: given.isRetryable ?? (() => true) },
  });
  return policy.execute(operation, { signal });
}
