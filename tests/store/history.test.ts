/** The item of a scope's changes, as it is understood, and as it gives a lost epoch back. */
import { describe, expect, test } from 'vitest';
import type { Change } from '../../lib/level/state.ts';
import { reset } from '../../lib/store/control.ts';
import { parseHistory } from '../../lib/store/history.ts';
import { historyKeyOf, stateKeyOf, type Item } from '../../lib/store/level-store.ts';
import { SimulatedStore } from './simulated-store.ts';
import { EARLIER, NOW_MS, protocolOn } from './steps.ts';

const KEY = stateKeyOf('default');

describe('a reset of a row whose epoch is lost', () => {
  const told = (epoch: number): Change => ({
    epoch,
    from: 1,
    to: 2,
    at: EARLIER,
    reason: 'errors',
  });
  const { epoch: _epoch, ...KEPT } = told(0);

  test.each<[string, Item, Item, number]>([
    ['goes on from the last that the history knows', { epoch: 'x' }, { C7: KEPT, C4: KEPT }, 8],
    ['or the row, where it knows more', { epoch: 'x', history: [told(9)] }, { C4: KEPT }, 10],
    ['and does not look where it is not lost', { epoch: 3, errorCount: 'x' }, { C7: KEPT }, 4],
  ])('%s', async (_what, row, history, epoch) => {
    const store = new SimulatedStore();
    store.put(KEY, row);
    store.put(historyKeyOf('default'), history);
    await reset(protocolOn(store), 'default', {}, NOW_MS);
    expect(await store.read(KEY)).toMatchObject({ epoch, currentLevel: 1 });
  });
});

describe('the item of a history', () => {
  const change = { from: 1, to: 2, at: EARLIER, reason: 'errors' };

  test('is its changes in the order of their epochs, the last eight', () => {
    const names = [12, 3, 7, 1, 9, 2, 5, 8, 11].map((epoch) => [`C${epoch}`, change]);
    const epochs = parseHistory(Object.fromEntries(names) as Item).map(({ epoch }) => epoch);
    expect(epochs).toEqual([2, 3, 5, 7, 8, 9, 11, 12]);
  });

  test('has no change in what is none', () => {
    expect(
      parseHistory({ PK: change, C1: 'text', C2: { ...change, from: 9 }, X3: change }),
    ).toEqual([]);
    expect(parseHistory(undefined)).toEqual([]);
  });
});
