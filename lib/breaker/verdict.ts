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
  /** Slow calls over all calls, above 0 and at most 1; null where slow calls trip nothing. */
  readonly slowRate: number | null;
}

/** What a verdict on a closed breaker rests on. */
export interface Seen {
  readonly window: WindowCounts;
  /** Counted requests since the breaker last closed. */
  readonly requests: number;
  /** Failures since the last success, within neither window nor time. */
  readonly failureRun: number;
}

/** Whether the failure that was just counted opens. */
export function opensOnFailure(rules: TripRules, seen: Seen): boolean {
  switch (rules.trip) {
    case 'rate':
    case 'count':
      return (
        seen.window.requests >= rules.minimumRequests &&
        failureRate(seen.window) >= rules.failureThreshold
      );
    case 'consecutive':
      return seen.requests >= rules.minimumRequests && seen.failureRun >= rules.failureThreshold;
  }
}

/** Whether the slow success that was just counted opens; one that was not slow never does. */
export function opensOnSlowSuccess(rules: TripRules, seen: Seen): boolean {
  return (
    rules.slowRate !== null &&
    seen.window.requests >= rules.minimumRequests &&
    slowRate(seen.window) >= rules.slowRate
  );
}

/** Failures over requests, 0 to 1; 0 for an empty window. */
export function failureRate(window: WindowCounts): number {
  return window.requests === 0 ? 0 : window.failures / window.requests;
}

/** Slow calls over requests, 0 to 1; 0 for an empty window. */
export function slowRate(window: WindowCounts): number {
  return window.requests === 0 ? 0 : window.slow / window.requests;
}
