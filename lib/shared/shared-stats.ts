/** What a shared breaker says of itself in one environment: its fleet's state where that is not CLOSED, and else its own. */
import type { ChangeReason } from '../breaker/events.ts';
import type { CircuitBreakerStats } from '../breaker/stats.ts';
import type { BreakerRow } from './breaker-row.ts';
import type { FleetRules } from './fleet-rules.ts';
import type { SharedBreakerStats } from './fleet-of.ts';
import { describeBreaker } from './fleet-status.ts';

/** Lays what is known of the fleet over what an environment says of itself. */
export function withFleet(
  stats: CircuitBreakerStats,
  {
    row,
    rules,
    isByHand,
  }: { readonly row: BreakerRow; readonly rules: FleetRules; readonly isByHand: boolean },
  atMs: number,
): Omit<SharedBreakerStats, 'storeFailures'> {
  const fleet = describeBreaker(row, rules, atMs);
  if (row.state === 'CLOSED' || isByHand) return { ...stats, fleet };
  const { requests, failures, failureRate } = fleet.window;
  const isHalfOpen = row.state === 'HALF_OPEN';
  const reason = reasonOf(row);
  return {
    ...stats,
    fleet,
    state: row.state,
    failureRate: failureRate ?? 0,
    slowRate: 0,
    window: { requests, failures, successes: requests - failures, slow: 0 },
    tripped: {
      reason: reason === 'manual' ? 'manual' : 'failures',
      since: isHalfOpen ? null : dateOf(fleet.since),
      error: undefined,
      openings: row.openings,
    },
    probes: fleet.probes && { ...fleet.probes, failures: 0, failuresToOpen: 1 },
    nextAttemptTime: dateOf(fleet.override === null ? fleet.nextTry : fleet.override.until),
  };
}

const REASONS: ReadonlyMap<string, ChangeReason> = new Map([
  ['failures', 'failures'],
  ['probe', 'failures'],
  ['elapsed', 'elapsed'],
  ['lease', 'elapsed'],
  ['probes', 'probes'],
]);

/** Why a row has its state, in the words of a breaker's events: by a hand, where no other one is known. */
export function reasonOf({ reason = '' }: BreakerRow): ChangeReason {
  return REASONS.get(reason) ?? 'manual';
}

const dateOf = (iso: string | null): Date | null => (iso === null ? null : new Date(iso));
