/** The read replicas of a row: telling them what the row says now, and counting what was read from one. */
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
import type { Protocol } from './record-outcome.ts';
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
 * Reads the row for an outcome that was read from a replica, strongly consistent: what is judged and counted is
 * the row's.
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
  const row = stateOf(stateKey, await store.read(stateKey));
  const { readLevel, servedLevel, epoch } = outcome;
  if (row.epoch !== epoch || row.currentLevel !== readLevel) return { kind: 'stale', row };
  const isOfWatch =
    policyOf(row.policy, scope).judge === 'rate' && readLevel !== 3 && servedLevel === readLevel;
  if (isOfWatch && isWatchedSince(replica, readAtMs, row, atMs)) return { kind: 'known', row };
  return { kind: 'counts', row, seen: seenThrough(row, replica) };
}

/** An outcome with the replica that its request was read with. */
export interface ReadFromReplica {
  readonly outcome: Outcome;
  readonly replica: LevelState;
  readonly readAtMs: number;
  readonly atMs: number;
}

/**
 * Whether the replicas of a row are to be told: it began an epoch, or who acts by what the request was read with
 * acts otherwise than by the row. A row that was told since is somebody else's to tell.
 */
export function areBehind(
  { policyOf }: Protocol,
  scope: string,
  {
    seen,
    row,
    atMs,
  }: { readonly seen: LevelState; readonly row: LevelState; readonly atMs: number },
): boolean {
  if (seen.replicaVersion !== row.replicaVersion) return false;
  return isBehind(seen, row, policyOf(row.policy, scope), atMs);
}
