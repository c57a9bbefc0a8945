/** The row of a breaker as operators, the page and the stats of an environment read it. */
import type { CircuitState } from '../breaker/state.ts';
import type { BreakerRow } from './breaker-row.ts';
import { isHeld, phaseOf, seenIn } from './breaker-verdict.ts';
import type { FleetRules } from './fleet-rules.ts';

/** What a fleet's breaker says of itself: plain JSON; times are ISO 8601. */
export interface FleetStatus {
  readonly state: CircuitState;
  readonly epoch: number;
  /** Why the epoch began. */
  readonly reason: string | null;
  readonly since: string | null;
  /** What the window holds, of all environments; where it is not CLOSED, what it held when it opened. */
  readonly window: {
    readonly requests: number;
    readonly failures: number;
    /** Failing environments, at least. */
    readonly environments: number;
    /** 0 to 1; null where nothing was told. */
    readonly failureRate: number | null;
  };
  readonly openings: number;
  /** When an OPEN is probed; null in the other states. */
  readonly nextTry: string | null;
  /** null outside HALF_OPEN. */
  readonly probes: {
    readonly inFlight: number;
    readonly permitted: number;
    readonly successes: number;
    readonly successesToClose: number;
    readonly leaseUntil: string | null;
  } | null;
  /** The share of calls that passes, in percent. */
  readonly passPercent: number;
  /** null where nobody holds it. */
  readonly override: { readonly state: 'CLOSED' | 'OPEN'; readonly until: string | null } | null;
  readonly rules: FleetRules;
}

const NOTHING = { requests: 0, failures: 0, environments: 0 };

/** @param rules Those in force. */
export function describeBreaker(row: BreakerRow, rules: FleetRules, atMs: number): FleetStatus {
  const seen = row.state === 'CLOSED' ? seenIn(row, rules, atMs) : (row.openedBy ?? NOTHING);
  const phase = phaseOf(row, rules, atMs);
  const { override, state } = row;
  return {
    state,
    epoch: row.epoch,
    reason: row.reason ?? null,
    since: isoOrNull(row.changedAtMs),
    window: {
      requests: Math.round(seen.requests),
      failures: Math.round(seen.failures),
      environments: seen.environments,
      failureRate: seen.requests === 0 ? null : seen.failures / seen.requests,
    },
    openings: row.openings,
    nextTry: state === 'OPEN' ? isoOrNull(row.openUntilMs) : null,
    probes:
      state === 'HALF_OPEN'
        ? {
            inFlight: row.taken,
            permitted: rules.permitted,
            successes: row.ok,
            successesToClose: rules.successesToClose,
            leaseUntil: isoOrNull(row.leaseUntilMs),
          }
        : null,
    passPercent: phase.kind === 'pass' ? 100 * phase.share : 0,
    override:
      override !== undefined && isHeld(row, atMs)
        ? { state: override.state, until: isoOrNull(override.untilMs) }
        : null,
    rules,
  };
}

function isoOrNull(ms: number | undefined): string | null {
  if (ms === undefined) return null;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
