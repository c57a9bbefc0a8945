/** The options that users of opossum know, in the words of this library. */
import { LONGEST_TIMER_MS } from '../host.ts';
import type { CircuitBreakerOptions } from '../options.ts';
import { asks } from '../predicate.ts';
import { aboveZero, callable, fields, integer, MOST, number } from '../read-options.ts';

/** All times are milliseconds. Of opossum's options these are taken; any other is refused. */
export interface OpossumOptions {
  /** How long a call may take: 1 to 2,147,483,647, or false for no limit; 3,000 by default. */
  readonly timeout?: number | false;
  /** Failures over requests that open, above 0 to 100; 50 by default. */
  readonly errorThresholdPercentage?: number;
  /** How long it stays open, from 0; 30,000 by default. */
  readonly resetTimeout?: number;
  /** Length of the window, from 1; 10,000 by default. */
  readonly rollingCountTimeout?: number;
  /** Buckets of the window, 1 to 1,000; 10 by default. */
  readonly rollingCountBuckets?: number;
  /** Requests in the window below which it does not open, from 0; 5 by default. */
  readonly volumeThreshold?: number;
  /** Whether an error counts nowhere; it is thrown, and no fallback is asked. None by default. */
  readonly errorFilter?: (error: unknown) => boolean;
}

const NAMES = [
  'timeout',
  'errorThresholdPercentage',
  'resetTimeout',
  'rollingCountTimeout',
  'rollingCountBuckets',
  'volumeThreshold',
  'errorFilter',
] as const satisfies readonly (keyof OpossumOptions)[];

const DEFAULTS = {
  timeout: 3_000,
  errorThresholdPercentage: 50,
  resetTimeout: 30_000,
  rollingCountTimeout: 10_000,
  rollingCountBuckets: 10,
  volumeThreshold: 5,
} as const;

/**
 * @throws BreakerOptionsError for an unknown name (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readOpossumOptions(
  name: string,
  options: OpossumOptions,
): Omit<CircuitBreakerOptions, 'fallback'> {
  const input = fields(options, 'the options', NAMES);
  const most = Number.MAX_SAFE_INTEGER;
  const errorFilter = callable(input, 'errorFilter') as ((error: unknown) => boolean) | null;
  return {
    name,
    trip: 'rate',
    timeout:
      input['timeout'] !== false &&
      number(input, 'timeout', 1, LONGEST_TIMER_MS, DEFAULTS.timeout, ' or false'),
    failureThreshold:
      aboveZero(input, 'errorThresholdPercentage', 100, DEFAULTS.errorThresholdPercentage) / 100,
    resetTimeout: number(input, 'resetTimeout', 0, most, DEFAULTS.resetTimeout),
    window: number(input, 'rollingCountTimeout', 1, most, DEFAULTS.rollingCountTimeout),
    buckets: integer(input, 'rollingCountBuckets', 1, 1_000, DEFAULTS.rollingCountBuckets),
    minimumRequests: integer(input, 'volumeThreshold', 0, MOST, DEFAULTS.volumeThreshold),
    ...(errorFilter === null
      ? {}
      : { isFailure: (error: unknown) => !asks(() => errorFilter(error), false) }),
  };
}
