/** How long a breaker stays open, by what the dependency itself asks for. */
import type { ResetTimeout } from '../options.ts';
import { from, FOREVER, or, callable, read } from '../read-options.ts';
import { retryAfterMs } from './retry-after.ts';

export interface OpenForOptions {
  /** Where nobody asks: milliseconds from 0, or a function as of `resetTimeout`; 60,000 by default. */
  readonly otherwise?: number | ResetTimeout;
  /** The longest that is granted, in milliseconds, from 0; 300,000 by default. */
  readonly maxDelay?: number;
}

/**
 * A `resetTimeout` that follows the Retry-After of what opened the breaker: of an error, of its
 * response, or of a result that counts as a failure.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 */
export function openForRetryAfter(options: OpenForOptions = {}): ResetTimeout {
  const { otherwise, maxDelay } = read(options, 'the options of openForRetryAfter', {
    otherwise: or(from(0, FOREVER, 60_000), callable<ResetTimeout>()),
    maxDelay: from(0, FOREVER, 300_000),
  });
  return (openings, error) => {
    const askedMs = retryAfterMs(error);
    if (askedMs !== null) return Math.min(Math.max(0, askedMs), maxDelay);
    return typeof otherwise === 'number' ? otherwise : otherwise(openings, error);
  };
}
