/** The history of a scope: whatever order its writers come in, and whoever dies, the last changes are told. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Level } from '../../lib/level/level.ts';
import {
  addChange,
  lastChange,
  lastChanges,
  levelSinceOf,
  readChangeName,
} from '../../lib/level/history.ts';
import {
  HISTORY_LIMIT,
  INITIAL_STATE,
  type Change,
  type LevelState,
} from '../../lib/level/state.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import { itemBytes } from '../../lib/simulation/item-bytes.ts';
import { parseHistory } from '../../lib/store/history.ts';
import type { Item } from '../../lib/store/level-store.ts';

const changeAt = (epoch: number): Change => ({
  epoch,
  from: (((epoch + 2) % 3) + 1) as Level,
  to: ((epoch % 3) + 1) as Level,
  at: `2026-01-02T03:04:05.${String(epoch % 1_000).padStart(3, '0')}Z`,
  reason: 'consecutive-errors',
});

/** The row in an epoch, which tells of its last change alone; epoch 0 is the row before any. */
const rowIn = (epoch: number): LevelState => {
  if (epoch === 0) return INITIAL_STATE;
  const { from: changedFrom, to: currentLevel, at, reason: changedBy } = changeAt(epoch);
  return { ...INITIAL_STATE, currentLevel, epoch, lastTransition: at, changedFrom, changedBy };
};

const changesUpTo = (epoch: number, from = 1) =>
  Array.from({ length: Math.max(0, epoch - from + 1) }, (_, index) => changeAt(from + index));

const lastOf = (changes: readonly Change[]) => changes.slice(-HISTORY_LIMIT);

const add = (item: Item, epoch: number): Item => {
  const after = applyWrite(item, addChange(rowIn(epoch - 1), changeAt(epoch)));
  if (after === null) throw new Error('expected a write without a fence to be applied, it was not');
  return after;
};

const EMPTY: Item = { PK: 'HISTORY#default' };

/** So many changes, in the order that their writers come to the history, each maybe twice, or never. */
const arrivals = fc.integer({ min: 1, max: 30 }).chain((epochs) =>
  fc.record({
    epochs: fc.constant(epochs),
    /** By how many places each comes late; 5 at most, as writers that wait for a throttled write do. */
    late: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: epochs, maxLength: epochs }),
    twice: fc.array(fc.boolean(), { minLength: epochs, maxLength: epochs }),
    died: fc.array(
      fc.nat(5).map((dice) => dice === 0),
      { minLength: epochs, maxLength: epochs },
    ),
  }),
);

const orderOf = (late: readonly number[]) =>
  late
    .map((places, index) => ({ epoch: index + 1, place: index + places }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ epoch }) => epoch);

describe('the changes of a scope', () => {
  test('are told by row and history, in whichever order they were added, and however often', () => {
    const told = fc.property(arrivals, ({ epochs, late, twice }) => {
      const order = orderOf(late).flatMap((epoch) => (twice[epoch - 1] ? [epoch, epoch] : [epoch]));
      const item = order.reduce(add, EMPTY);
      const changes = lastChanges(rowIn(epochs), parseHistory(item));
      expect(changes).toEqual(lastOf(changesUpTo(epochs)));
    });
    fc.assert(told);
  });

  test('are lost only where two writers died one after the other', () => {
    const kept = fc.property(arrivals, ({ epochs, died }) => {
      const item = changesUpTo(epochs)
        .filter(({ epoch }) => !died[epoch - 1])
        .reduce((before, { epoch }) => add(before, epoch), EMPTY);
      const changes = lastChanges(rowIn(epochs), parseHistory(item));
      // The next one adds what the row told; the last one stands on the row itself.
      const told = lastOf(changesUpTo(epochs)).filter(
        ({ epoch }) => epoch === epochs || !died[epoch - 1] || !died[epoch],
      );
      expect(changes).toEqual(expect.arrayContaining(told));
      for (const change of changes) expect(change).toEqual(changeAt(change.epoch));
      expect(changes.length).toBeLessThanOrEqual(HISTORY_LIMIT);
    });
    fc.assert(kept);
  });

  test('stay few on the item, which is one write unit', () => {
    const small = fc.property(arrivals, ({ late, died }) => {
      const order = orderOf(late).filter((epoch) => !died[epoch - 1]);
      const item = order.reduce(add, EMPTY);
      expect(itemBytes(item)).toBeLessThanOrEqual(2_048);
      expect(
        itemBytes(changesUpTo(30).reduce((at, { epoch }) => add(at, epoch), EMPTY)),
      ).toBeLessThan(1_024);
    });
    fc.assert(small);
  });

  test('of a row of before are taken over', () => {
    const row = { ...INITIAL_STATE, epoch: 12, history: changesUpTo(12, 5) };
    expect(lastChange(row)).toEqual(changeAt(12));
    expect(lastChanges(row, [])).toEqual(changesUpTo(12, 5));
    const item = applyWrite(EMPTY, addChange(row, changeAt(13))) ?? {};
    expect(parseHistory(item)).toEqual(changesUpTo(13, 6));
    expect(lastChanges(rowIn(13), parseHistory(item))).toEqual(changesUpTo(13, 6));
  });

  test('of a row that a hand deleted are not told of the new one', () => {
    const history = changesUpTo(20, 13);
    expect(lastChanges(INITIAL_STATE, history)).toEqual([]);
    expect(lastChanges(rowIn(1), history)).toEqual([changeAt(1)]);
  });

  test('of a row that tells none are those of the history', () => {
    expect(lastChanges({ ...INITIAL_STATE, epoch: 3 }, changesUpTo(3))).toEqual(changesUpTo(3));
  });
});

describe('the change that a row tells', () => {
  const ROW: LevelState = {
    ...INITIAL_STATE,
    currentLevel: 2,
    epoch: 4,
    lastTransition: 'then',
    transitionReason: 'errors',
    changedFrom: 1,
    changedBy: 'errors',
  };
  const CHANGE = { epoch: 4, from: 1, to: 2, at: 'then', reason: 'errors' };
  const { changedFrom: _from, ...WITHOUT_FROM } = ROW;
  const { changedBy: _by, ...WITHOUT_BY } = ROW;
  const OLD = [changeAt(3), changeAt(4)];

  test.each<[string, LevelState, unknown]>([
    ['is all that it says', ROW, CHANGE],
    ['whatever it holds of before', { ...ROW, history: OLD }, CHANGE],
    ['with a note', { ...ROW, transitionReason: 'drill' }, { ...CHANGE, note: 'drill' }],
    ['without one', { ...ROW, transitionReason: null }, CHANGE],
    ['with who it was', { ...ROW, by: 'ana' }, { ...CHANGE, by: 'ana' }],
    ['is not known without its level', WITHOUT_FROM, undefined],
    ['nor without its code', WITHOUT_BY, undefined],
    ['nor without its time', { ...ROW, lastTransition: null }, undefined],
    ['is then that of its epoch', { ...WITHOUT_FROM, history: OLD }, changeAt(4)],
    ['and of no other', { ...WITHOUT_FROM, epoch: 5, history: OLD }, undefined],
  ])('%s', (_what, row, change) => {
    expect(lastChange(row)).toEqual(change);
  });

  test.each<[string, LevelState, string | null]>([
    ['is the time of the change that entered it', ROW, 'then'],
    ['is what the row says', { ...ROW, levelSince: 'before' }, 'before'],
    ['is not known where the change did not enter it', { ...ROW, changedFrom: 2 }, null],
    ['is that of the last change where nobody knows what it was', WITHOUT_FROM, 'then'],
  ])('the time of its level %s', (_what, row, since) => {
    expect(levelSinceOf(row)).toBe(since);
  });

  test('is told with what the row held before, in the order of the epochs', () => {
    const row = { ...WITHOUT_FROM, epoch: 5, history: OLD };
    expect(lastChanges(row, [])).toEqual(OLD);
    expect(lastChanges({ ...row, epoch: 9 }, [changeAt(7)])).toEqual([...OLD, changeAt(7)]);
  });

  test('is added with those that fall in, and takes away those that fell out', () => {
    const { set, remove } = addChange({ ...INITIAL_STATE, history: changesUpTo(4) }, changeAt(11));
    expect(Object.keys(set)).toEqual(['C4', 'C11']);
    expect(remove).toEqual(['C3', 'C2', 'C1']);
    expect(set['C4']).not.toHaveProperty('epoch');
  });
});

test.each([
  ['C0', 0],
  ['C12', 12],
  ['C', null],
  ['C-1', null],
  ['xC1', null],
  ['C1x', null],
  ['currentLevel', null],
  ['C12345678901234567', null],
])('%s is the change of epoch %s', (name, epoch) => {
  expect(readChangeName(name)).toBe(epoch);
});
