/** The configuration of one operation of a service. */
import { LONGEST_TIMER_MS } from '../host.ts';
import { DEFAULTS } from '../options.ts';
import { anything, FOREVER, from, maybe, MOST, read, whole } from '../read-options.ts';
import type { Meaning } from './named-breaker.ts';
import { checkedSharing, type Sharing } from './sharing.ts';

/** All times are milliseconds. What is left out is as in the preset of the service, if it has one. */
export interface OperationConfig {
  /** Failures in a row that open, from 1; 5 by default. */
  readonly failureThreshold?: number;
  /** How long it stays open, from 0; 60,000 by default. */
  readonly recoveryTimeout?: number;
  /** A call that takes this long is marked slow, and no more; from 0; none by default. */
  readonly expectedResponseTime?: number;
  /** The time that failureRate and slowRate are of, from 1; 10,000 by default. */
  readonly monitoringWindow?: number;
  /** Requests below which it does not open, from 0; 10 by default. */
  readonly minimumRequestCount?: number;
  /** Gives each tenant a breaker of its own; 1 to 256 characters. */
  readonly tenant?: string;
  /** Makes it one that a fleet shares, by `sharing({ store })` of `/shared`; of this process alone by default. */
  readonly shared?: Sharing;
}

/** Configurations by the name of the service. */
export type ServicePresets = Readonly<Record<string, OperationConfig>>;

/**
 * One probe at a time, and one success closes.
 *
 * @throws BreakerOptionsError for an unknown name (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readOperationConfig(name: string, config: OperationConfig): Meaning {
  const given = read(config, 'the configuration', {
    failureThreshold: whole(1, MOST, DEFAULTS.failureThreshold.consecutive),
    minimumRequestCount: whole(0, MOST, DEFAULTS.minimumRequests),
    recoveryTimeout: from(0, FOREVER, DEFAULTS.resetTimeout),
    monitoringWindow: from(1, FOREVER, DEFAULTS.window),
    expectedResponseTime: maybe(from(0, LONGEST_TIMER_MS)),
    tenant: anything,
    shared: anything,
  });
  const { expectedResponseTime: threshold } = given;
  return {
    options: {
      name,
      trip: 'consecutive',
      failureThreshold: given.failureThreshold,
      minimumRequests: given.minimumRequestCount,
      resetTimeout: given.recoveryTimeout,
      window: given.monitoringWindow,
      timeout: false,
      halfOpen: { permitted: 1, successesToClose: 1 },
      ...(threshold === null ? {} : { slowCall: { threshold, rate: false } }),
    },
    tolerates: null,
    sharing: checkedSharing(given.shared),
  };
}
