/** What a batch holds of its outcomes, what it makes of one that was not counted, and the write of it, part by part. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asSeen } from '../../lib/level/fence.ts';
import {
  addToBatch,
  mergeBatches,
  observeBatch,
  type Batch,
} from '../../lib/level/observe-batch.ts';
import type { Outcome } from '../../lib/level/outcome.ts';
import { production } from '../../lib/level/policy.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { AT_MS, NAME, observedOn, rowAt, SLOT } from './rows.ts';

const WATCHED = { watchSinceMs: AT_MS - 5_000, watchUntilMs: AT_MS + 15_000, okMs: 80 };
const CANARY = { servedLevel: 1 } as const;

/** An outcome of a batch: its result, and what differs of it. */
type Given = readonly [result: Outcome['result'], more?: Partial<Outcome>, atMs?: number];

function batchOf(seen: LevelState, given: readonly Given[], before: Batch | null = null): Batch {
  const [first, ...others] = given.map(([result, more, atMs = AT_MS]) => ({
    ...observedOn(seen, result, more),
    atMs,
  }));
  if (first === undefined) throw new Error('expected an outcome, got none');
  const begun = addToBatch(before, first, production);
  return others.reduce((batch, each) => addToBatch(batch, each, production), begun);
}

const write = (batch: Batch, atMs = AT_MS) => observeBatch(batch, production, atMs);
const written = (seen: LevelState, given: readonly Given[]) => write(batchOf(seen, given));

describe('the write of a batch', () => {
  test('counts by slots, and tells of a mean and of one error in a row', () => {
    const given: Given[] = [['success'], ['error'], ['success', {}, AT_MS - 1_000], ['error']];
    const before = (SLOT - 1).toString(36);
    expect(written(rowAt(1, WATCHED), given)).toEqual({
      expect: { kind: 'evidence', level: 1, epoch: 7, atMs: AT_MS, evidence: [], mostOneIn: 4 },
      set: {
        lastUpdated: '2026-01-02T03:04:05.000Z',
        watchUntilMs: AT_MS + 20_000,
        run: 1,
        okMs: 80,
      },
      add: { [`O${NAME}`]: 1, [`E${NAME}`]: 2, [`O${before}`]: 1 },
      remove: [],
    });
  });

  test('of successes ends what errors came in a row, and begins no watch', () => {
    const { set, add, remove } = written(rowAt(1, WATCHED), [['error'], ['success']]) ?? {};
    expect(add).toEqual({ [`O${NAME}`]: 1, [`E${NAME}`]: 1 });
    expect(remove).toEqual(['run']);
    const calm = written(rowAt(1, WATCHED), [['success']]);
    expect(calm?.set).not.toHaveProperty('watchUntilMs');
    expect(calm).not.toHaveProperty('setIfAbsent');
    expect(set).toMatchObject({ watchUntilMs: AT_MS + 20_000 });
  });

  test('of errors alone tells no mean', () => {
    const errors = written(rowAt(1, WATCHED), [['error']]);
    expect(errors?.set).toEqual({
      lastUpdated: '2026-01-02T03:04:05.000Z',
      watchUntilMs: AT_MS + 20_000,
    });
    expect(errors?.add).toEqual({ [`E${NAME}`]: 1, run: 1 });
  });

  test('that begins a watch is no other evidence', () => {
    expect(written(rowAt(1, { okMs: 40 }), [['error'], ['error']])).toEqual({
      expect: { kind: 'evidence', level: 1, epoch: 7, atMs: AT_MS, evidence: [] },
      set: {
        lastUpdated: '2026-01-02T03:04:05.000Z',
        watchSinceMs: AT_MS,
        watchUntilMs: AT_MS + 20_000,
        cautionUntilMs: AT_MS + 250 + 80,
      },
      setIfAbsent: { run: 1 },
      add: {},
      remove: [],
    });
    expect(written(rowAt(1), [['error']])?.set['cautionUntilMs']).toBe(AT_MS + 250);
    expect(written(rowAt(1), [['success']])).toBeNull();
  });

  test.each([
    ['a success', 'success'],
    ['an error', 'error'],
  ] as const)('renews a watch that others began meanwhile: %s', (_what, result) => {
    const begun = batchOf(rowAt(1), [['error']]);
    const then = write(batchOf(rowAt(1, WATCHED), [[result]], begun));
    const both = write(batchOf(rowAt(1, WATCHED), [['success'], ['error']], begun));
    expect(both?.set).not.toHaveProperty('watchSinceMs');
    expect(then?.set['watchUntilMs']).toBe(AT_MS + 20_000);
    expect(then?.set).not.toHaveProperty('watchSinceMs');
    expect(then).not.toHaveProperty('setIfAbsent');
  });

  test('of canaries is under the fence of their step, and begins no watch', () => {
    const row = rowAt(2, { stepSinceMs: AT_MS - 9_000 });
    expect(
      written(row, [
        ['success', CANARY],
        ['error', CANARY],
        ['error', CANARY],
      ]),
    ).toEqual({
      expect: {
        kind: 'evidence',
        level: 2,
        epoch: 7,
        atMs: AT_MS,
        evidence: [asSeen('stepSinceMs', AT_MS - 9_000)],
      },
      set: {
        lastUpdated: '2026-01-02T03:04:05.000Z',
        nextCanaryAtMs: AT_MS + 10_000,
        canaryRun: 1,
      },
      add: { canaryOk: 1, canaryErrors: 2 },
      remove: [],
    });
    expect(written(row, [['success', CANARY]])).toMatchObject({
      add: { canaryOk: 1 },
      remove: ['canaryRun'],
    });
    expect(written(row, [['error', CANARY]])?.add).toEqual({ canaryErrors: 1, canaryRun: 1 });
  });

  test('of the degraded face alone demands no step', () => {
    const row = rowAt(2, { ...WATCHED, stepSinceMs: AT_MS - 9_000 });
    expect(written(row, [['success']])?.expect).toMatchObject({ evidence: [] });
  });

  test('renews a share in force, and may meet one of four times the least that it stands for', () => {
    const sampled = { ...WATCHED, sampleOneIn: 8, sampleUntilMs: AT_MS };
    const both = batchOf(rowAt(1, sampled), [['error']], batchOf(rowAt(1, WATCHED), [['error']]));
    expect(write(both)?.set['sampleUntilMs']).toBe(AT_MS + 30_000);
    expect(write(both)?.expect).toMatchObject({ mostOneIn: 4 });
    expect(written(rowAt(1, sampled), [['error']])?.expect).toMatchObject({ mostOneIn: 32 });
    expect(written(rowAt(1, WATCHED), [['error']])?.set).not.toHaveProperty('sampleUntilMs');
  });

  test('takes along what nobody looks at any more', () => {
    const old = rowAt(1, WATCHED, [[10, 1, 0]]);
    expect(written(old, [['success']])?.remove).toEqual(['run', `E${(SLOT - 10).toString(36)}`]);
  });
});

describe('the first success that is timed', () => {
  const { okMs: _okMs, ...UNKNOWN } = WATCHED;
  const timed = (seen: LevelState, ...durations: (number | null)[]) =>
    written(
      seen,
      durations.map((durationMs): Given => ['success', { durationMs }]),
    )?.set;

  test('tells how long the others may take, and the mean begins with it', () => {
    const set = timed(rowAt(1, UNKNOWN), null, 400.4, 800.4);
    expect(set).toMatchObject({ okMs: 450, cautionUntilMs: AT_MS - 5_000 + 250 + 800 });
  });

  test('tells nothing where the time is known, or nobody watches for it', () => {
    expect(timed(rowAt(1, WATCHED), 400)).not.toHaveProperty('cautionUntilMs');
    expect(timed(rowAt(1, WATCHED), 400)?.['okMs']).toBe(120);
    const { watchSinceMs: _since, ...rest } = UNKNOWN;
    expect(timed(rowAt(1, rest), 400)).not.toHaveProperty('cautionUntilMs');
    const untimed = timed(rowAt(1, UNKNOWN), null);
    expect(untimed).not.toHaveProperty('cautionUntilMs');
    expect(untimed).not.toHaveProperty('okMs');
  });

  test('is no error, however quick', () => {
    expect(written(rowAt(1, UNKNOWN), [['error', { durationMs: 1 }]])?.set).not.toHaveProperty(
      'okMs',
    );
  });
});

describe('a slot', () => {
  test('goes when a later one leaves it out of the window', () => {
    const row = rowAt(1, WATCHED);
    const slotsAt = (laterMs: number) =>
      batchOf(row, [['error'], ['error', {}, AT_MS + laterMs]]).slots.size;
    expect(slotsAt(9_999)).toBe(2);
    expect(slotsAt(10_000)).toBe(1);
  });

  test('is told as long as it is in the window', () => {
    const batch = batchOf(rowAt(1, WATCHED), [['error'], ['error', {}, AT_MS + 5_000]]);
    const names = (atMs: number) => Object.keys(write(batch, atMs)?.add ?? {});
    expect(names(AT_MS + 9_999)).toHaveLength(3);
    expect(names(AT_MS + 10_000)).toEqual([`E${(SLOT + 5).toString(36)}`, 'run']);
    expect(write(batch, AT_MS + 15_000)).toBeNull();
  });
});

describe('a batch that was not counted', () => {
  const rows = [rowAt(1, WATCHED), rowAt(2, { ...WATCHED, stepSinceMs: 5 }), rowAt(1)];
  const outcomes = fc.array(
    fc
      .record({ isError: fc.boolean(), isCanary: fc.boolean(), slot: fc.nat(5) })
      .map(({ isError, isCanary, slot }): Given => {
        const more = { durationMs: null, ...(isCanary && CANARY) };
        return [isError ? 'error' : 'success', more, AT_MS + 1_000 * slot];
      }),
    { minLength: 1, maxLength: 9 },
  );

  test('and one of later are what one of both would be', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rows), outcomes, outcomes, (row, older, newer) => {
        const merged = mergeBatches(batchOf(row, older), batchOf(row, newer));
        const both = batchOf(row, [...older, ...newer]);
        expect(merged).toEqual(both);
        expect(write(merged, AT_MS + 9_000)).toEqual(write(both, AT_MS + 9_000));
      }),
      { numRuns: 150, seed: 54 },
    );
  });

  test('is all there is where nothing came later', () => {
    const batch = batchOf(rowAt(1, WATCHED), [['error']]);
    expect(mergeBatches(batch, null)).toBe(batch);
  });

  test.each([
    ['epoch', { epoch: 8 }],
    ['level', { currentLevel: 3 }],
    ['step', { stepSinceMs: 9 }],
  ] as const)('is stale where another %s has come', (_what, more) => {
    const row = rowAt(2, { ...WATCHED, stepSinceMs: 5 });
    const older = batchOf(row, [['error']]);
    const newer = batchOf({ ...row, ...more }, [['success', { servedLevel: 2 }]]);
    expect(mergeBatches(older, newer)).toBe(newer);
    expect(batchOf({ ...row, ...more }, [['success', { servedLevel: 2 }]], older)).toEqual(newer);
  });

  test('keeps the first time of a success that either has seen, and the least weight', () => {
    const { okMs: _okMs, ...unknown } = WATCHED;
    const timed = (durationMs: number | null) =>
      batchOf(rowAt(1, unknown), [['success', { durationMs }]]);
    expect(mergeBatches(timed(300), timed(500)).firstOkMs).toBe(300);
    expect(mergeBatches(timed(null), timed(500)).firstOkMs).toBe(500);
    const sampled = { ...unknown, sampleOneIn: 8, sampleUntilMs: AT_MS };
    const heavy = batchOf(rowAt(1, sampled), [['error']]);
    expect(mergeBatches(heavy, timed(1)).weight).toBe(1);
    expect(mergeBatches(timed(1), heavy).weight).toBe(1);
  });
});
