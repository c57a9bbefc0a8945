/** States as toJSON() writes them, of a breaker that two failures in a row open. */
import type { CircuitBreakerOptions } from '../../lib/breaker/index.ts';

export const TWO: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 2,
  minimumRequests: 0,
  resetTimeout: 100,
};
const SEEN = { requests: 2, failures: 2, slow: 0 };
export const TRIPPED = { reason: 'failures', trippedAtMs: -5, openings: 1, seen: SEEN };
export const OPEN = { kind: 'OPEN', endsAtMs: 5, tripped: TRIPPED };
export const HALF_OPEN = { kind: 'HALF_OPEN', successes: 0, seen: SEEN, tripped: TRIPPED };
