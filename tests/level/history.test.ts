/** The history of a scope: whatever order its writers come in, and whoever dies, the last changes are told. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Level } from '../../lib/level/level.ts';
import { addChange, lastChange, lastChanges, readChangeName } from '../../lib/level/history.ts';
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

test.each([
  ['C0', 0],
  ['C12', 12],
  ['C', null],
  ['C-1', null],
  ['C1x', null],
  ['currentLevel', null],
  ['C12345678901234567', null],
])('%s is the change of epoch %s', (name, epoch) => {
  expect(readChangeName(name)).toBe(epoch);
});
