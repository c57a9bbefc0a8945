/** The breakers of a registry as the health document shows them. */
import type { BreakerRegistry, CircuitBreakerStats } from '../breaker/index.ts';
import { isShared } from '../shared/fleet-of.ts';
import { tellingBreakers } from '../telemetry/listed-breakers.ts';
import type { BreakerReport } from './document.ts';

/** The listed breakers by their name, at most 100 of them. */
export function breakerReports(registry: BreakerRegistry): Record<string, BreakerReport> {
  return Object.fromEntries(
    tellingBreakers(registry).map(({ name, stats }) => [name, reportOf(stats)]),
  );
}

function reportOf(stats: CircuitBreakerStats): BreakerReport {
  const { state, failureCount, successCount, totalRequests, failureRate } = stats;
  return {
    state,
    failureCount,
    successCount,
    totalRequests,
    failureRate,
    counts: {
      requests: totalRequests,
      totalSuccesses: successCount,
      totalFailures: failureCount,
      consecutiveSuccesses: stats.consecutiveSuccesses,
      consecutiveFailures: stats.consecutiveFailures,
    },
    stats: {
      fires: totalRequests + stats.rejectedCount,
      successes: successCount,
      failures: failureCount,
      rejects: stats.rejectedCount,
      timeouts: stats.timeoutCount,
    },
    lastStateChange: stats.lastStateChange?.toISOString() ?? null,
    ...(isShared(stats) && { fleet: stats.fleet, storeFailures: stats.storeFailures }),
  };
}
