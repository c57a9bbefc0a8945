/** The contract of the control writes on a store: pin, release, policy change and reset. */
import { describe, expect, test } from 'vitest';
import { RowMalformedError, WriteConflictError } from '../../lib/store/errors.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { LosingStore } from './stepping-stores.ts';
import { EARLIER, NOW, NOW_MS, type GivenRow, type Given } from './steps.ts';

const ROW = { currentLevel: 2, errorCount: 7, successCount: 3, epoch: 4, lastUpdated: EARLIER };
const OVERRIDE = { reason: 'drill', untilMs: NOW_MS + 60_000 };

/** What the row says after a change, beside level, counters, override and policy. */
const marks = (epoch: number, from: number, reason: string, note = reason) => ({
  epoch,
  lastUpdated: NOW,
  lastTransition: NOW,
  transitionReason: note,
  changedFrom: from,
  changedBy: reason,
});

type Act = (row: GivenRow) => Promise<unknown>;

const EVERY_CONTROL_WRITE: [string, Act][] = [
  ['a pin', (row) => row.pin(3, OVERRIDE)],
  ['a release', (row) => row.release()],
  ['a policy change', (row) => row.changePolicy({ successesToFull: 3 })],
  ['a reset', (row) => row.reset('again')],
];

/** What each control write makes of a row, and how it meets its rivals. */
export function describeControlWrites(given: Given): void {
  describePins(given);
  describePolicyChanges(given);
  describeResets(given);
  describeHistories(given);
  describeConflicts(given);
}

function describePins(given: Given): void {
  describe('a pin', () => {
    test.each([
      [1, 0],
      [2, 5],
      [3, 10],
    ] as const)(
      'begins level %i with its entry counters, errorCount %i',
      async (level, errorCount) => {
        const row = await given(ROW);
        const { changes } = await row.pin(level, OVERRIDE);
        const expected = {
          PK: row.stateKey,
          currentLevel: level,
          errorCount,
          successCount: 0,
          override: OVERRIDE,
          ...marks(5, 2, 'pin', 'drill'),
        };
        expect(await row.read()).toEqual(expected);
        expect(changes).toEqual([
          { epoch: 5, from: 2, to: level, at: NOW, reason: 'pin', note: 'drill' },
        ]);
        expect(await row.history()).toEqual(changes);
      },
    );

    test.each([
      ['a missing row', null],
      ['a minimal row', { currentLevel: 1, errorCount: 3, lastUpdated: EARLIER }],
    ])('pins %s', async (_title, attributes) => {
      const row = await given(attributes);
      await row.pin(3, { reason: 'drill' });
      const expected = { currentLevel: 3, epoch: 1, override: { reason: 'drill' } };
      expect(await row.read()).toMatchObject(expected);
    });

    test('replaces a pin in force', async () => {
      const row = await given({ ...ROW, override: { reason: 'first' } });
      await row.pin(1, OVERRIDE);
      expect(await row.read()).toMatchObject({ currentLevel: 1, epoch: 5, override: OVERRIDE });
    });

    test('stops every outcome and the tick until it is released', async () => {
      const row = await given(ROW);
      await row.pin(2, { reason: 'drill' });
      const pinned = await row.read();
      expect(await row.record('error', { level: 2, epoch: 5 })).toEqual({ kind: 'stale' });
      await row.heal();
      expect(await row.read()).toEqual(pinned);
      await row.release();
      await row.record('error', { level: 2, epoch: 6 });
      expect(await row.read()).toMatchObject({ errorCount: 6, epoch: 6 });
    });
  });

  describe('a release', () => {
    test.each([OVERRIDE, { reason: 'forever' }, { reason: 'over', untilMs: NOW_MS }])(
      'removes %o in a new epoch; level and counters stay',
      async (override) => {
        const row = await given({ ...ROW, override });
        await row.release();
        const expected = { ...ROW, PK: row.stateKey, ...marks(5, 2, 'release') };
        expect(await row.read()).toEqual(expected);
      },
    );

    test.each([
      ['a row without an override', ROW],
      ['a missing row', null],
    ])('leaves %s as it is', async (_title, attributes) => {
      const row = await given(attributes);
      const before = await row.read();
      expect(await row.release()).toMatchObject({ changes: [] });
      expect(await row.read()).toEqual(before);
    });
  });
}

function describePolicyChanges(given: Given): void {
  describe('a policy change', () => {
    const policy = { errorsToDegrade: 3, errorsToMaintenance: 6 };

    test.each([
      [1, 0],
      [2, 3],
      [3, 6],
    ])(
      'begins level %i again with its entry counters under the new policy',
      async (level, errorCount) => {
        const row = await given({ ...ROW, currentLevel: level });
        await row.changePolicy(policy);
        const counts = { currentLevel: level, errorCount, successCount: 0 };
        const expected = {
          PK: row.stateKey,
          ...counts,
          policy,
          ...marks(5, level, 'policy'),
        };
        expect(await row.read()).toEqual(expected);
      },
    );

    test('an empty one goes back to the deployed policy', async () => {
      const row = await given({ ...ROW, policy });
      await row.changePolicy({});
      const item = await row.read();
      expect(item).not.toHaveProperty('policy');
      expect(item).toMatchObject({ errorCount: 5, epoch: 5 });
    });

    test('leaves a pin in force', async () => {
      const row = await given({ ...ROW, override: OVERRIDE });
      await row.changePolicy(policy);
      expect(await row.read()).toMatchObject({ override: OVERRIDE, policy, epoch: 5 });
    });
  });
}

function describeResets(given: Given): void {
  describe('a reset', () => {
    test('goes back to level 1 with no evidence and no override, and keeps the policy', async () => {
      const policy = { successesToFull: 3 };
      const row = await given({ ...ROW, currentLevel: 3, override: OVERRIDE, policy });
      await row.reset('fixed');
      const counts = { currentLevel: 1, errorCount: 0, successCount: 0 };
      const expected = { PK: row.stateKey, ...counts, policy, ...marks(5, 3, 'reset', 'fixed') };
      expect(await row.read()).toEqual(expected);
    });

    const old = { epoch: 4, from: 1, to: 2, at: EARLIER, reason: 'errors' };
    const malformed: [string, Item, number][] = [
      ['a level that does not exist', { ...ROW, currentLevel: 7 }, 5],
      ['a level in words', { ...ROW, currentLevel: 'two' }, 5],
      ['counts that are none', { ...ROW, errorCount: 'many', successCount: null }, 5],
      ['an override that is no map', { ...ROW, override: 'pinned' }, 5],
      ['an override without an end that can be read', { ...ROW, override: { untilMs: NOW } }, 5],
      ['a policy that is a word', { ...ROW, policy: 'bank' }, 5],
      ['a policy that is a list', { ...ROW, policy: [3, 6] }, 5],
      ['a policy that is null', { ...ROW, policy: null }, 5],
      ['a history that is no list', { ...ROW, history: 'none' }, 5],
      ['an epoch in words, after one in the history', { ...ROW, epoch: 'four', history: [old] }, 5],
      ['a negative epoch', { ...ROW, epoch: -3 }, 1],
      ['a broken epoch', { ...ROW, epoch: 4.5, history: [null, old, 'x', { epoch: 9 }] }, 5],
    ];

    test.each(malformed)('heals %s, in a later epoch', async (_title, attributes, epoch) => {
      const row = await given(attributes);
      await row.reset();
      const item = await row.read();
      expect(item).toMatchObject({ currentLevel: 1, errorCount: 0, successCount: 0, epoch });
      expect(item).not.toHaveProperty('override');
      expect(item).not.toHaveProperty('policy');
      await row.record('error', { level: 1, epoch });
      expect(await row.read()).toMatchObject({ errorCount: 1 });
    });

    test.each(EVERY_CONTROL_WRITE.slice(0, -1))(
      '%s leaves a malformed row to it',
      async (_title, act) => {
        const row = await given({ ...ROW, currentLevel: 7 });
        await expect(act(row)).rejects.toThrow(RowMalformedError);
        expect(await row.read()).toEqual({ ...ROW, currentLevel: 7, PK: row.stateKey });
      },
    );
  });
}

function describeHistories(given: Given): void {
  const old = (epoch: number) => ({ epoch, from: 1, to: 2, at: EARLIER, reason: 'errors' });
  const unreadable = [{ ...old(1), at: 'then' }, { ...old(2), reason: 'r'.repeat(25) }, 'x'];

  test.each(EVERY_CONTROL_WRITE)(
    '%s moves the history of a row to its own item',
    async (_title, act) => {
      const epochs = Array.from({ length: 20 }, (_, index) => 21 + index);
      const history = [...epochs.map(old), ...unreadable];
      const row = await given({ ...ROW, epoch: 40, override: OVERRIDE, history });
      await act(row);
      expect(await row.read()).not.toHaveProperty('history');
      const kept = epochs.slice(-7).map(old);
      expect(await row.history()).toEqual([...kept, expect.objectContaining({ epoch: 41 })]);
    },
  );
}

function describeConflicts(given: Given): void {
  describe.each(EVERY_CONTROL_WRITE)('%s that loses races', (_title, act) => {
    /** A store in which an operator of another kind is quicker, so many times. */
    const givenRace = async (losses: number) => {
      const row = await given({ ...ROW, override: OVERRIDE });
      const store = new LosingStore(row, losses, (rival, loss) =>
        rival.put({ ...ROW, override: OVERRIDE, epoch: 100 + loss }),
      );
      return { row, store, racer: row.through(store) };
    };

    test('is tried three times, and its last try counts', async () => {
      const { row, store, racer } = await givenRace(2);
      await act(racer);
      expect(store.writes).toBe(3);
      expect(await row.read()).toMatchObject({ epoch: 103 });
    });

    test('is a conflict after the third, and has changed nothing', async () => {
      const { row, store, racer } = await givenRace(3);
      await expect(act(racer)).rejects.toThrow(WriteConflictError);
      expect(store.writes).toBe(3);
      const rivals = { ...ROW, override: OVERRIDE, epoch: 103, PK: row.stateKey };
      expect(await row.read()).toEqual(rivals);
    });
  });
}
