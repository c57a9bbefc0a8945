/** What a shared breaker rejects with where the fleet refuses. */
import { CircuitBreakerOpenError } from '../breaker/errors.ts';
import type { RefusedBy } from './breaker-verdict.ts';

/** The fleet refused the call; the function was not called. */
export class FleetOpenError extends CircuitBreakerOpenError {
  /** open, half-open: another environment tries; ramp: it has closed lately; override: an operator holds it. */
  readonly by: RefusedBy;

  constructor(breaker: string, by: RefusedBy, leftMs: number) {
    super(breaker, {
      state: by === 'half-open' || by === 'ramp' ? 'HALF_OPEN' : 'OPEN',
      retryAfterMs: Number.isFinite(leftMs) ? leftMs : null,
    });
    this.by = by;
  }
}
