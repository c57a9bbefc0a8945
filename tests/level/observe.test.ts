/** What one outcome writes under a rate: the watch, the slots, the canaries, the probes. */
import { describe, expect, test } from 'vitest';
import { asSeen } from '../../lib/level/fence.ts';
import { observe } from '../../lib/level/observe.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { AT_MS, NAME, observedOn, rowAt } from './rows.ts';

const NOW = '2026-01-02T03:04:05.000Z';
const WATCHED = { watchSinceMs: AT_MS - 5_000, watchUntilMs: AT_MS + 15_000, okMs: 80 };
const METER = { [`W${NAME}`]: 1 };
const FIRST = { [`F${NAME}`]: AT_MS };

const write = (
  seen: LevelState,
  result: 'success' | 'error',
  more = {},
  policy: Policy = production,
) => observe(observedOn(seen, result, more), policy);

describe('an outcome under a rate', () => {
  test('a success that nobody watches for writes nothing', () => {
    expect(write(rowAt(1), 'success')).toBeNull();
    expect(write(rowAt(2), 'success')).toBeNull();
  });

  test('an error that nobody watched for starts the watch, and is no part of a rate', () => {
    expect(write(rowAt(1, { okMs: 40 }), 'error')).toEqual({
      expect: { kind: 'evidence', level: 1, epoch: 7, atMs: AT_MS, evidence: [] },
      set: {
        lastUpdated: NOW,
        watchSinceMs: AT_MS,
        watchUntilMs: AT_MS + 20_000,
        cautionUntilMs: AT_MS + 250 + 80,
      },
      setIfAbsent: { ...FIRST, run: 1 },
      add: METER,
      remove: [],
    });
  });

  test('while watched, an error counts, adds to the run and keeps the watch', () => {
    expect(write(rowAt(1, WATCHED), 'error')).toMatchObject({
      expect: { kind: 'evidence', level: 1, epoch: 7, atMs: AT_MS, evidence: [], mostOneIn: 4 },
      set: { lastUpdated: NOW, watchUntilMs: AT_MS + 20_000 },
      add: { ...METER, run: 1, [`E${NAME}`]: 1 },
      remove: [],
    });
  });

  test('while watched, a success counts and ends the run, but not the watch', () => {
    expect(write(rowAt(1, WATCHED), 'success')).toMatchObject({
      set: { lastUpdated: NOW, okMs: 80 },
      add: { ...METER, [`O${NAME}`]: 1 },
      remove: ['run'],
    });
  });

  test.each([
    [{ watchUntilMs: AT_MS - 100 }, false],
    [{ watchUntilMs: AT_MS - 99 }, true],
    // A run keeps it, or one request a minute would never be seen to fail.
    [{ watchUntilMs: AT_MS - 60_000, run: 1 }, true],
    // One that a clock a minute ahead began is begun anew by the next error.
    [{ watchUntilMs: AT_MS + 90_000, watchSinceMs: AT_MS - 101 + 60_000 }, true],
    [{ watchUntilMs: AT_MS + 90_000, watchSinceMs: AT_MS - 100 + 60_000 }, false],
  ])('%j is a watch: %s', (more, isWatched) => {
    expect(write(rowAt(1, more), 'success') !== null).toBe(isWatched);
  });

  test('the first success that is timed tells how long others may take', () => {
    const { okMs: _okMs, ...unknown } = WATCHED;
    const set = write(rowAt(1, unknown), 'success', { durationMs: 400 })?.set;
    expect(set).toMatchObject({ okMs: 400, cautionUntilMs: AT_MS - 5_000 + 250 + 800 });
    expect(write(rowAt(1, WATCHED), 'success')?.set).not.toHaveProperty('cautionUntilMs');
    const { watchSinceMs: _since, ...rest } = unknown;
    expect(write(rowAt(1, rest), 'success')?.set).not.toHaveProperty('cautionUntilMs');
  });

  test.each([
    [80, 160, 90],
    [80, 0, 70],
    [80, null, undefined],
  ])('the mean follows: %i and %s give %s', (okMs, durationMs, mean) => {
    const set = write(rowAt(1, { ...WATCHED, okMs }), 'success', { durationMs })?.set;
    expect(set?.['okMs']).toBe(mean);
  });

  test('slots that nobody looks at any more go along', () => {
    const old = rowAt(1, WATCHED, [
      [0, 1, 1],
      [9, 1, 1],
      [10, 1, 1],
      [200, 3, 0],
      [-2, 0, 2],
    ]);
    const name = (letter: string, age: number) => letter + (AT_MS / 1_000 - age).toString(36);
    expect(write(old, 'error')?.remove?.toSorted()).toEqual(
      [name('E', 10), name('O', 10), name('E', 200), name('O', -2)].toSorted(),
    );
  });

  test('a share in force is renewed, and what it stands for is counted', () => {
    const sampled = { ...WATCHED, sampleOneIn: 64, sampleBelow: '04000000' };
    const inForce = write(rowAt(1, { ...sampled, sampleUntilMs: AT_MS }), 'error');
    expect(inForce?.set['sampleUntilMs']).toBe(AT_MS + 30_000);
    expect(inForce?.add?.[`W${NAME}`]).toBe(64);
    expect(inForce?.expect).toMatchObject({ mostOneIn: 256 });
    const over = write(rowAt(1, { ...sampled, sampleUntilMs: AT_MS - 100 }), 'error');
    expect(over?.set).not.toHaveProperty('sampleUntilMs');
    expect(over?.add?.[`W${NAME}`]).toBe(1);
  });

  test('while a watch begins each counted one stands for sixteen', () => {
    const row = rowAt(1, { ...WATCHED, cautionUntilMs: AT_MS });
    expect(write(row, 'error')?.add?.[`W${NAME}`]).toBe(16);
  });

  test('an exercise of the degraded face is evidence of nothing', () => {
    expect(write(rowAt(1, WATCHED), 'error', { servedLevel: 2 })).toBeNull();
    expect(write(rowAt(1), 'error', { servedLevel: 2 }, classic)).toBeNull();
  });
});

describe('a canary', () => {
  const row = rowAt(2, { stepSinceMs: AT_MS - 4_000, rampStep: 0, watchUntilMs: AT_MS + 9_000 });

  test('counts for the full face alone, under the fence of its step', () => {
    expect(write(row, 'success', { servedLevel: 1 })).toEqual({
      expect: {
        kind: 'evidence',
        level: 2,
        epoch: 7,
        atMs: AT_MS,
        evidence: [asSeen('stepSinceMs', AT_MS - 4_000)],
      },
      set: { lastUpdated: NOW, nextCanaryAtMs: AT_MS + 10_000 },
      setIfAbsent: FIRST,
      add: { ...METER, canaryOk: 1 },
      remove: ['canaryRun'],
    });
  });

  test('that fails is no error of the degraded face', () => {
    const written = write(row, 'error', { servedLevel: 1 });
    expect(written?.add).toEqual({ ...METER, canaryErrors: 1, canaryRun: 1 });
    expect(written?.set).not.toHaveProperty('watchUntilMs');
  });

  test('of a row that knows no step demands that it still knows none', () => {
    expect(write(rowAt(2), 'success', { servedLevel: 1 })?.expect).toMatchObject({
      evidence: [asSeen('stepSinceMs', undefined)],
    });
  });

  test('is counted under counts with a ramp as well, and the degraded face lifts nothing', () => {
    const policy: Policy = { ...classic, ramp: [10] };
    expect(write(row, 'success', { servedLevel: 1 }, policy)?.add).toMatchObject({ canaryOk: 1 });
    expect(write(row, 'success', {}, policy)).toBeNull();
    expect(write(row, 'error', {}, policy)?.add).toEqual({ errorCount: 1 });
  });
});

describe('a success during the dwell, under counts', () => {
  const policy: Policy = { ...classic, dwellMs: 60_000 };

  test.each([
    [2, -100, true],
    [2, -99, false],
    [1, 1_000, true],
  ] as const)('at level %i, quiet until %i ms from now, is written: %s', (level, ms, isWritten) => {
    const row = rowAt(level, { errorCount: 3, quietUntilMs: AT_MS + ms });
    expect(write(row, 'success', {}, policy) !== null).toBe(isWritten);
  });
});

describe('a probe', () => {
  const outcome = { servedLevel: 2 } as const;
  // The random half of a fifth.
  const after = (ms: number) => AT_MS + ms * 1.1;

  test.each([
    ['success', 0, 5_000, undefined],
    ['success', 4, 5_000, undefined],
    ['error', 0, 10_000, 1],
    ['error', 1, 20_000, 2],
    ['error', 2, 30_000, 3],
    ['error', 30, 30_000, 31],
  ] as const)('%s after %i failures: the next in %i ms', (result, before, ms, failures) => {
    const seen = rowAt(3, before > 0 ? { probeFailures: before } : {});
    const written = write(seen, result, outcome);
    expect(written?.set['nextProbeAtMs']).toBe(after(ms));
    expect(written?.set['probeFailures']).toBe(failures);
    expect(written?.remove).toEqual(failures === undefined ? ['probeFailures'] : []);
  });

  test.each([
    [0, 5_000],
    [0.999, 5_999],
  ])('is spread upwards alone: %d gives %i ms', (random, ms) => {
    const given = { ...observedOn(rowAt(3), 'success', outcome), random };
    expect(observe(given, production)?.set['nextProbeAtMs']).toBe(AT_MS + ms);
  });

  test('that fails ends the streak, one that succeeds adds to it', () => {
    expect(write(rowAt(3), 'error', outcome)?.set['successCount']).toBe(0);
    expect(write(rowAt(3), 'success', outcome)?.add).toEqual({ successCount: 1 });
  });

  test('without an interval has no next time', () => {
    const written = write(rowAt(3), 'success', outcome, classic);
    expect(written?.set).toEqual({ lastUpdated: NOW });
    expect(written?.expect).toMatchObject({ evidence: [] });
    expect(written?.remove).toEqual([]);
  });
});
