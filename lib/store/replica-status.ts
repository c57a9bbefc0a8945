/** How the read replicas of a scope stand to its row, for operators: by what their requests go. */
import type { Policy } from '../level/policy.ts';
import { isBehind } from '../level/replica.ts';
import type { LevelState } from '../level/state.ts';
import { replicaKeyOf, type Item, type LevelStore } from './level-store.ts';
import { isOlder } from './replicas.ts';
import { parseRow } from './row.ts';

/** Read replicas, counted by how they stand. */
export interface ReplicasStatus {
  readonly count: number;
  /** Those whose requests act otherwise than by the row. */
  readonly behind: number;
  /** Those that are missing, were told nothing for too long or cannot be read: their requests read the row. */
  readonly unused: number;
}

/** The row that the replicas are of, as it was read. */
interface Row {
  readonly scope: string;
  readonly state: LevelState;
  readonly policy: Policy;
}

/**
 * Reads the replicas of a row and compares them with it; strongly consistent, since a copy of a moment ago would
 * seem behind after each change. Never throws.
 *
 * @param count How many there are.
 * @param atMs Now, in epoch milliseconds.
 */
export async function lookAtReplicas(
  store: LevelStore,
  row: Row,
  count: number,
  atMs: number,
): Promise<ReplicasStatus> {
  const keys = Array.from({ length: count }, (_, index) => replicaKeyOf(row.scope, index + 1));
  const items = await Promise.all(keys.map((key) => store.read(key).catch(() => undefined)));
  const used = items.filter((item) => isBelieved(item, atMs));
  const behind = used.filter((item) => {
    const replica = parseRow(item).state;
    // One that has heard since the row was read is not behind.
    return !isOlder(row.state, replica) && isBehind(replica, row.state, row.policy, atMs);
  });
  return { count, behind: behind.length, unused: count - used.length };
}

function isBelieved(item: Item | undefined, atMs: number): boolean {
  const freshUntilMs = item?.['freshUntilMs'];
  return typeof freshUntilMs === 'number' && freshUntilMs > atMs;
}
