/** Read replicas: what each holds, that none ever goes back, and that a tick makes them the row. */
import { describe, expect, test } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { production } from '../../lib/level/policy.ts';
import { BELIEVED_MS, isBehind, NEVER_MS, writeReplica } from '../../lib/level/replica.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { itemBytes } from '../../lib/simulation/item-bytes.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import { replicaKeyOf, stateKeyOf, type Item } from '../../lib/store/level-store.ts';
import type { Protocol } from '../../lib/store/record-outcome.ts';
import { findRow, recordRead, tellingAfter, tellReplicas } from '../../lib/store/replicas.ts';
import { parseRow } from '../../lib/store/row.ts';
import { SimulatedStore } from './simulated-store.ts';
import { NOW_MS } from './steps.ts';

const SCOPE = 'payments';
const KEY = stateKeyOf(SCOPE);
const COUNT = 2;
const KEYS = Array.from({ length: COUNT }, (_, index) => replicaKeyOf(SCOPE, index + 1));
const ALL = { scope: SCOPE, count: COUNT };

function givenStore(row: Item = {}) {
  const store = new SimulatedStore();
  store.put(KEY, row);
  const protocol: Protocol = { store, policyOf: () => production };
  const held = async (index = 1) => store.read(replicaKeyOf(SCOPE, index));
  return { store, protocol, held };
}

/** What a replica of a row is to hold. */
function expectedOf(row: LevelState, atMs: number): Item {
  return writeReplica(row, production, atMs).set;
}

describe('a replica', () => {
  const row = {
    currentLevel: 2,
    errorCount: 5,
    epoch: 7,
    lastUpdated: '2026-01-01T00:00:00.000Z',
    E9: 3,
    O9: 4,
    W9: 7,
    F9: NOW_MS,
    run: 2,
    okMs: 30,
    dwellMs: 30_000,
    canaryErrors: 1,
    watchUntilMs: NOW_MS + 1,
    cautionUntilMs: NOW_MS,
    sampleOneIn: 4,
    sampleBelow: '40000000',
    rampBelow: '0ccccccc',
    stepSinceMs: NOW_MS,
    nextCanaryAtMs: NOW_MS,
    shield: 'off',
  };

  test('holds what is acted on, no evidence, and nothing that is decided once for the fleet', async () => {
    const { protocol, held } = givenStore(row);
    await expect(tellReplicas(protocol, ALL, NOW_MS)).resolves.toEqual({ told: 2, behind: 0 });
    const expected = {
      currentLevel: 2,
      errorCount: 5,
      epoch: 7,
      shield: 'off',
      watchUntilMs: NOW_MS + 1,
      cautionUntilMs: NOW_MS,
      cautionFromMs: NOW_MS + 1,
      sampleOneIn: 4,
      sampleBelow: '40000000',
      rampBelow: '0ccccccc',
      stepSinceMs: NOW_MS,
      nextCanaryAtMs: NEVER_MS,
      nextProbeAtMs: NEVER_MS,
      replicaVersion: 1,
      freshUntilMs: NOW_MS + BELIEVED_MS,
    };
    expect(await held(1)).toEqual({ ...expected, PK: KEYS[0] });
    expect(await held(2)).toEqual({ ...expected, PK: KEYS[1] });
  });

  test('has a write unit of room, whatever stands on the row', () => {
    const full = Object.fromEntries(
      Object.keys(row).map((name) => [name, name === 'currentLevel' ? 2 : NEVER_MS - 1]),
    );
    const texts = { judge: 'counts', shield: 'safe', countStatuses: '[429,500,502,503,504]' };
    const bounds = { exerciseBelow: '0ccccccc', rampBelow: '0ccccccc', sampleBelow: '0ccccccc' };
    const override = { reason: 'x'.repeat(120), untilMs: NEVER_MS };
    const state = parseRow({ ...full, ...texts, ...bounds, override }).state;
    expect(itemBytes({ PK: KEYS[0], ...expectedOf(state, NOW_MS) })).toBeLessThan(700);
  });

  test('loses what the row has no more', async () => {
    const { store, protocol, held } = givenStore(row);
    await tellReplicas(protocol, ALL, NOW_MS);
    const { watchUntilMs: _watch, rampBelow: _ramp, ...rest } = (await store.read(KEY)) ?? {};
    store.put(KEY, { ...rest, currentLevel: 1, epoch: 8 });
    await tellReplicas(protocol, ALL, NOW_MS);
    expect(await held()).toMatchObject({ currentLevel: 1, epoch: 8, replicaVersion: 2 });
    expect(Object.keys((await held()) ?? {})).not.toContain('rampBelow');
  });

  test('of a row that nobody has written is level 1', async () => {
    const { protocol, held } = givenStore();
    await tellReplicas(protocol, ALL, NOW_MS);
    expect(await held()).toMatchObject({ currentLevel: 1, errorCount: 0, epoch: 0 });
  });

  test('lets few errors begin a watch, and all be counted where counts decide', () => {
    expect(expectedOf(INITIAL_STATE, NOW_MS)['cautionFromMs']).toBe(0);
    const counts = { ...production, judge: 'counts' } as const;
    expect(writeReplica(INITIAL_STATE, counts, NOW_MS).set).not.toHaveProperty('cautionFromMs');
  });

  test.each([
    ['an earlier epoch', { epoch: 8, replicaVersion: 0 }, true],
    ['the same epoch and a later number', { epoch: 7, replicaVersion: 6 }, true],
    ['the same number', { epoch: 7, replicaVersion: 5 }, false],
    ['an earlier number', { epoch: 7, replicaVersion: 4 }, false],
    ['an earlier epoch, whatever its number', { epoch: 6, replicaVersion: 9 }, false],
  ])('is told by a row of %s or not', (_what, told, isTold) => {
    const before = { epoch: 7, replicaVersion: 5, freshUntilMs: NOW_MS + 1 };
    const write = writeReplica({ ...INITIAL_STATE, ...told }, production, NOW_MS);
    expect(applyWrite(before, write) !== null).toBe(isTold);
  });

  test('that is not believed any more is told whatever it holds: its row may be gone', () => {
    const before = { epoch: 7, replicaVersion: 5, freshUntilMs: NOW_MS };
    const write = writeReplica(INITIAL_STATE, production, NOW_MS);
    expect(applyWrite(before, write)).toMatchObject({ epoch: 0, replicaVersion: 0 });
  });
});

describe('telling', () => {
  test('is done once for a number: who comes second leaves it', async () => {
    const { protocol, store } = givenStore({ currentLevel: 2, epoch: 1 });
    const after = { version: undefined };
    const told = await Promise.all([
      tellReplicas(protocol, { ...ALL, after }, NOW_MS),
      tellReplicas(protocol, { ...ALL, after }, NOW_MS),
    ]);
    expect(told.filter((each) => each === null)).toHaveLength(1);
    expect(await store.read(KEY)).toMatchObject({ replicaVersion: 1 });
  });

  test('says how many it could not tell, and why, and throws nothing', async () => {
    const { protocol, store } = givenStore({ currentLevel: 2, epoch: 1 });
    const refusal = new StoreUnavailableError('write', { cause: null });
    const write = (key: string, what: ConditionalWrite) =>
      key === KEYS[1] ? Promise.reject(refusal) : store.write(key, what);
    const broken = { ...protocol, store: { read: () => store.read(KEY), write } };
    const told = await tellReplicas(broken, ALL, NOW_MS);
    expect(told).toEqual({ told: 1, behind: 1, error: refusal });
    const dead = { ...broken, store: { ...broken.store, write: () => Promise.reject(refusal) } };
    expect(await tellReplicas(dead, ALL, NOW_MS)).toEqual({ told: 0, behind: 2, error: refusal });
  });
});

describe('a replica is behind its row', () => {
  const seen = { ...INITIAL_STATE, watchUntilMs: NOW_MS + 15_000, sampleUntilMs: NOW_MS + 20_000 };
  const later = (more: Partial<LevelState>) => ({ ...seen, ...more });
  test.each<[string, boolean, Partial<LevelState>]>([
    ['nothing changed', false, {}],
    ['evidence was counted', false, { run: 3, okMs: 40, successCount: 2, canaryOk: 4 }],
    ['a probe was claimed, or a canary served', false, { nextProbeAtMs: 9, nextCanaryAtMs: 9 }],
    ['its watch goes on, and half of it is left', false, { watchUntilMs: NOW_MS + 20_000 }],
    ['an epoch began', true, { epoch: 1 }],
    ['a step of the ramp began', true, { stepSinceMs: NOW_MS }],
    ['a share was set', true, { sampleBelow: '40000000', sampleOneIn: 4 }],
  ])('where %s: %s', (_what, expected, more) => {
    expect(isBehind(seen, later(more), production, NOW_MS)).toBe(expected);
  });

  test('where less than half is left of a watch or a share that goes on', () => {
    const atMs = NOW_MS + 5_001;
    const watch = later({ watchUntilMs: NOW_MS + 25_000 });
    expect(isBehind(seen, watch, production, atMs)).toBe(true);
    const share = later({ sampleUntilMs: NOW_MS + 35_000 });
    expect(isBehind(seen, share, production, atMs)).toBe(true);
    expect(isBehind(seen, seen, production, atMs)).toBe(false);
  });

  test('by counts, where the first error was counted or the last forgotten', () => {
    const counts = { ...production, judge: 'counts' } as const;
    expect(isBehind(INITIAL_STATE, { ...INITIAL_STATE, errorCount: 1 }, counts, NOW_MS)).toBe(true);
    const more = { ...INITIAL_STATE, errorCount: 2 };
    expect(isBehind({ ...more, errorCount: 1 }, more, counts, NOW_MS)).toBe(false);
  });
});

describe('an outcome that was read from a replica', () => {
  const found = async (row: Item, replica: LevelState, result: 'success' | 'error' = 'error') => {
    const { protocol } = givenStore(row);
    const { currentLevel: readLevel, epoch } = replica;
    const outcome = { readLevel, epoch, servedLevel: readLevel, result, durationMs: 5 } as const;
    return findRow(protocol, SCOPE, { outcome, replica, readAtMs: NOW_MS, atMs: NOW_MS });
  };
  const replica: LevelState = { ...INITIAL_STATE, epoch: 3 };

  test('is stale where the row has another epoch or level', async () => {
    expect(await found({ epoch: 4 }, replica)).toMatchObject({ kind: 'stale' });
    expect(await found({ epoch: 3, currentLevel: 2 }, replica)).toMatchObject({ kind: 'stale' });
  });

  test('begins no watch that has begun since: a replica that is left behind would begin it for ever', async () => {
    const row = { epoch: 3, watchUntilMs: NOW_MS + 1, run: 1 };
    expect(await found(row, replica)).toMatchObject({ kind: 'known' });
  });

  test('is counted as what it was drawn as, with what the row alone knows', async () => {
    const row = { epoch: 3, run: 4, okMs: 30, watchUntilMs: NOW_MS + 9, E1: 2, sampleOneIn: 8 };
    const watched = { ...replica, watchUntilMs: NOW_MS + 5, sampleOneIn: 2, sampleUntilMs: NOW_MS };
    const { seen } = (await found(row, watched)) as { readonly seen: LevelState };
    expect(seen).toMatchObject({ watchUntilMs: NOW_MS + 5, sampleOneIn: 2, okMs: 30 });
    expect(seen.run).toBeUndefined();
    expect(seen.slots).toHaveLength(1);
  });

  test('that the row refuses, since a share was set that its replica does not know of, tells the replicas', async () => {
    const watched = { epoch: 3, watchSinceMs: NOW_MS - 90, watchUntilMs: NOW_MS + 9_000 };
    const share = { sampleOneIn: 65, sampleBelow: '03f03f03', sampleUntilMs: NOW_MS + 9_000 };
    const { protocol, store, held } = givenStore({ ...watched, ...share, replicaVersion: 2 });
    const seen = { ...replica, ...watched, cautionUntilMs: NOW_MS + 9, replicaVersion: 2 };
    const outcome = { readLevel: 1, epoch: 3, servedLevel: 1, result: 'error' } as const;
    const observed = { outcome: { ...outcome, durationMs: 5 }, seen, readAtMs: NOW_MS };
    const read = await recordRead(protocol, SCOPE, { ...observed, atMs: NOW_MS, random: 0 }, true);
    // Drawn as one in sixteen, it would stand for less than a quarter of what others stand for.
    expect(read.recorded).toEqual({ kind: 'stale' });
    const after = tellingAfter(protocol, SCOPE, read, NOW_MS);
    expect(after).toEqual({ version: 2 });
    await tellReplicas(protocol, { ...ALL, after: { version: 2 } }, NOW_MS);
    expect(await held()).toMatchObject(share);
    expect(await store.read(KEY)).toMatchObject({ replicaVersion: 3 });
  });
});
