/** The options that users of opossum know, in the words of this library. */
import { LONGEST_TIMER_MS } from '../host.ts';
import {
  aboveZero,
  anything,
  callable,
  FOREVER,
  from,
  maybe,
  MOST,
  no,
  or,
  read,
  whole,
} from '../read-options.ts';
import type { Meaning } from './named-breaker.ts';
import { checkedSharing, type Sharing } from './sharing.ts';

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
  /**
   * Whether an error counts as a success, as in opossum; it is thrown, and no fallback is asked. It is
   * given the error and the arguments of the call. None by default.
   */
  readonly errorFilter?: (error: never, ...args: never[]) => unknown;
  /** Makes it one that a fleet shares, by `sharing({ store })` of `/shared`; of this process alone by default. */
  readonly shared?: Sharing;
}

/**
 * @throws BreakerOptionsError for an unknown name (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readOpossumOptions(name: string, options: OpossumOptions): Meaning {
  const given = read(options, 'the options', {
    timeout: or(from(1, LONGEST_TIMER_MS, 3_000), no),
    errorThresholdPercentage: aboveZero(100, 50),
    resetTimeout: from(0, FOREVER, 30_000),
    rollingCountTimeout: from(1, FOREVER, 10_000),
    rollingCountBuckets: whole(1, 1_000, 10),
    volumeThreshold: whole(0, MOST, 5),
    errorFilter: maybe(callable<NonNullable<Meaning['tolerates']>>()),
    shared: anything,
  });
  return {
    options: {
      name,
      trip: 'rate',
      timeout: given.timeout,
      failureThreshold: given.errorThresholdPercentage / 100,
      resetTimeout: given.resetTimeout,
      window: given.rollingCountTimeout,
      buckets: given.rollingCountBuckets,
      minimumRequests: given.volumeThreshold,
    },
    tolerates: given.errorFilter,
    sharing: checkedSharing(given.shared),
  };
}
