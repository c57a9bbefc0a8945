/** Should it trip: the rules, as functions of what was seen. */
import type { WindowCounts } from './window.ts';

/** What trips a closed breaker. */
export type Trip = 'rate' | 'consecutive' | 'count';

/** The numbers that the rules compare with. */
export interface TripRules {
  readonly trip: Trip;
  /** A fraction above 0 and at most 1 for `rate` and `count`; a count for `consecutive`. */
  readonly failureThreshold: number;
  readonly minimumRequests: number;
  /** Slow calls over all calls, above 0 and at most 1; false where slow calls trip nothing. */
  readonly slowRate: number | false;
}

/** What a verdict on a closed breaker rests on. */
export interface Seen {
  /** Counted requests since the breaker last closed. */
  readonly requests: number;
  /** Failures since the last success, within neither window nor time. */
  readonly failureRun: number;
}

/** Whether the failure that was just counted opens. */
export function opensOnFailure(
  { trip, minimumRequests, failureThreshold }: TripRules,
  { requests, failureRun }: Seen,
  window: WindowCounts,
): boolean {
  return trip === 'consecutive'
    ? requests >= minimumRequests && failureRun >= failureThreshold
    : window.requests >= minimumRequests && failureRate(window) >= failureThreshold;
}

/** Whether the slow success that was just counted opens; one that was not slow never does. */
export const opensOnSlowSuccess = (
  { slowRate: limit, minimumRequests }: TripRules,
  window: WindowCounts,
): boolean => limit !== false && window.requests >= minimumRequests && slowRate(window) >= limit;

/** Failures over requests, 0 to 1; 0 for an empty window. */
export const failureRate = ({ failures, requests }: WindowCounts): number =>
  failures / (requests || 1);

/** Slow calls over requests, 0 to 1; 0 for an empty window. */
export const slowRate = ({ slow, requests }: WindowCounts): number => slow / (requests || 1);
