/** The steps of the protocol by themselves: what a tick may try, what goes with a write, and what a failure leaves. */
import { describe, expect, test } from 'vitest';
import { markNotified } from '../../lib/level/writes.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import { INITIAL_STATE } from '../../lib/level/state.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { dueProbe } from '../../lib/store/due-probe.ts';
import { historyKeyOf, stateKeyOf, type Item } from '../../lib/store/level-store.ts';
import {
  heal,
  recordCounts,
  recordOutcome,
  type Protocol,
} from '../../lib/store/record-outcome.ts';
import { SimulatedStore } from './simulated-store.ts';
import { EARLIER, NOW, NOW_MS, outcomeAt } from './steps.ts';

const KEY = stateKeyOf('default');
const AWAY = new Error('away');

/** A table that keeps what was written, and fails a write where it is told so. */
class Table extends SimulatedStore {
  readonly writes: [key: string, write: ConditionalWrite][] = [];
  fails: (key: string, write: ConditionalWrite) => boolean = () => false;
  /** Before these another begins an epoch. */
  meanwhile: (key: string, write: ConditionalWrite) => boolean = () => false;

  override async write(key: string, write: ConditionalWrite): Promise<Item | null> {
    this.writes.push([key, write]);
    if (this.fails(key, write)) throw AWAY;
    if (this.meanwhile(key, write)) this.put(key, { epoch: 1 });
    return super.write(key, write);
  }
}

function given(row: Item = {}, policy: Policy = production) {
  const store = new Table();
  store.put(KEY, { lastUpdated: EARLIER, ...row });
  const protocol: Protocol = { store, policyOf: () => policy };
  return { store, protocol, item: async () => (await store.read(KEY)) ?? {} };
}

describe('a tick may try', () => {
  test.each<[string, Item, Policy, string, number]>([
    ['nothing at level 1', {}, production, 'none', 0],
    ['the full face on the ramp', { currentLevel: 2 }, production, 'full', 0],
    ['nothing in the dwell', { currentLevel: 2, quietUntilMs: NOW_MS + 1 }, production, 'none', 0],
    ['nothing without a ramp', { currentLevel: 2 }, classic, 'none', 0],
    ['each probe without an interval', { currentLevel: 3 }, classic, 'degraded', 0],
    ["each by the row's word", { currentLevel: 3, probeIntervalMs: 0 }, production, 'degraded', 0],
    ['one that is due, and claims it', { currentLevel: 3 }, production, 'degraded', 1],
    [
      'one whose time has come',
      { currentLevel: 3, nextProbeAtMs: NOW_MS },
      production,
      'degraded',
      1,
    ],
    ['none before its time', { currentLevel: 3, nextProbeAtMs: NOW_MS + 1 }, production, 'none', 0],
    ['nothing while pinned', { currentLevel: 3, override: { reason: '' } }, production, 'none', 0],
    [
      'nothing before an override that has run out is gone',
      { currentLevel: 2, override: { reason: '', untilMs: 1 } },
      production,
      'none',
      0,
    ],
  ])('%s', async (_what, row, policy, due, writes) => {
    const { protocol, store } = given(row, policy);
    expect(await dueProbe(protocol, 'default', NOW_MS)).toBe(due);
    expect(store.writes).toHaveLength(writes);
  });

  test('what it has claimed, and nothing that another has', async () => {
    const { protocol, store, item } = given({ currentLevel: 3 });
    const both = [0, 1].map(() => dueProbe(protocol, 'default', NOW_MS));
    expect((await Promise.all(both)).toSorted()).toEqual(['degraded', 'none']);
    expect(await item()).toMatchObject({ nextProbeAtMs: NOW_MS + 5_000 });
    expect(store.writes).toHaveLength(2);
  });
});

const WATCHED = { watchSinceMs: NOW_MS - 60_000, watchUntilMs: NOW_MS + 9_000 };
const SLOT = Math.floor(NOW_MS / 1_000);
const slot = (letter: string, age = 0) => `${letter}${(SLOT - age).toString(36)}`;

/** An error of an outcome that was read with a row that watches. */
const error = (more: object = {}) => {
  const observed = outcomeAt({ level: 1, epoch: 0 }, 'error');
  return { ...observed, seen: { ...observed.seen, ...WATCHED, ...more } };
};

describe('an outcome', () => {
  test('that is evidence of nothing is not written', async () => {
    const { protocol, store } = given();
    const success = outcomeAt({ level: 1, epoch: 0 }, 'success');
    expect(await recordOutcome(protocol, 'default', success)).toEqual({ kind: 'none' });
    expect(store.writes).toEqual([]);
  });

  test('that finds a share due sets it by a write of its own, under the fence of its row', async () => {
    const meter = { [slot('W')]: 199, [slot('F')]: NOW_MS - 1_000 };
    const { protocol, store, item } = given({ ...WATCHED, ...meter });
    const recorded = await recordOutcome(protocol, 'default', error());
    expect(recorded).toMatchObject({ changes: [], state: { sampleOneIn: 5 } });
    expect(store.writes.map(([, { expect: fence }]) => fence.kind)).toEqual([
      'evidence',
      'evidence',
    ]);
    expect(await item()).toMatchObject({ sampleOneIn: 5 });
    const failing = given({ ...WATCHED, ...meter });
    failing.store.fails = (_key, { set }) => set['sampleOneIn'] !== undefined;
    const counted = await recordOutcome(failing.protocol, 'default', error());
    const before = { watchSinceMs: WATCHED.watchSinceMs, run: 1 };
    expect(counted).toMatchObject({ kind: 'counted', changes: [], state: before });
    expect(counted).not.toHaveProperty('unfinished');
    const late = given({ ...WATCHED, ...meter });
    late.store.meanwhile = (_key, { set }) => set['sampleOneIn'] !== undefined;
    expect(await recordOutcome(late.protocol, 'default', error())).toMatchObject({
      state: before,
    });
    const plain = given(WATCHED);
    await recordOutcome(plain.protocol, 'default', error());
    expect(plain.store.writes).toHaveLength(1);
  });

  test('that moves the level takes its share along', async () => {
    const meter = { [slot('W')]: 199, [slot('F')]: NOW_MS - 1_000, [slot('E', 1)]: 40 };
    const { protocol, store, item } = given({ ...WATCHED, ...meter });
    const recorded = await recordOutcome(protocol, 'default', error());
    expect(recorded).toMatchObject({ changes: [{ to: 2, reason: 'error-rate' }] });
    expect(store.writes.map(([key]) => key)).toEqual([KEY, KEY, historyKeyOf('default')]);
    expect(await item()).toMatchObject({ currentLevel: 2, sampleOneIn: 5 });
    expect(await item()).not.toHaveProperty(slot('E', 1));
  });

  test('that moves it early begins the next level with the usual share', async () => {
    const meter = { [slot('W')]: 3_999, [slot('F')]: NOW_MS - 400, [slot('E', 1)]: 40 };
    const early = { ...WATCHED, cautionUntilMs: NOW_MS - 249 };
    const { protocol, item } = given({ ...early, ...meter });
    await recordOutcome(protocol, 'default', error(early));
    expect(await item()).toMatchObject({ currentLevel: 2, sampleOneIn: 250 });
  });

  test('that clears what was counted begins no epoch, and takes along the share that is due alone', async () => {
    const row = {
      errorCount: 1,
      successCount: 9,
      epoch: 4,
      changedFrom: 2,
      changedBy: 'probes',
      lastTransition: EARLIER,
      cautionUntilMs: NOW_MS - 100,
      [slot('F')]: NOW_MS - 400,
    };
    const success = outcomeAt({ level: 1, epoch: 4 }, 'success');
    const clear = async (weight: number) => {
      const { protocol, item, store } = given({ ...row, [slot('W')]: weight }, classic);
      const recorded = await recordOutcome(protocol, 'default', success);
      expect(recorded).toMatchObject({ kind: 'counted', changes: [] });
      expect(store.writes.at(-1)?.[1].remove ?? []).toEqual([]);
      return item();
    };
    expect(await clear(6_400)).toMatchObject({ errorCount: 0, sampleOneIn: 100 });
    expect(await clear(6_000)).not.toHaveProperty('sampleOneIn');
  });

  test('whose move fails says why, and stays counted', async () => {
    const { protocol, store, item } = given({ errorCount: 4 }, classic);
    store.fails = (_key, { set }) => set['currentLevel'] !== undefined;
    const recorded = await recordOutcome(
      protocol,
      'default',
      outcomeAt({ level: 1, epoch: 0 }, 'error'),
    );
    expect(recorded).toMatchObject({ kind: 'counted', changes: [], unfinished: AWAY });
    expect(await item()).toMatchObject({ errorCount: 5 });
  });

  test('whose history fails has moved the level all the same', async () => {
    const { protocol, store } = given({ errorCount: 4 }, classic);
    store.fails = (key) => key === historyKeyOf('default');
    const recorded = await recordOutcome(
      protocol,
      'default',
      outcomeAt({ level: 1, epoch: 0 }, 'error'),
    );
    expect(recorded).toMatchObject({ changes: [{ epoch: 1, to: 2 }], state: { currentLevel: 2 } });
    expect(recorded).not.toHaveProperty('history');
    expect(recorded).not.toHaveProperty('unfinished');
  });

  test('whose history is added tells it', async () => {
    const { protocol } = given({ errorCount: 4 }, classic);
    const outcome = outcomeAt({ level: 1, epoch: 0 }, 'error');
    const recorded = await recordOutcome(protocol, 'default', outcome);
    const change = { epoch: 1, from: 1, to: 2, at: NOW, reason: 'errors' };
    expect(recorded).toMatchObject({ changes: [change], history: [change] });
  });
});

describe('counts that one write stands for', () => {
  const write = {
    expect: { kind: 'evidence', level: 1, epoch: 0, atMs: NOW_MS, evidence: [] },
    set: {},
    add: { [slot('E', 1)]: 40 },
  } as const;

  test.each([
    [NOW_MS, 2],
    [NOW_MS - 2_000, 1],
  ])('are judged as far as they are complete: until %i, level %i', async (completeMs, level) => {
    const { protocol } = given(WATCHED);
    const times = { atMs: NOW_MS, completeMs };
    const recorded = await recordCounts(protocol, 'default', write, times);
    expect(recorded).toMatchObject({ kind: 'counted', state: { currentLevel: level } });
  });

  test('that meet another epoch are stale', async () => {
    const { protocol } = given({ epoch: 4 });
    const times = { atMs: NOW_MS, completeMs: NOW_MS };
    expect(await recordCounts(protocol, 'default', write, times)).toEqual({ kind: 'stale' });
  });
});

describe('a tick', () => {
  const REACHED = { errorCount: 5 };
  const EXPIRED = { override: { reason: '', untilMs: NOW_MS } };

  test.each<[string, Item, boolean | undefined, number, string[]]>([
    ['finishes what a crash left', REACHED, undefined, 2, ['errors']],
    ['leaves it to alarms', REACHED, false, 1, []],
    [
      'ends an override, and finishes then',
      { ...REACHED, ...EXPIRED },
      true,
      2,
      ['override-expired', 'errors'],
    ],
    ['ends an override alone', { ...REACHED, ...EXPIRED }, false, 1, ['override-expired']],
    ['leaves a pin', { ...REACHED, override: { reason: '' } }, true, 1, []],
  ])('%s', async (_what, row, byCounts, level, reasons) => {
    const { protocol } = given(row, classic);
    const options = byCounts === undefined ? {} : { byCounts };
    const settled = await heal(protocol, 'default', NOW_MS, options);
    expect(settled.changes.map(({ reason }) => reason)).toEqual(reasons);
    expect(settled.state.currentLevel).toBe(level);
  });

  test('writes nothing while pinned, or where nothing is due', async () => {
    for (const row of [{ ...REACHED, override: { reason: '' } }, {}]) {
      const { protocol, store } = given(row, classic);
      await heal(protocol, 'default', NOW_MS);
      expect(store.writes).toEqual([]);
    }
  });

  test('that loses an override to another settles nothing', async () => {
    const { protocol, store } = given({ ...REACHED, ...EXPIRED }, classic);
    store.fails = () => true;
    const settled = await heal(protocol, 'default', NOW_MS);
    expect(settled).toMatchObject({ changes: [], unfinished: AWAY });
    expect(store.writes).toHaveLength(1);
  });

  test('that loses its race tells the row as it was', async () => {
    const { protocol, store } = given(REACHED, classic);
    const read = store.read.bind(store);
    store.read = async (key: string) => {
      const item = await read(key);
      if (key === KEY) store.put(KEY, { ...REACHED, epoch: 1, currentLevel: 2 });
      return item;
    };
    const settled = await heal(protocol, 'default', NOW_MS);
    expect(settled).toEqual({
      state: { ...INITIAL_STATE, ...REACHED, lastUpdated: EARLIER },
      changes: [],
    });
  });
});

test('a mark that changes no epoch is no change', async () => {
  const { store } = given({ epoch: 2, currentLevel: 2 });
  await store.write(KEY, markNotified(2));
  expect(store.writes).toHaveLength(1);
});
