/** The verdict of a rate: whether what was counted calls for a fall. */
import { atLeast, type Evidence } from './fence.ts';
import { deviationShareOf, isUnlikely, ordinaryOf } from './ordinary.ts';
import type { Policy } from './policy.ts';
import type { ChangeReason, LevelState } from './state.ts';
import { WRONG_MS } from './times.ts';
import { trailing, type Counted } from './window.ts';

/** A fall that the evidence calls for, and what its write must still find. */
export interface Fall {
  readonly reason: ChangeReason;
  readonly evidence: Evidence;
}

/** How many deviations above the threshold the last part of a window must be to be judged without the rest. */
const EARLY_DEVIATIONS = 3;
/** Errors in it before it is judged so: at 5 % errors 7 in a row come once in a billion. */
const EARLY_ERRORS = 7;

/**
 * Whether outcomes are counted at all: from the first error on, until none was seen for two windows and
 * the last outcome was a success.
 *
 * @param atMs When the request was read, in epoch milliseconds.
 */
export function isWatching(state: LevelState, atMs: number): boolean {
  return (state.watchUntilMs ?? 0) > atMs || (state.run ?? 0) > 0;
}

/**
 * Whether outcomes are counted, and the watch can be judged: one that a clock far ahead began is begun anew by the
 * next error, or nothing would be judged until that time.
 *
 * @param atMs When the request was read, in epoch milliseconds.
 */
export function isWatched(state: LevelState, atMs: number): boolean {
  return isWatching(state, atMs) && (state.watchSinceMs ?? 0) < atMs + WRONG_MS;
}

/** How long a watch goes on after an error: until the window, and the one before it, are clean. */
export function watchMsOf({ windowMs }: Policy): number {
  return 2 * windowMs;
}

/**
 * How long few outcomes are counted after a watch began, and none is judged: errors may be quicker than
 * successes, so at first they alone have ended.
 *
 * @param okMs How long a success takes, as far as is known.
 */
export function cautionMsOf({ settleMs }: Policy, okMs: number): number {
  return settleMs + 2 * okMs;
}

/**
 * Judges the window of a row by the threshold of its level, and at level 1 by what is ordinary, where that is
 * learned.
 *
 * @param atMs Now, in epoch milliseconds.
 */
export function fallOf(state: LevelState, policy: Policy, atMs: number): Fall | null {
  const { minimumRequests, consecutiveErrors } = policy;
  const { watchSinceMs = 0, cautionUntilMs = 0, okMs = 0 } = state;
  // Once all are counted, their errors come first again.
  if (atMs < Math.max(watchSinceMs + cautionMsOf(policy, okMs), cautionUntilMs + okMs)) return null;
  const sums = trailing(state, policy, atMs);
  const window = sums.at(-1);
  if (window === undefined) return null;
  if (window.requests < minimumRequests) {
    if ((state.run ?? 0) < consecutiveErrors) return null;
    return { reason: 'consecutive-errors', evidence: [atLeast('run', consecutiveErrors)] };
  }
  const percent = state.currentLevel === 1 ? policy.degradePercent : policy.maintenancePercent;
  // The counts of a slot only grow, so the epoch alone is fence enough.
  if (isOver(sums, policy, percent / 100)) return { reason: 'error-rate', evidence: [] };
  return deviates(state, sums, policy) ? { reason: 'error-deviation', evidence: [] } : null;
}

/** @param sums What was counted in the last slots, the whole window last. */
function isOver(sums: readonly Counted[], { minimumErrors }: Policy, share: number): boolean {
  const { errors = 0, requests = 0 } = sums.at(-1) ?? {};
  const isAbove = errors >= minimumErrors && errors >= share * requests;
  return isAbove || sums.some((sum) => isClearlyOver(sum, share));
}

/** By the same two measures, of those parts of the window alone that chance would hardly make so. */
function deviates(state: LevelState, sums: readonly Counted[], policy: Policy): boolean {
  if (state.currentLevel !== 1) return false;
  const [ordinary, share] = [ordinaryOf(state, policy), deviationShareOf(state, policy)];
  if (ordinary === null || share === null) return false;
  const unlikely = sums.map((sum) =>
    isUnlikely(sum, ordinary) ? sum : { errors: 0, requests: 0 },
  );
  return isOver(unlikely, policy, share);
}

/**
 * A window that knows minutes of health takes long to turn: its last part alone is enough where chance
 * would hardly make it of a service at the threshold (three deviations of a binomial).
 */
function isClearlyOver({ errors, requests }: Counted, share: number): boolean {
  const deviation = Math.sqrt(share * (1 - share) * requests);
  return errors >= EARLY_ERRORS && errors >= share * requests + EARLY_DEVIATIONS * deviation;
}
