/** The rows that actors meet at: just below, two below and past each threshold, and pinned ones. */
import type { Level } from '../../lib/level/level.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { EARLIER, NOW_MS, type Fence } from './steps.ts';

/** A row, and the fence that outcomes were read at before the meeting. */
export interface Start {
  readonly row: Item | undefined;
  readonly readAt: Fence;
}

/** A full row at epoch 3. */
export function startAt(level: Level, errorCount: number, successCount: number, more = {}): Start {
  const counts = { currentLevel: level, errorCount, successCount, epoch: 3, history: [] };
  const row = { PK: 'SYSTEM_STATE', ...counts, lastUpdated: EARLIER, ...more };
  return { row, readAt: { level, epoch: 3 } };
}

const NEW: Fence = { level: 1, epoch: 0 };

/** Where no override has run out. */
export const STARTS: readonly (readonly [string, Start])[] = [
  ['level 1, one below both thresholds', startAt(1, 4, 9)],
  ['level 1, two below both thresholds', startAt(1, 3, 8)],
  ['level 1, a move to level 2 left undone', startAt(1, 5, 0)],
  ['level 1, a clear left undone', startAt(1, 2, 10)],
  ['level 2, one below both thresholds', startAt(2, 9, 9)],
  ['level 2, two below both thresholds', startAt(2, 8, 8)],
  ['level 2, a move to level 3 left undone', startAt(2, 10, 0)],
  ['level 2, a move to level 1 left undone', startAt(2, 5, 10)],
  ['level 3, one below the threshold', startAt(3, 10, 9)],
  ['level 3, two below the threshold', startAt(3, 10, 8)],
  ['level 3, a move to level 2 left undone', startAt(3, 10, 10)],
  ['level 2, pinned', startAt(2, 5, 0, { override: { reason: 'drill', untilMs: NOW_MS + 1 } })],
  ['level 2, pinned for good', startAt(2, 5, 0, { override: { reason: 'drill' } })],
  ['a missing row', { row: undefined, readAt: NEW }],
  [
    'a minimal row, one error below level 2',
    {
      row: { PK: 'SYSTEM_STATE', currentLevel: 1, errorCount: 4, lastUpdated: EARLIER },
      readAt: NEW,
    },
  ],
];

/** Where an override has run out at this very moment. */
export const EXPIRED: readonly (readonly [string, Start])[] = [
  ['level 1', startAt(1, 4, 9, { override: { reason: 'drill', untilMs: NOW_MS } })],
  ['level 2', startAt(2, 9, 9, { override: { reason: 'drill', untilMs: NOW_MS } })],
  ['level 3', startAt(3, 10, 9, { override: { reason: 'drill', untilMs: NOW_MS } })],
];
