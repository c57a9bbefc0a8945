/** How whoever looks at breakers finds those that a fleet shares; it drags nothing of them in. */
import type { CircuitBreakerStats } from '../breaker/stats.ts';
import type { FleetStatus } from './fleet-status.ts';

/**
 * The stats of one environment, with what it knows of the fleet. Totals are of this environment; where the fleet
 * is not CLOSED, state, rates, window, probes and times are the fleet's.
 */
export interface SharedBreakerStats extends CircuitBreakerStats {
  /** null before the row was first read. */
  readonly fleet: FleetStatus | null;
  /** Reads and writes that the table did not answer as asked, since it was made or reset. */
  readonly storeFailures: number;
}

/** Whether stats are those of a breaker that a fleet shares. */
export function isShared(stats: CircuitBreakerStats): stats is SharedBreakerStats {
  return 'fleet' in stats;
}

/** What is known of the fleet; null where there is none, or its row was never read. */
export function fleetOf(stats: CircuitBreakerStats): FleetStatus | null {
  return isShared(stats) ? stats.fleet : null;
}
