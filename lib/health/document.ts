/** The health document: what it says, and how it is judged. */
import type { FleetStatus } from '../shared/fleet-status.ts';

/** The service as a whole: degraded is well enough to serve. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What the document says of one check. */
export interface CheckReport {
  readonly status: 'healthy' | 'unhealthy';
  readonly message: string;
  /** How long the look took, in whole milliseconds. */
  readonly responseTime: number;
}

/** What the document says of one breaker. Totals are since it was made or reset. */
export interface BreakerReport {
  readonly state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  readonly failureCount: number;
  readonly successCount: number;
  readonly totalRequests: number;
  /** 0 to 1. */
  readonly failureRate: number;
  /** In the words of gobreaker. */
  readonly counts: {
    readonly requests: number;
    readonly totalSuccesses: number;
    readonly totalFailures: number;
    readonly consecutiveSuccesses: number;
    readonly consecutiveFailures: number;
  };
  /** In the words of opossum. */
  readonly stats: {
    readonly fires: number;
    readonly successes: number;
    readonly failures: number;
    readonly rejects: number;
    readonly timeouts: number;
  };
  /** ISO 8601; null before the first change. */
  readonly lastStateChange: string | null;
  /** Only where a fleet shares it; null before its row was read. */
  readonly fleet?: FleetStatus | null;
  /** Only there: reads and writes that the table of the fleet did not answer as asked. */
  readonly storeFailures?: number;
}

/** What the document says of the level of one scope. */
export interface LevelReport {
  /** null where it cannot be read. */
  readonly level: 1 | 2 | 3 | null;
  /** Whether an operator holds it. */
  readonly pinned: boolean;
  /** When it became that, ISO 8601; null where it never changed. */
  readonly since: string | null;
}

/** Who answers, and when. */
export interface HealthHead {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly service: string;
  readonly version: string;
}

/** The health of a service. */
export interface HealthDocument extends HealthHead {
  readonly status: HealthStatus;
  readonly checks: Readonly<Record<string, CheckReport>>;
  readonly circuitBreakers: Readonly<Record<string, BreakerReport>>;
  /** Only where the service has levels. */
  readonly levels?: Readonly<Record<string, LevelReport>>;
}

/** A check's report, and whether the service works without it. */
export interface JudgedCheck {
  readonly report: CheckReport;
  readonly critical: boolean;
}

/**
 * Unhealthy without something critical; degraded without anything else, or with a scope below its full
 * level. An open breaker alone is neither: what it stands before may have a fallback.
 */
export function judge(
  checks: readonly JudgedCheck[],
  levels: Readonly<Record<string, LevelReport>>,
): HealthStatus {
  const failed = checks.filter(({ report }) => report.status === 'unhealthy');
  if (failed.some(({ critical }) => critical)) return 'unhealthy';
  const isBelow = Object.values(levels).some(({ level }) => level !== null && level > 1);
  return failed.length > 0 || isBelow ? 'degraded' : 'healthy';
}
