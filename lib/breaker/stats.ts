/** What a breaker says of itself when it is asked. */
import { seenBy, type BreakerMode, type Engine } from './engine.ts';
import { wallMs } from './host.ts';
import type { CircuitState, HalfOpen, Rules, Tripped } from './state.ts';
import { failureRate, slowRate } from './verdict.ts';

/** What opened a breaker that is not closed again yet. */
export interface TrippedStats {
  readonly reason: Tripped['reason'];
  readonly since: Date | null;
  /** The failure that was one too many; undefined where it was none, or before a restore. */
  readonly error: unknown;
  /** How often it opened by itself since it was last closed. */
  readonly openings: number;
}

/** The probes of HALF_OPEN. */
export interface ProbeStats {
  readonly inFlight: number;
  readonly permitted: number;
  /** Those that have ended and speak for closing. */
  readonly successes: number;
  /** Those that have failed, or were slow where slow calls open. */
  readonly failures: number;
  readonly successesToClose: number;
  readonly failuresToOpen: number;
}

/**
 * Totals are since creation or reset(). The rates and `window` are of the window while it is CLOSED,
 * and in OPEN and HALF_OPEN of what opened it.
 */
export interface CircuitBreakerStats {
  readonly name: string;
  readonly state: CircuitState;
  /** auto: it decides; disabled: it stands aside; metricsOnly: it only counts. */
  readonly mode: BreakerMode;
  readonly failureCount: number;
  readonly successCount: number;
  /** Failures and successes; refusals and filtered calls are not among them. */
  readonly totalRequests: number;
  readonly rejectedCount: number;
  /** Among the failures. */
  readonly timeoutCount: number;
  /** Calls that the fallback was asked to answer. */
  readonly fallbackCount: number;
  readonly consecutiveFailures: number;
  readonly consecutiveSuccesses: number;
  /** 0 to 1. */
  readonly failureRate: number;
  /** 0 to 1. */
  readonly slowRate: number;
  /** What the rates are of. */
  readonly window: {
    readonly requests: number;
    readonly failures: number;
    readonly successes: number;
    readonly slow: number;
  };
  /** null while it is CLOSED. */
  readonly tripped: TrippedStats | null;
  /** null outside HALF_OPEN. */
  readonly probes: ProbeStats | null;
  readonly lastFailureTime: Date | null;
  readonly lastSuccessTime: Date | null;
  readonly lastStateChange: Date | null;
  /** When OPEN ends; null in the other states and while it is held. */
  readonly nextAttemptTime: Date | null;
}

/** @param seen What the rates are of. */
export function statsOf(
  engine: Engine,
  atMs: number,
  seen = seenBy(engine, atMs),
): CircuitBreakerStats {
  const { settings, state, mode, totals } = engine;
  const wallAheadMs = wallMs() - atMs;
  /** The clock has no date: it is the wall's now, as far from it as the instant is from the clock's. */
  const dateOf = (instantMs: number): Date | null => {
    const date = new Date(instantMs + wallAheadMs);
    // None is beyond 8.64e15 ms of 1970.
    return Number.isNaN(date.getTime()) ? null : date;
  };
  return {
    name: settings.name,
    state: state.kind,
    mode,
    failureCount: totals.failures,
    successCount: totals.successes,
    totalRequests: totals.failures + totals.successes,
    rejectedCount: totals.rejected,
    timeoutCount: totals.timeouts,
    fallbackCount: totals.fallbacks,
    consecutiveFailures: totals.failureRun,
    consecutiveSuccesses: totals.successRun,
    failureRate: failureRate(seen),
    slowRate: slowRate(seen),
    window: { ...seen, successes: seen.requests - seen.failures },
    tripped: state.kind === 'CLOSED' ? null : trippedStats(state.tripped, dateOf),
    probes: state.kind === 'HALF_OPEN' ? probeStats(state, settings) : null,
    lastFailureTime: dateOf(totals.lastFailureAtMs),
    lastSuccessTime: dateOf(totals.lastSuccessAtMs),
    lastStateChange: dateOf(engine.changedAtMs),
    nextAttemptTime: state.kind === 'OPEN' ? dateOf(state.endsAtMs) : null,
  };
}

function trippedStats(
  { reason, trippedAtMs, error, openings }: Tripped,
  dateOf: (instantMs: number) => Date | null,
): TrippedStats {
  return { reason, since: dateOf(trippedAtMs), error, openings };
}

function probeStats(state: HalfOpen, rules: Rules): ProbeStats {
  const { probes, seen, successes } = state;
  const { permitted, successesToClose, failuresToOpen } = rules;
  const failures = seen.requests - successes;
  const inFlight = probes.size;
  return { inFlight, permitted, successes, failures, successesToClose, failuresToOpen };
}
