/** The breakers of a registry as the health document shows them. */
import type { BreakerRegistry, CircuitBreakerStats } from '../breaker/index.ts';
import type { BreakerReport } from './document.ts';

/** As many breakers as a document shows; those that are not closed come first. */
const MOST_SHOWN = 100;

/** Every listed breaker by its name, at most 100 of them. */
export function breakerReports(registry: BreakerRegistry): Record<string, BreakerReport> {
  const listed = registry.list();
  const isClosed = ({ stats }: (typeof listed)[number]) => stats.state === 'CLOSED';
  const shown =
    listed.length <= MOST_SHOWN
      ? listed
      : [...listed.filter((it) => !isClosed(it)), ...listed.filter(isClosed)];
  return Object.fromEntries(
    shown.slice(0, MOST_SHOWN).map(({ name, stats }) => [name, reportOf(stats)]),
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
  };
}
