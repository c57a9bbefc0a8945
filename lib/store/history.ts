/** The item of a scope's changes, as the table holds it. */
import { readChangeName } from '../level/history.ts';
import { HISTORY_LIMIT, type Change } from '../level/state.ts';
import { historyKeyOf, type Item, type LevelStore } from './level-store.ts';
import { isChange } from './row.ts';

/** Understands the item, oldest first; what is no change is left out. */
export function parseHistory(item: Item | undefined): readonly Change[] {
  const changes = Object.entries(item ?? {}).flatMap(([name, value]) => {
    // What is no map spreads nothing of a change, and another attribute's name has no epoch.
    const change = { ...(value as object), epoch: readChangeName(name) };
    return isChange(change) ? [change] : [];
  });
  return changes.toSorted((a, b) => a.epoch - b.epoch).slice(-HISTORY_LIMIT);
}

/**
 * Reads the last changes of a scope that its history holds, oldest first.
 *
 * @throws StoreThrottledError, StoreUnavailableError
 */
export async function readHistory(store: LevelStore, scope: string): Promise<readonly Change[]> {
  return parseHistory(await store.read(historyKeyOf(scope)));
}
