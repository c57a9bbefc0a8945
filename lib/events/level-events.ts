/** The event of a level change: what it says, where it goes, and which changes are still to be told. */
import type { Level } from '../level/level.ts';
import { lastChanges } from '../level/history.ts';
import type { Change, ChangeReason, LevelState } from '../level/state.ts';

/** A change of level, told at least once; scope and epoch together tell two of the same apart. */
export interface LevelChanged {
  readonly scope: string;
  readonly from: Level;
  readonly to: Level;
  readonly reason: ChangeReason;
  readonly epoch: number;
  /** ISO 8601. */
  readonly at: string;
}

/** Where the events go. */
export interface LevelEvents {
  /**
   * Publishes all of them, or throws.
   *
   * @throws LevelEventsError
   */
  publish(events: readonly LevelChanged[]): Promise<void>;
}

/** Events that were not taken; the tick sends them again. */
export class LevelEventsError extends Error {
  override readonly name = 'LevelEventsError';
  readonly code = 'LEVEL_EVENTS_NOT_SENT';
}

/**
 * What the row and its history hold that was not told yet; an epoch that begins at the same level is no
 * event.
 */
export function untoldEvents(
  scope: string,
  state: LevelState,
  history: readonly Change[] = [],
): readonly LevelChanged[] {
  const told = state.notifiedEpoch ?? 0;
  return lastChanges(state, history)
    .filter(({ epoch, from, to }) => epoch > told && from !== to)
    .map((change) => ({ scope, ...change }));
}
