/** The write protocol: observe, evaluate, transition. At most two writes and no retry loop. */
import { evaluate } from '../level/evaluate.ts';
import type { Outcome } from '../level/outcome.ts';
import type { Policy } from '../level/policy.ts';
import { isPinned, type Change, type LevelState } from '../level/state.ts';
import { applyVerdict, expireOverride, observe, type ConditionalWrite } from '../level/writes.ts';
import { stateKeyOf, type LevelStore } from './level-store.ts';
import { stateOf } from './row.ts';

/** Gives the policy in force in a scope for what its row overrides (undefined: nothing). */
type PolicyOf = (overrides: LevelState['policy'], scope: string) => Policy;

/** What the protocol works with. */
export interface Protocol {
  readonly store: LevelStore;
  readonly policyOf: PolicyOf;
}

/** What became of a row: its state after the writes, and the epochs they began. */
export interface Settled {
  readonly state: LevelState;
  readonly changes: readonly Change[];
  /** Why the second write failed. The evidence stays counted, and the next outcome or tick finishes it. */
  readonly unfinished?: unknown;
}

/** What became of an outcome. A stale one was evidence about another time and counts for nothing. */
export type Recorded = { readonly kind: 'stale' } | ({ readonly kind: 'counted' } & Settled);

/**
 * Counts one outcome, at most once, and moves the level if the evidence now says so.
 *
 * @param atMs Epoch milliseconds of the recording.
 * @throws StoreThrottledError before anything was counted; StoreUnavailableError where it may have
 *   been; RowMalformedError. Never because of the second write, so that a caller that repeats a
 *   throttled outcome cannot count it twice.
 */
export async function recordOutcome(
  protocol: Protocol,
  scope: string,
  outcome: Outcome,
  atMs: number,
): Promise<Recorded> {
  const stateKey = stateKeyOf(scope);
  const item = await protocol.store.write(stateKey, observe(outcome, atMs));
  if (item === null) return { kind: 'stale' };
  const settled = await settle(protocol, scope, stateOf(stateKey, item), atMs);
  return { kind: 'counted', ...settled };
}

/**
 * Ends an expired override, and finishes what a crash between the two writes left. One read and at
 * most two writes; none at all while the level is pinned.
 *
 * @param atMs Epoch milliseconds of the tick.
 * @param options.byCounts Whether counted evidence may move the level; true by default.
 * @throws StoreThrottledError, StoreUnavailableError, RowMalformedError
 */
export async function heal(
  protocol: Protocol,
  scope: string,
  atMs: number,
  { byCounts = true }: { readonly byCounts?: boolean } = {},
): Promise<Settled> {
  const stateKey = stateKeyOf(scope);
  const state = stateOf(stateKey, await protocol.store.read(stateKey));
  if (isPinned(state, atMs)) return { state, changes: [] };
  if (state.override === undefined) {
    return byCounts ? settle(protocol, scope, state, atMs) : { state, changes: [] };
  }
  const expired = await apply(protocol, scope, state, expireOverride(state, atMs));
  return !byCounts ? expired : settleAfter(protocol, scope, expired, atMs);
}

/**
 * Settles what a write of ours left: evidence that reached its threshold under the old epoch could
 * not make its transition once we began a new one.
 */
export async function settleAfter(
  protocol: Protocol,
  scope: string,
  earlier: Settled,
  atMs: number,
): Promise<Settled> {
  if (earlier.changes.length === 0) return earlier;
  const later = await settle(protocol, scope, earlier.state, atMs);
  return { ...later, changes: [...earlier.changes, ...later.changes] };
}

async function settle(
  protocol: Protocol,
  scope: string,
  state: LevelState,
  atMs: number,
): Promise<Settled> {
  const policy = protocol.policyOf(state.policy, scope);
  const verdict = evaluate({ state, policy, atMs });
  const write = applyVerdict(state, verdict, policy, atMs);
  return write === null ? { state, changes: [] } : apply(protocol, scope, state, write);
}

async function apply(
  protocol: Protocol,
  scope: string,
  state: LevelState,
  write: ConditionalWrite,
): Promise<Settled> {
  const stateKey = stateKeyOf(scope);
  try {
    const item = await protocol.store.write(stateKey, write);
    // Someone else made this very transition, or the evidence is gone: either way it is done.
    if (item === null) return { state, changes: [] };
    return settledBy(state, stateOf(stateKey, item));
  } catch (unfinished) {
    return { state, changes: [], unfinished };
  }
}

/** Compares a row before and after a write of ours: the change is the epoch that the write began. */
export function settledBy(before: LevelState, after: LevelState): Settled {
  const [change] = after.epoch === before.epoch ? [] : after.history.slice(-1);
  return { state: after, changes: change === undefined ? [] : [change] };
}
