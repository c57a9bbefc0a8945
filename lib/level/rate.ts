/** The verdict of a rate: whether what was counted calls for a fall. */
import { atLeast, type Evidence } from './fence.ts';
import type { Policy } from './policy.ts';
import type { ChangeReason, LevelState } from './state.ts';
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
 * Judges the window of a row by a threshold.
 *
 * @param percent The share of errors that calls for a fall.
 * @param atMs Now, in epoch milliseconds.
 */
export function fallOf(
  state: LevelState,
  policy: Policy,
  percent: number,
  atMs: number,
): Fall | null {
  const { minimumRequests, minimumErrors, consecutiveErrors } = policy;
  const { watchSinceMs = 0, cautionUntilMs = 0, okMs = 0 } = state;
  // Once all are counted, their errors come first again.
  if (atMs < Math.max(watchSinceMs + cautionMsOf(policy, okMs), cautionUntilMs + okMs)) return null;
  const share = percent / 100;
  const sums = trailing(state, policy, atMs);
  const window = sums.at(-1);
  if (window === undefined) return null;
  const { errors, requests } = window;
  if (requests < minimumRequests) {
    if ((state.run ?? 0) < consecutiveErrors) return null;
    return { reason: 'consecutive-errors', evidence: [atLeast('run', consecutiveErrors)] };
  }
  const isOver = errors >= minimumErrors && errors >= share * requests;
  // The counts of a slot only grow, so the epoch alone is fence enough.
  if (isOver || sums.some((sum) => isClearlyOver(sum, share))) {
    return { reason: 'error-rate', evidence: [] };
  }
  return null;
}

/**
 * A window that knows minutes of health takes long to turn: its last part alone is enough where chance
 * would hardly make it of a service at the threshold (three deviations of a binomial).
 */
function isClearlyOver({ errors, requests }: Counted, share: number): boolean {
  const deviation = Math.sqrt(share * (1 - share) * requests);
  return errors >= EARLY_ERRORS && errors >= share * requests + EARLY_DEVIATIONS * deviation;
}
