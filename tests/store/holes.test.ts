/** Each hole that a prototype fell into: closed by the real condition, open again without its part. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Item } from '../../lib/store/level-store.ts';
import { openDynamo, type DynamoBackend } from './backends.ts';
import {
  editedStore,
  withoutCondition,
  withoutSet,
  type Edit,
  type Update,
} from './edited-store.ts';
import { pausedBefore } from './stepping-stores.ts';
import { EARLIER, givenRow, NOW_MS, type Fence, type GivenRow } from './steps.ts';

let backend: DynamoBackend;

beforeAll(async () => {
  backend = await openDynamo();
  return () => backend.close();
});

interface Hole {
  /** The row before; null where it is missing. */
  readonly given: Item | null;
  readonly when: (row: GivenRow) => Promise<void>;
  /** The row afterwards, with everything in place. */
  readonly holds: Item;
  /** What is taken out or put in. */
  readonly edit: Edit;
  /** The row afterwards, without it. */
  readonly breaks: Item;
}

const L1: Fence = { level: 1, epoch: 3 };
const L2: Fence = { level: 2, epoch: 3 };
const NEW: Fence = { level: 1, epoch: 0 };

const rowAt = ({ level, epoch }: Fence, errorCount: number, more: Item = {}): Item => {
  const counts = { currentLevel: level, errorCount, successCount: 0, epoch };
  return { ...counts, lastUpdated: EARLIER, ...more };
};

const movesLevel = ({ sections, conditions }: Update): boolean =>
  sections.SET?.some((clause) => clause.startsWith('#epoch')) === true &&
  conditions.some((condition) => condition.includes('#override'));

const removesOverride = ({ sections, conditions }: Update): boolean =>
  sections.REMOVE?.includes('#override') === true &&
  !conditions.some((condition) => condition.includes('#override'));

const onlyIn =
  (meant: (update: Update) => boolean, edit: Edit): Edit =>
  (update) =>
    meant(update) ? edit(update) : update;

/** What a fence cannot tell from a deleted row: one that has nothing but its key. */
const asDelete: Edit = onlyIn(removesOverride, (update) => ({
  ...update,
  sections: { REMOVE: Object.keys(update.names) },
}));

/** Each by the sentence that holds. */
const HOLES: Readonly<Record<string, Hole>> = {
  'errors that slip in before the transition do not lead to level 3 at the next one': {
    given: rowAt(L1, 4),
    async when(row) {
      const late = Array.from({ length: 16 }, () => pausedBefore(row, 2));
      const recorded = late.map((paused) => paused.row.record('error', L1));
      await Promise.all(late.map((paused) => paused.reached));
      for (const paused of late) paused.resume();
      await Promise.all(recorded);
      await row.record('error', { level: 2, epoch: 4 });
    },
    holds: { currentLevel: 2, errorCount: 6, epoch: 4 },
    edit: withoutSet('errorCount', movesLevel),
    breaks: { currentLevel: 3, epoch: 5 },
  },

  'a delayed clear does not wipe an error that was counted after it was decided': {
    given: rowAt(L1, 1, { successCount: 9 }),
    async when(row) {
      const late = pausedBefore(row, 2);
      const success = late.row.record('success', L1);
      await late.reached;
      await row.record('error', L1);
      late.resume();
      await success;
    },
    holds: { errorCount: 2, successCount: 0 },
    edit: withoutCondition('successCount'),
    breaks: { errorCount: 0, successCount: 0 },
  },

  'a delayed way back to level 1 does not happen after an error has ended the streak': {
    given: rowAt(L2, 5, { successCount: 9 }),
    async when(row) {
      const late = pausedBefore(row, 2);
      const success = late.row.record('success', L2);
      await late.reached;
      await row.record('error', L2);
      late.resume();
      await success;
    },
    holds: { currentLevel: 2, errorCount: 6, successCount: 0, epoch: 3 },
    edit: onlyIn(movesLevel, withoutCondition('successCount')),
    breaks: { currentLevel: 1, errorCount: 0, epoch: 4 },
  },

  'a delayed step down does not happen after its errors have been wiped by hand': {
    given: rowAt(L1, 4),
    async when(row) {
      const late = pausedBefore(row, 2);
      const error = late.row.record('error', L1);
      await late.reached;
      await row.put(rowAt(L1, 0));
      late.resume();
      await error;
    },
    holds: { currentLevel: 1, errorCount: 0, epoch: 3 },
    edit: onlyIn(movesLevel, withoutCondition('errorCount')),
    breaks: { currentLevel: 2, epoch: 4 },
  },

  'a row edited by hand without a new epoch takes no evidence of another level': {
    given: rowAt(L2, 5),
    async when(row) {
      await row.put(rowAt(L1, 3));
      await row.record('error', L2);
    },
    holds: { currentLevel: 1, errorCount: 3 },
    edit: withoutCondition('currentLevel'),
    breaks: { currentLevel: 1, errorCount: 4 },
  },

  'evidence of an earlier epoch of the same level is stale': {
    given: rowAt({ level: 1, epoch: 5 }, 0),
    async when(row) {
      await row.record('error', L1);
    },
    holds: { errorCount: 0 },
    edit: withoutCondition('epoch'),
    breaks: { errorCount: 1 },
  },

  'a reset is no delete: evidence from before the first epoch stays old': {
    given: null,
    async when(row) {
      await row.recordTimes(5, 'error', NEW);
      await row.reset();
      await row.record('error', NEW);
    },
    holds: { currentLevel: 1, errorCount: 0, epoch: 2 },
    edit: asDelete,
    breaks: { errorCount: 1 },
  },

  'a release is no delete: evidence from before the pin stays old': {
    given: null,
    async when(row) {
      await row.pin(1, { reason: 'drill' });
      await row.release();
      await row.record('error', NEW);
    },
    holds: { currentLevel: 1, errorCount: 0, epoch: 2 },
    edit: asDelete,
    breaks: { errorCount: 1 },
  },

  'a reset begins an epoch: evidence from before it is stale': {
    given: rowAt(L1, 4),
    async when(row) {
      await row.reset();
      await row.record('error', L1);
    },
    holds: { errorCount: 0, epoch: 4 },
    edit: withoutSet('epoch', removesOverride),
    breaks: { errorCount: 1, epoch: 3 },
  },

  'a release begins an epoch: evidence from under the pin is stale': {
    given: rowAt(L2, 5, { override: { reason: 'drill' } }),
    async when(row) {
      await row.release();
      await row.record('error', L2);
    },
    holds: { errorCount: 5, epoch: 4 },
    edit: withoutSet('epoch', removesOverride),
    breaks: { errorCount: 6, epoch: 3 },
  },

  'an expired override does not keep blocking the fence': {
    given: rowAt(L2, 5, { override: { reason: 'drill', untilMs: NOW_MS } }),
    async when(row) {
      await row.record('error', L2);
    },
    holds: { errorCount: 6 },
    edit: (update) => ({
      ...update,
      conditions: update.conditions.map((condition) =>
        condition.replace(' OR #override.#untilMs <= :atMs', ''),
      ),
    }),
    breaks: { errorCount: 5 },
  },

  'an override in force keeps evidence out, its own epoch included': {
    given: rowAt(L2, 5, { override: { reason: 'drill', untilMs: NOW_MS + 1 } }),
    async when(row) {
      await row.record('error', L2);
    },
    holds: { errorCount: 5 },
    edit: withoutCondition('override'),
    breaks: { errorCount: 6 },
  },

  'a crash between the steps is healed by the next error: observe has no cap': {
    given: rowAt(L1, 5),
    async when(row) {
      await row.record('error', L1);
    },
    holds: { currentLevel: 2, errorCount: 5, epoch: 4 },
    edit: onlyIn(
      ({ sections }) => sections.ADD?.some((clause) => clause.startsWith('#errorCount')) === true,
      (update) => ({
        ...update,
        conditions: [...update.conditions, '#errorCount < :cap'],
        values: { ...update.values, ':cap': 5 },
      }),
    ),
    breaks: { currentLevel: 1, errorCount: 5, epoch: 3 },
  },

  'a success where no error is counted writes nothing': {
    given: rowAt(L1, 0),
    async when(row) {
      await row.record('success', L1);
    },
    holds: { successCount: 0, lastUpdated: EARLIER },
    edit: withoutCondition('errorCount'),
    breaks: { successCount: 1 },
  },

  'of two operators at once, the second builds on what the first has done': {
    given: rowAt(L1, 4),
    async when(row) {
      const late = pausedBefore(row, 1);
      const reset = late.row.reset();
      await late.reached;
      await row.pin(1, { reason: 'drill' });
      late.resume();
      await reset;
    },
    holds: { epoch: 5, changedBy: 'reset' },
    edit: withoutCondition('epoch'),
    breaks: { epoch: 4, changedBy: 'reset' },
  },

  'an operator who read another level than a hand has written meanwhile reads it again': {
    given: rowAt(L2, 5),
    async when(row) {
      const late = pausedBefore(row, 1);
      const change = late.row.changePolicy({ successesToFull: 3 });
      await late.reached;
      await row.put(rowAt({ level: 3, epoch: 3 }, 10));
      late.resume();
      await change;
    },
    holds: { currentLevel: 3, errorCount: 10, epoch: 4 },
    edit: withoutCondition('currentLevel'),
    breaks: { currentLevel: 2, errorCount: 5, epoch: 4 },
  },
};

describe.each(Object.entries(HOLES))('%s', (_title, hole) => {
  test('holds with the real condition', async () => {
    const row = await givenRow(backend, hole.given);
    await hole.when(row);
    expect(await row.read()).toMatchObject(hole.holds);
  });

  test('breaks without the part', async () => {
    const row = await givenRow(backend, hole.given);
    const edited = editedStore(backend, hole.edit);
    await hole.when(row.through(edited.store));
    expect(edited.count()).toBeGreaterThan(0);
    expect(await row.read()).toMatchObject(hole.breaks);
  });
});
