/** What operators do to the row of a breaker: each act as its write, under rivals, and on a row that cannot be understood. */
import { describe, expect, test } from 'vitest';
import { FLEET_DEFAULTS } from '../../lib/shared/fleet-rules.ts';
import { CLOSED_ROW } from '../../lib/shared/breaker-row.ts';
import type { RowItem, RowWrite } from '../../lib/shared/row-write.ts';
import { applyRowWrite } from '../../lib/simulation/breaker-table.ts';
import { controlBreaker, rulesOfRow, type BreakerAct } from '../../lib/store/breaker-control.ts';
import type { DynamoBreakerStore } from '../../lib/store/dynamo-breaker-store.ts';
import { WriteConflictError } from '../../lib/store/errors.ts';
import { NOW_MS } from './steps.ts';

/** A row, and how many writes come too late for it. */
function given(item: RowItem | undefined, lost = 0) {
  const reads: unknown[] = [];
  let [row, losses] = [item, lost];
  const store = {
    async read(key: string, how: unknown) {
      reads.push([key, how]);
      return row;
    },
    async write(_key: string, write: RowWrite) {
      losses -= 1;
      if (losses >= 0) return null;
      const after = applyRowWrite(row, write);
      row = after ?? row;
      return after;
    },
  };
  const act = (what: BreakerAct) =>
    controlBreaker(store as unknown as DynamoBreakerStore, 'BREAKER#a#b', what, NOW_MS);
  return { act, reads, item: () => row };
}

const HOLD: BreakerAct = { kind: 'hold', override: { state: 'OPEN', untilMs: NOW_MS + 9 } };
const OPEN = { state: 'OPEN', epoch: 4, openUntilMs: NOW_MS + 60_000, openings: 2 };

describe('an act', () => {
  test('of a hold', async () => {
    const { act, reads } = given(undefined);
    expect(await act(HOLD)).toMatchObject({
      state: 'OPEN',
      epoch: 1,
      openUntilMs: NOW_MS + 9,
      reason: 'override',
      override: { state: 'OPEN', untilMs: NOW_MS + 9 },
    });
    expect(reads).toEqual([['BREAKER#a#b', { consistently: true }]]);
  });

  test('of a release', async () => {
    const { act } = given({ ...OPEN, override: { state: 'OPEN' } });
    const row = await act({ kind: 'release' });
    expect(row).toMatchObject({ state: 'OPEN', epoch: 5, openUntilMs: NOW_MS, reason: 'release' });
    expect(row.override).toBeUndefined();
  });

  test('of other rules', async () => {
    const { act } = given(OPEN);
    const options = { quorum: 7 };
    const row = await act({ kind: 'configure', options });
    expect(row).toMatchObject({ epoch: 5, reason: 'configure', options });
    expect(
      (await given(row as unknown as RowItem).act({ kind: 'configure', options: {} })).options,
    ).toBeUndefined();
  });

  test('is tried three times, and then a conflict', async () => {
    expect(await given(OPEN, 2).act(HOLD)).toMatchObject({ epoch: 5 });
    const lost = given(OPEN, 3);
    await expect(lost.act(HOLD)).rejects.toThrow(WriteConflictError);
    await expect(given(OPEN, 3).act(HOLD)).rejects.toThrow(/BREAKER#a#b changed under each of 3/);
    expect(lost.reads).toHaveLength(3);
  });
});

describe('a row that cannot be understood', () => {
  const BROKEN = { PK: 'BREAKER#a#b', state: 'AJAR', epoch: 7, ok: 'x', taken: 1 };

  test('is healed by a hold, from its epoch on', async () => {
    const { act, item } = given(BROKEN);
    expect(await act(HOLD)).toMatchObject({ state: 'OPEN', epoch: 8 });
    expect(item()).toMatchObject({ PK: 'BREAKER#a#b', state: 'OPEN' });
    for (const name of ['ok', 'taken']) expect(item()).not.toHaveProperty(name);
  });

  test('is healed from the begin where its epoch is none', async () => {
    expect(await given({ ...BROKEN, epoch: 'x' }).act(HOLD)).toMatchObject({ epoch: 1 });
    expect(await given({ ...BROKEN, epoch: 1.5 }).act(HOLD)).toMatchObject({ epoch: 1 });
  });

  test.each<BreakerAct>([{ kind: 'release' }, { kind: 'configure', options: {} }])(
    'is told by any other act: $kind',
    async (act) => {
      await expect(given(BROKEN).act(act)).rejects.toMatchObject({ code: 'BREAKER_ROW_MALFORMED' });
    },
  );
});

test('the rules of a row stand over the defaults, where they are rules', () => {
  const rules = (options: unknown) => rulesOfRow({ ...CLOSED_ROW, options });
  expect(rules(undefined)).toBe(FLEET_DEFAULTS);
  expect(rules({ quorum: 7 })).toEqual({ ...FLEET_DEFAULTS, quorum: 7 });
  expect(rules({ quorum: -1 })).toBe(FLEET_DEFAULTS);
});
