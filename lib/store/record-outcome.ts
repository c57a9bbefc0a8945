/** The write protocol: observe, evaluate, transition. At most two writes to the row and no retry loop. */
import { evaluate } from '../level/evaluate.ts';
import type { ConditionalWrite } from '../level/fence.ts';
import { addChange, lastChange } from '../level/history.ts';
import { observe, type Observed } from '../level/observe.ts';
import type { Policy } from '../level/policy.ts';
import { nextShare, shareOnMove, weightOf, type ShareChange } from '../level/share.ts';
import { isPinned, type Change, type LevelState } from '../level/state.ts';
import { applyVerdict, expireOverride } from '../level/writes.ts';
import { fenceOf } from '../level/fence.ts';
import { parseHistory } from './history.ts';
import { historyKeyOf, stateKeyOf, type LevelStore } from './level-store.ts';
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
  /** The history as it was written with the last of the changes; undefined where there was none, or it failed. */
  readonly history?: readonly Change[];
  /** Why the second write failed. The evidence stays counted, and the next outcome or tick finishes it. */
  readonly unfinished?: unknown;
}

/**
 * What became of an outcome. A stale one was evidence about another time and counts for nothing; one that
 * is evidence of nothing is not written.
 */
export type Recorded =
  | { readonly kind: 'stale' }
  | { readonly kind: 'none' }
  | ({ readonly kind: 'counted' } & Settled);

/**
 * Counts one outcome, at most once, and moves the level if the evidence now says so.
 *
 * @throws StoreThrottledError before anything was counted; StoreUnavailableError where it may have
 *   been; RowMalformedError. Never because of the second write, so that a caller that repeats a
 *   throttled outcome cannot count it twice.
 */
export async function recordOutcome(
  protocol: Protocol,
  scope: string,
  observed: Observed,
): Promise<Recorded> {
  const { seen, readAtMs, atMs } = observed;
  const stateKey = stateKeyOf(scope);
  const write = observe(observed, protocol.policyOf(seen.policy, scope));
  if (write === null) return { kind: 'none' };
  const item = await protocol.store.write(stateKey, write);
  if (item === null) return { kind: 'stale' };
  const state = stateOf(stateKey, item);
  const policy = protocol.policyOf(state.policy, scope);
  const share = nextShare(state, weightOf(seen, readAtMs), policy, atMs);
  const settled = await settle(protocol, scope, state, atMs, { share });
  return { kind: 'counted', ...settled };
}

/**
 * Counts the outcomes that one write stands for, at most once, and moves the level if the evidence now says so.
 * It says nothing of the share of outcomes that is counted, which is about writes.
 *
 * @param completeMs Until when everybody has told what was counted, in epoch milliseconds.
 * @throws As recordOutcome.
 */
export async function recordCounts(
  protocol: Protocol,
  scope: string,
  write: ConditionalWrite,
  { atMs, completeMs }: { readonly atMs: number; readonly completeMs: number },
): Promise<Recorded> {
  const stateKey = stateKeyOf(scope);
  const item = await protocol.store.write(stateKey, write);
  if (item === null) return { kind: 'stale' };
  const settled = await settle(protocol, scope, stateOf(stateKey, item), atMs, { completeMs });
  return { kind: 'counted', ...settled };
}

/**
 * Ends an expired override, and finishes what a crash between the two writes left, or what time alone
 * made due. One read and at most two writes; none at all while the level is pinned.
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
  return { ...earlier, ...later, changes: [...earlier.changes, ...later.changes] };
}

interface Beside {
  readonly share?: ShareChange | null;
  readonly completeMs?: number;
}

async function settle(
  protocol: Protocol,
  scope: string,
  state: LevelState,
  atMs: number,
  { share = null, completeMs }: Beside = {},
): Promise<Settled> {
  const policy = protocol.policyOf(state.policy, scope);
  const verdict = evaluate({ state, policy, atMs, completeMs });
  const write = applyVerdict(state, verdict, policy, atMs);
  if (write !== null) {
    const moved = verdict.kind === 'move' ? shareOnMove(state, policy, atMs) : null;
    return apply(protocol, scope, state, withShare(write, moved ?? share));
  }
  if (share === null) return { state, changes: [] };
  return { state: await setShare(protocol, scope, state, share, atMs), changes: [] };
}

function withShare(write: ConditionalWrite, share: ShareChange | null): ConditionalWrite {
  if (share === null) return write;
  const { set, remove = [] } = write;
  return { ...write, set: { ...set, ...share.set }, remove: [...remove, ...share.remove] };
}

/** The share is no evidence and no change: without it more is written, and the next mark sets it. */
async function setShare(
  protocol: Protocol,
  scope: string,
  state: LevelState,
  share: ShareChange,
  atMs: number,
): Promise<LevelState> {
  const stateKey = stateKeyOf(scope);
  try {
    const item = await protocol.store.write(stateKey, { expect: fenceOf(state, atMs), ...share });
    return item === null ? state : stateOf(stateKey, item);
  } catch {
    // As if it had lost its fence.
    return state;
  }
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
    return await settledBy(protocol, scope, state, stateOf(stateKey, item));
  } catch (unfinished) {
    return { state, changes: [], unfinished };
  }
}

/**
 * Compares a row before and after a write of ours: the change is the epoch that the write began. It is
 * added to the history; where that fails the row still tells it, and the next change adds both.
 */
export async function settledBy(
  { store }: Protocol,
  scope: string,
  before: LevelState,
  after: LevelState,
): Promise<Settled> {
  const change = after.epoch === before.epoch ? undefined : lastChange(after);
  if (change === undefined) return { state: after, changes: [] };
  try {
    const item = await store.write(historyKeyOf(scope), addChange(before, change));
    return { state: after, changes: [change], history: parseHistory(item ?? undefined) };
  } catch {
    return { state: after, changes: [change] };
  }
}
