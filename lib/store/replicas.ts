/** The read replicas of a row: telling them what the row says now, and counting what was read from one. */
import type { Observed } from '../level/observe.ts';
import type { Outcome } from '../level/outcome.ts';
import {
  isBehind,
  isWatchedSince,
  numberReplicas,
  seenThrough,
  writeReplica,
} from '../level/replica.ts';
import type { LevelState } from '../level/state.ts';
import { replicaKeyOf, stateKeyOf } from './level-store.ts';
import { recordOutcome, type Protocol, type Recorded } from './record-outcome.ts';
import { stateOf } from './row.ts';

/** What became of a telling. */
export interface Told {
  /** Replicas that hold the row now, or had a later one. */
  readonly told: number;
  /** Those that may not, until the next change or tick; with why. */
  readonly behind: number;
  readonly error?: unknown;
}

/**
 * Tells the replicas of a scope what its row says: one write that numbers them, and one for each. A failure
 * leaves replicas behind, and nothing else.
 *
 * @param count How many there are.
 * @param after Told only if nobody has told since this number; absent: always.
 * @param atMs Now, in epoch milliseconds.
 * @returns null where somebody else has told since.
 */
export async function tellReplicas(
  { store, policyOf }: Protocol,
  { scope, count, after }: ReplicasOf,
  atMs: number,
): Promise<Told | null> {
  const stateKey = stateKeyOf(scope);
  try {
    const item = await store.write(stateKey, numberReplicas(after));
    if (item === null) return null;
    const state = stateOf(stateKey, item);
    const write = writeReplica(state, policyOf(state.policy, scope), atMs);
    const keys = Array.from({ length: count }, (_, index) => replicaKeyOf(scope, index + 1));
    const written = await Promise.allSettled(keys.map((key) => store.write(key, write)));
    const failed = written.filter(({ status }) => status === 'rejected');
    const [first] = failed;
    if (first?.status !== 'rejected') return { told: count, behind: 0 };
    return { told: count - failed.length, behind: failed.length, error: first.reason };
  } catch (error) {
    return { told: 0, behind: count, error };
  }
}

/** Which replicas, and since when. */
export interface ReplicasOf {
  readonly scope: string;
  readonly count: number;
  readonly after?: { readonly version: number | undefined };
}

/** What an outcome that was read from a replica is to the row. */
export type Found =
  | { readonly kind: 'counts'; readonly row: LevelState; readonly seen: LevelState }
  /** 'known': an error that would begin a watch which has begun, and is evidence of nothing else. */
  | { readonly kind: 'stale' | 'known'; readonly row: LevelState };

/**
 * Reads the row for an outcome that was read from a replica: what is judged and counted is the row's. Eventually
 * consistent, so that the row has as many reads left as may be.
 *
 * @param replica As the request read it.
 * @throws StoreThrottledError, StoreUnavailableError, RowMalformedError: nothing is counted then.
 */
export async function findRow(
  { store, policyOf }: Protocol,
  scope: string,
  { outcome, replica, readAtMs, atMs }: ReadFromReplica,
): Promise<Found> {
  const stateKey = stateKeyOf(scope);
  const near = stateOf(stateKey, await store.read(stateKey, { eventually: true }));
  // No row is older than its replica: what seems so was read of a moment before.
  const row = isOlder(near, replica) ? stateOf(stateKey, await store.read(stateKey)) : near;
  const { readLevel, servedLevel, epoch } = outcome;
  if (row.epoch !== epoch || row.currentLevel !== readLevel) return { kind: 'stale', row };
  const isOfWatch =
    policyOf(row.policy, scope).judge === 'rate' && readLevel !== 3 && servedLevel === readLevel;
  if (isOfWatch && isWatchedSince(replica, readAtMs, row, atMs)) return { kind: 'known', row };
  return { kind: 'counts', row, seen: seenThrough(row, replica) };
}

/** Whether a row is of a moment before that which its replica holds. */
export function isOlder(row: LevelState, replica: LevelState): boolean {
  const [{ replicaVersion = 0 }, { replicaVersion: held = 0 }] = [row, replica];
  return row.epoch < replica.epoch || (row.epoch === replica.epoch && replicaVersion < held);
}

/** An outcome with the replica that its request was read with. */
export interface ReadFromReplica {
  readonly outcome: Outcome;
  readonly replica: LevelState;
  readonly readAtMs: number;
  readonly atMs: number;
}

/** An outcome that was recorded, and what its request acted by; the row as it is known then. */
export interface RecordedRead {
  readonly recorded: Recorded;
  readonly met: { readonly seen: LevelState; readonly row: LevelState } | null;
}

/**
 * Records an outcome, whether its request read the row or one of its replicas.
 *
 * @param isReplica Whether what it has seen is a replica.
 * @throws As recordOutcome.
 */
export async function recordRead(
  protocol: Protocol,
  scope: string,
  observed: Observed,
  isReplica: boolean,
): Promise<RecordedRead> {
  const { seen } = observed;
  const found = isReplica
    ? await findRow(protocol, scope, { ...observed, replica: seen })
    : ({ kind: 'counts', seen } as const);
  if (found.kind !== 'counts') {
    const recorded: Recorded = { kind: found.kind === 'stale' ? 'stale' : 'none' };
    return { recorded, met: { seen, row: found.row } };
  }
  const recorded = await recordOutcome(protocol, scope, { ...observed, seen: found.seen });
  if (recorded.kind === 'counted') return { recorded, met: { seen, row: recorded.state } };
  // What the row refuses of a replica, as what was drawn for a share of before, shows as much that it is behind.
  return { recorded, met: 'row' in found ? { seen, row: found.row } : null };
}

/**
 * Whether the replicas of a row are to be told after an outcome: it began an epoch, or who acts by what its request
 * was read with acts otherwise than by the row. A row that was told since is somebody else's to tell.
 *
 * @returns After which number; null where there is nothing to tell.
 */
export function tellingAfter(
  { policyOf }: Protocol,
  scope: string,
  { recorded, met }: RecordedRead,
  atMs: number,
): NonNullable<ReplicasOf['after']> | null {
  if (met === null) return null;
  const { seen, row } = met;
  const { replicaVersion: version } = row;
  if (recorded.kind === 'counted' && recorded.changes.length > 0) return { version };
  if (seen.replicaVersion !== version) return null;
  return isBehind(seen, row, policyOf(row.policy, scope), atMs) ? { version } : null;
}
