/** What a breaker says of itself when it is asked. */
import type { BreakerMode, Engine } from './engine.ts';
import { wallMs } from './host.ts';
import type { CircuitState } from './state.ts';
import { failureRate, slowRate } from './verdict.ts';
import { NOTHING_SEEN } from './window.ts';

/** Totals are since creation or reset(); rates are of the window, and 0 outside CLOSED. */
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
  readonly lastFailureTime: Date | null;
  readonly lastSuccessTime: Date | null;
  readonly lastStateChange: Date | null;
  /** When OPEN ends; null in the other states and while it is held. */
  readonly nextAttemptTime: Date | null;
}

export function statsOf(engine: Engine, atMs: number): CircuitBreakerStats {
  const { settings, state, mode, totals } = engine;
  const seen = state.kind === 'CLOSED' ? state.window.counts(atMs) : NOTHING_SEEN;
  const wallAheadMs = wallMs() - atMs;
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
    lastFailureTime: dateOf(totals.lastFailureMs, wallAheadMs),
    lastSuccessTime: dateOf(totals.lastSuccessMs, wallAheadMs),
    lastStateChange: dateOf(engine.changedMs, wallAheadMs),
    nextAttemptTime: state.kind === 'OPEN' ? dateOf(state.untilMs, wallAheadMs) : null,
  };
}

/** The clock has no date: it is the wall's now, as far from it as the instant is from the clock's. None
 * is beyond 8.64e15 ms of 1970. */
function dateOf(instantMs: number, wallAheadMs: number): Date | null {
  const date = new Date(instantMs + wallAheadMs);
  return Number.isNaN(date.getTime()) ? null : date;
}
