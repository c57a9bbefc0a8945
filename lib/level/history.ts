/** The changes of a scope: an item of its own, to which every change is added under its epoch. */
import type { ConditionalWrite } from './fence.ts';
import { HISTORY_LIMIT, type Change, type LevelState } from './state.ts';

/** The attribute of a change. */
function changeName(epoch: number): string {
  return `C${epoch}`;
}

/** The epoch that an attribute's name says; null for any other attribute. */
export function readChangeName(name: string): number | null {
  return /^C\d{1,16}$/.test(name) ? Number(name.slice(1)) : null;
}

/** The change that began the epoch of a row, as far as the row tells. */
export function lastChange(state: LevelState): Change | undefined {
  const { epoch, changedFrom: from, currentLevel: to, lastTransition: at, changedBy, by } = state;
  if (from === undefined || changedBy === undefined || at === null) {
    return state.history.findLast((change) => change.epoch === epoch);
  }
  const note = state.transitionReason === changedBy ? null : state.transitionReason;
  return {
    epoch,
    from,
    to,
    at,
    reason: changedBy,
    ...(note !== null && { note }),
    ...(by !== undefined && { by }),
  };
}

/** When the level of a row was entered, ISO 8601, whatever began at it since; null where nobody knows. */
export function levelSinceOf(state: LevelState): string | null {
  if (state.levelSince !== undefined) return state.levelSince;
  const last = lastChange(state);
  return last === undefined || last.from !== last.to ? state.lastTransition : null;
}

/** What the row itself still tells: the changes that rows of before hold, and the last one. */
function changesOnRow(state: LevelState): readonly Change[] {
  const last = lastChange(state);
  const others = state.history.filter(({ epoch }) => epoch !== last?.epoch);
  return last === undefined ? others : [...others, last];
}

/**
 * Adds a change to the history, and what the row told before it: whoever made that change may have died
 * before it was added. Adding the same again changes nothing, in whichever order.
 *
 * @param before The row before the change.
 */
export function addChange(before: LevelState, change: Change): ConditionalWrite {
  const oldest = change.epoch - HISTORY_LIMIT;
  const kept = [...changesOnRow(before), change].filter(({ epoch }) => epoch > oldest);
  const entries = kept.map(({ epoch, ...rest }) => [changeName(epoch), rest] as const);
  // A few more than the one that falls out: some writer may have died before it took its own away.
  const gone = Array.from({ length: HISTORY_LIMIT }, (_, index) => oldest - index);
  return {
    expect: { kind: 'none' },
    set: Object.fromEntries(entries),
    remove: gone.filter((epoch) => epoch > 0).map(changeName),
  };
}

/**
 * The last changes that a row and its history tell together, oldest first. What comes after the row is of
 * a row before it, which was deleted by a hand.
 */
export function lastChanges(state: LevelState, history: readonly Change[]): readonly Change[] {
  const told = [...history.filter(({ epoch }) => epoch <= state.epoch), ...changesOnRow(state)];
  const byEpoch = new Map(told.map((each) => [each.epoch, each]));
  return [...byEpoch.values()].toSorted((a, b) => a.epoch - b.epoch).slice(-HISTORY_LIMIT);
}
