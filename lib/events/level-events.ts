/** The event of a new epoch: what it says, where it goes, and which are still to be told. */
import type { Level } from '../level/level.ts';
import { lastChanges } from '../level/history.ts';
import type { Change, ChangeReason, LevelState } from '../level/state.ts';

/**
 * An epoch that began, told at least once; changeKeyOf says which two are the same. from and to are the same
 * level where an operator or time began it and the level stayed.
 */
export interface LevelChanged {
  readonly scope: string;
  readonly from: Level;
  readonly to: Level;
  readonly reason: ChangeReason;
  readonly epoch: number;
  /** ISO 8601. */
  readonly at: string;
  /** What an operator said of it. */
  readonly note?: string;
  /** Who made it; absent where nobody did. */
  readonly by?: string;
}

/** Two changes of one key are the same. The time is in it: a table that was deleted counts its epochs from 1 again. */
export function changeKeyOf({
  scope,
  epoch,
  at,
}: Pick<LevelChanged, 'scope' | 'epoch' | 'at'>): string {
  return `${scope} ${epoch} ${at}`;
}

/** Whether the level moved. */
export function isLevelChange({ from, to }: LevelChanged): boolean {
  return from !== to;
}

/** Where the events go. */
export interface LevelEvents {
  /**
   * Publishes all of them, or throws; who takes them to deliver them later does not wait for that.
   *
   * @param whenTold To be called once all of them are told; until then they are published again.
   * @throws LevelEventsError
   */
  publish(events: readonly LevelChanged[], whenTold: () => Promise<void>): Promise<void>;
}

/** Events that were not taken; the tick sends them again. */
export class LevelEventsError extends Error {
  override readonly name = 'LevelEventsError';
  readonly code = 'LEVEL_EVENTS_NOT_SENT';
}

/** What the row and its history hold that was not told yet. */
export function untoldEvents(
  scope: string,
  state: LevelState,
  history: readonly Change[] = [],
): readonly LevelChanged[] {
  const told = state.notifiedEpoch ?? 0;
  return lastChanges(state, history)
    .filter(({ epoch }) => epoch > told)
    .map((change) => ({ scope, ...change }));
}
