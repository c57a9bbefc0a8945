/** A retry in the words of the Go service: a configuration, an operation, and what cancels it. */
import { callable, fields, integer, number } from '../read-options.ts';
import { LONGEST_TIMER_MS } from '../host.ts';
import type { Protected } from '../policy.ts';
import { retry } from '../companions/retry.ts';

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

const NAMES = [
  'maxAttempts',
  'initialDelay',
  'maxDelay',
  'backoffFactor',
  'isRetryable',
] as const satisfies readonly (keyof RetryConfig)[];

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
  const input = fields(config, 'the configuration', NAMES);
  const isRetryable = callable(input, 'isRetryable') as RetryConfig['isRetryable'] | null;
  const policy = retry({
    attempts: integer(input, 'maxAttempts', 1, 100, 3),
    delay: number(input, 'initialDelay', 0, LONGEST_TIMER_MS, 100),
    maxDelay: number(input, 'maxDelay', 0, LONGEST_TIMER_MS, 5_000),
    factor: number(input, 'backoffFactor', 1, 1_000, 2),
    jitter: false,
    isRetryable: isRetryable ?? (() => true),
  });
  return policy.execute(operation, { signal });
}
