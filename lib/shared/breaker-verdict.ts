/** What a row of a breaker says at a time: whether a call may pass, and whether the fleet should open. */
import type { BreakerRow, FleetSeen, SlotCounts } from './breaker-row.ts';
import type { FleetRules } from './fleet-rules.ts';

/** Why a fleet refuses a call. */
export type RefusedBy = 'open' | 'half-open' | 'ramp' | 'override';

/** What a call finds. */
export type Phase =
  /** A share of the calls passes, 0 to 1. */
  | { readonly kind: 'pass'; readonly share: number }
  /** leftMs: NaN where nobody knows. */
  | { readonly kind: 'refuse'; readonly by: RefusedBy; readonly leftMs: number }
  /** One call may try, if it wins a permit. */
  | { readonly kind: 'try'; readonly how: 'claim' | 'permit' | 'take-over' };

/** Reads the phase of a row. */
export function phaseOf(row: BreakerRow, rules: FleetRules, atMs: number): Phase {
  const { override } = row;
  if (isHeld(row, atMs)) {
    if (override?.state === 'CLOSED') return { kind: 'pass', share: 1 };
    return { kind: 'refuse', by: 'override', leftMs: (override?.untilMs ?? Number.NaN) - atMs };
  }
  switch (row.state) {
    case 'CLOSED':
      return { kind: 'pass', share: shareOf(row, rules, atMs) };
    case 'OPEN':
      return atMs < row.openUntilMs
        ? { kind: 'refuse', by: 'open', leftMs: row.openUntilMs - atMs }
        : { kind: 'try', how: 'claim' };
    case 'HALF_OPEN':
      if (row.taken < rules.permitted) return { kind: 'try', how: 'permit' };
      return atMs < row.leaseUntilMs
        ? { kind: 'refuse', by: 'half-open', leftMs: Number.NaN }
        : { kind: 'try', how: 'take-over' };
  }
}

/** Whether an operator holds it at atMs (epoch milliseconds). */
export function isHeld({ override }: BreakerRow, atMs: number): boolean {
  return override !== undefined && (override.untilMs ?? Infinity) > atMs;
}

/** The share of calls that passes after it has closed: a function of time alone. */
function shareOf({ closedAtMs }: BreakerRow, { ramp, rampStep }: FleetRules, atMs: number): number {
  if (closedAtMs === undefined) return 1;
  // A clock behind the one that closed it begins at the first step.
  const step = Math.max(0, Math.floor((atMs - closedAtMs) / rampStep));
  return (ramp[step] ?? 100) / 100;
}

/** The slot of a time in epoch milliseconds. */
export function slotAt({ window }: FleetRules, atMs: number): number {
  return Math.floor(atMs / window);
}

const NONE: SlotCounts = { requests: 0, failures: 0, environments: new Set(), sinceMs: undefined };

const slotsAround = ({ slots }: BreakerRow, rules: FleetRules, atMs: number) => {
  const current = slotAt(rules, atMs);
  return { now: slots.get(current) ?? NONE, before: slots.get(current - 1) ?? NONE };
};

/** Whether failures are known, so that what succeeds matters: the denominator. */
export function isSuspicious(row: BreakerRow, rules: FleetRules, atMs: number): boolean {
  const { now, before } = slotsAround(row, rules, atMs);
  return row.state === 'CLOSED' && now.failures + before.failures > 0;
}

/**
 * When the evidence is ripe, in epoch milliseconds: every environment has read by then that it matters, and
 * could tell of its own.
 *
 * @param settleMs How long that takes, from the first failure that was told.
 */
export function ripeAt(row: BreakerRow, rules: FleetRules, settleMs: number, atMs: number): number {
  const { now, before } = slotsAround(row, rules, atMs);
  const sinceMs = before.failures > 0 ? before.sinceMs : now.sinceMs;
  return (sinceMs ?? atMs) + settleMs;
}

/** What a row holds of the window: the slot that runs, and the one before by what is left of it. */
export function seenIn(row: BreakerRow, rules: FleetRules, atMs: number): FleetSeen {
  const { now, before } = slotsAround(row, rules, atMs);
  const share = 1 - (atMs % rules.window) / rules.window;
  return {
    requests: now.requests + before.requests * share,
    failures: now.failures + before.failures * share,
    environments: new Set([...now.environments, ...before.environments]).size,
  };
}

/** Whether the evidence of a row opens the fleet: enough requests, their rate, enough environments, and ripe. */
export function opens(row: BreakerRow, rules: FleetRules, settleMs: number, atMs: number): boolean {
  if (!isSuspicious(row, rules, atMs) || isHeld(row, atMs)) return false;
  if (atMs < ripeAt(row, rules, settleMs, atMs)) return false;
  const { requests, failures, environments } = seenIn(row, rules, atMs);
  const { minimumRequests, failureThreshold, quorum } = rules;
  return (
    environments >= quorum && requests >= minimumRequests && failures >= failureThreshold * requests
  );
}
