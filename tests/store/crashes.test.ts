/** A crash after any write leaves a row that the next tick takes where it was going, and no further. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import { openSimulated, type Backend } from './simulated-store.ts';
import { EARLIER, givenRow, isHistoryKey, NOW_MS, type GivenRow } from './steps.ts';

let backend: Backend;

beforeAll(async () => {
  backend = await openSimulated();
  return () => backend.close();
});

const EPOCH = 3;
const OVER = { reason: 'drill', untilMs: NOW_MS };

const rowAt = (currentLevel: number, errorCount: number, successCount: number, more: Item = {}) => {
  const counts = { currentLevel, errorCount, successCount, epoch: EPOCH };
  return { ...counts, lastUpdated: EARLIER, history: [], ...more };
};

/** What writes more than once, with the row it meets and how many writes it then makes. */
const WRITERS: readonly [
  title: string,
  given: Item,
  act: (row: GivenRow) => Promise<unknown>,
  writes: number,
][] = [
  ['errors to level 2', rowAt(1, 4, 0), (row) => row.record('error', at(1)), 2],
  ['successes that clear', rowAt(1, 4, 9), (row) => row.record('success', at(1)), 2],
  ['errors to level 3', rowAt(2, 9, 0), (row) => row.record('error', at(2)), 2],
  ['successes to level 1', rowAt(2, 5, 9), (row) => row.record('success', at(2)), 2],
  ['probes to level 2', rowAt(3, 10, 9), (row) => row.record('success', at(3)), 2],
  [
    'an error that takes an expired pin along',
    rowAt(1, 4, 0, { override: OVER }),
    (row) => row.record('error', at(1)),
    2,
  ],
  ['a tick on an expired pin', rowAt(2, 9, 2, { override: OVER }), (row) => row.heal(), 1],
  [
    'a tick on an expired pin, errors past it',
    rowAt(1, 5, 0, { override: OVER }),
    (row) => row.heal(),
    2,
  ],
  [
    'a tick on an expired pin, probes past it',
    rowAt(3, 10, 10, { override: OVER }),
    (row) => row.heal(),
    2,
  ],
  ['a release, errors past the pin', rowAt(1, 6, 0, { override: OVER }), (row) => row.release(), 2],
];

const at = (level: 1 | 2 | 3) => ({ level, epoch: EPOCH });

/** A store whose process is gone after so many writes: nothing it sends later arrives. */
function crashingAfter(row: GivenRow, writes: number): { store: LevelStore; sent: () => number } {
  let sent = 0;
  const store: LevelStore = {
    read: () => row.read(),
    async write(key, write) {
      if (sent === writes) throw new Error('crashed');
      if (isHistoryKey(key)) return row.store.write(key, write);
      sent += 1;
      return row.write(write);
    },
  };
  return { store, sent: () => sent };
}

/** What the row says, beside its epochs: a tick on the way may need one more. */
const meaningOf = (item: Item | undefined) => {
  const { epoch: _epoch, transitionReason: _reason, changedFrom: _from, ...rest } = item ?? {};
  const { PK: _key, lastTransition: _last, changedBy: _by, ...said } = rest;
  return said;
};

describe.each(WRITERS)('%s', (_title, given, act, writes) => {
  test(`make ${writes} write(s)`, async () => {
    const row = await givenRow(backend, given);
    const { store, sent } = crashingAfter(row, Infinity);
    await act(row.through(store));
    expect(sent()).toBe(writes);
  });

  test.each(Array.from({ length: writes }, (_, index) => index + 1))(
    'crashed after write %i, the next tick ends where they would have',
    async (crash) => {
      const whole = await givenRow(backend, given);
      await act(whole);
      await whole.heal();
      const row = await givenRow(backend, given);
      await act(row.through(crashingAfter(row, crash).store));
      await row.heal();
      const healed = await row.read();
      expect(meaningOf(healed)).toEqual(meaningOf(await whole.read()));
      expect(healed).not.toHaveProperty('override');
      await row.heal();
      expect(await row.read()).toEqual(healed);
    },
  );
});
