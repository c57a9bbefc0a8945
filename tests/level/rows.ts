/** Rows of the rules' tests, around one time. */
import type { Level } from '../../lib/level/level.ts';
import type { Outcome } from '../../lib/level/outcome.ts';
import type { Observed } from '../../lib/level/observe.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';

/** Now, at the begin of a slot. */
export const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The slot of now, under a window of 10 s. */
export const SLOT = AT_MS / 1_000;

/** The same as the row writes it. */
export const NAME = SLOT.toString(36);

/** What was counted in a slot, so many slots ago. */
export type Counts = readonly [age: number, errors: number, successes: number];

/** A row of a level at epoch 7. */
export function rowAt(
  currentLevel: Level,
  more: Partial<LevelState> = {},
  counts: readonly Counts[] = [],
): LevelState {
  const slots = counts.map(([age, errors, successes]) => ({
    number: SLOT - age,
    errors,
    successes,
  }));
  return { ...INITIAL_STATE, currentLevel, epoch: 7, ...more, slots };
}

/** An outcome that was read with a row a tenth of a second before it is written now. */
export function observedOn(
  seen: LevelState,
  result: Outcome['result'],
  more: Partial<Outcome> = {},
): Observed {
  const { currentLevel: level, epoch } = seen;
  const outcome = { readLevel: level, epoch, servedLevel: level, result, durationMs: 80, ...more };
  return { outcome, seen, readAtMs: AT_MS - 100, atMs: AT_MS, random: 0.5 };
}
