/** What a row begins with at a level, and what goes: nothing of before is evidence of it. */
import { describe, expect, test } from 'vitest';
import { countsBeside, enterLevel, forgotten, nextStep } from '../../lib/level/enter.ts';
import type { Level } from '../../lib/level/level.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { slotNamesAround } from '../../lib/level/window.ts';
import { AT_MS, NAME, rowAt } from './rows.ts';

const enter = (row: LevelState, to: Level, policy: Policy) => enterLevel(row, to, policy, AT_MS);

/** Everything that a level has, as a row would hold it. */
const OF_A_LEVEL: Partial<LevelState> = {
  run: 1,
  watchSinceMs: 1,
  watchUntilMs: 1,
  cautionUntilMs: 1,
  quietUntilMs: 1,
  retryMs: 1,
  rampStep: 1,
  rampBelow: 'g',
  stepSinceMs: 1,
  canaryOk: 1,
  canaryErrors: 1,
  canaryRun: 1,
  nextCanaryAtMs: 1,
  nextProbeAtMs: 1,
  probeIntervalMs: 1,
  probeFailures: 1,
};

/** Everything that outlives it. */
const MEMORY: Partial<LevelState> = {
  okMs: 1,
  sampleOneIn: 1,
  sampleBelow: 'g',
  sampleUntilMs: 1,
  dwellMs: 1,
  climbedAtMs: 1,
  learnedErrors: 1,
  learnedRequests: 1,
  learnedUntilMs: 1,
};

describe('what goes with a level', () => {
  test('is what the row is known to hold, where nobody counts beside', () => {
    expect(enter(rowAt(1, MEMORY, [[0, 0, 0]]), 2, classic).remove).toEqual([]);
    expect(enter(rowAt(1, { run: 3, canaryOk: 1 }, [[0, 1, 2]]), 2, classic).remove).toEqual([
      'run',
      'canaryOk',
      `E${NAME}`,
      `O${NAME}`,
    ]);
  });

  test('is everything else, whatever the row is known to hold, where others count', () => {
    const { remove } = enter(rowAt(1), 1, production);
    const names = [...Object.keys(OF_A_LEVEL), ...slotNamesAround(production, AT_MS)];
    expect(remove.toSorted()).toEqual(names.toSorted());
  });

  test('is a slot out of the window too, once', () => {
    const old = rowAt(1, {}, [
      [50, 1, 1],
      [0, 1, 1],
    ]);
    const { remove } = enter(old, 1, production);
    expect(remove).toContain(`E${(AT_MS / 1_000 - 50).toString(36)}`);
    expect(new Set(remove).size).toBe(remove.length);
  });

  test.each([1, 2, 3] as const)('is nothing that level %i begins with', (to) => {
    const { set, remove } = enter(rowAt(1), to, production);
    expect(remove.filter((name) => name in set)).toEqual([]);
  });
});

test.each<[string, Partial<Policy>, boolean]>([
  ['counts alone', {}, false],
  ['a rate', { judge: 'rate' }, true],
  ['a ramp', { ramp: [5] }, true],
  ['probes one by one', { probeIntervalMs: 1 }, true],
])('under %s outcomes are counted beside: %s', (_what, change, isBeside) => {
  expect(countsBeside({ ...classic, ...change })).toBe(isBeside);
});

test('a policy forgets everything that another has left, but what it says itself', () => {
  const row = rowAt(2, {}, [[0, 1, 0]]);
  const names = [...Object.keys({ ...OF_A_LEVEL, ...MEMORY }), `E${NAME}`];
  expect(forgotten(row, {}).toSorted()).toEqual(names.toSorted());
  const kept = { rampBelow: '0', dwellMs: 1 };
  expect(forgotten(row, kept).toSorted()).toEqual(
    names.filter((name) => !(name in kept)).toSorted(),
  );
});

describe('what a level begins with', () => {
  const COUNTED = { errorCount: 0, successCount: 0 };
  const LATER = AT_MS + 30_000;
  const STEP = {
    rampStep: 0,
    rampBelow: '0ccccccc',
    stepSinceMs: LATER,
    nextCanaryAtMs: LATER + 10_000,
  };
  const WATCH = { watchSinceMs: AT_MS, watchUntilMs: AT_MS + 20_000 };
  const QUIET = { quietUntilMs: LATER };
  const PROBE = { probeIntervalMs: 5_000, nextProbeAtMs: AT_MS + 5_000 };
  const plain: Policy = { ...production, ramp: [], probeIntervalMs: 0, dwellMs: 0 };

  test.each<[string, LevelState, Level, Policy, Readonly<Record<string, unknown>>]>([
    ['1: nothing', rowAt(3), 1, production, {}],
    ['2 after a fall', rowAt(1), 2, production, { dwellMs: 30_000, ...QUIET, ...WATCH, ...STEP }],
    ['2 after a climb: no watch', rowAt(3), 2, production, { ...QUIET, ...STEP }],
    ['2 again, by a hand: no watch', rowAt(2), 2, production, { ...QUIET, ...STEP }],
    ['3 after a fall: no watch', rowAt(2), 3, production, { ...QUIET, ...PROBE }],
    ['3 from level 1', rowAt(1), 3, production, { dwellMs: 30_000, ...QUIET, ...PROBE }],
    ['2 without a dwell and a ramp', rowAt(1), 2, plain, WATCH],
    ['3 without an interval', rowAt(2), 3, plain, {}],
    [
      '2 where the row says no ramp',
      rowAt(3, { policy: { ramp: [] } }),
      2,
      plain,
      { rampBelow: '0' },
    ],
    ['2 where it says another thing', rowAt(3, { policy: { dwellMs: 0 } }), 2, plain, {}],
    ['2 where what it says is none', rowAt(3, { policy: 'ramp' }), 2, plain, {}],
    [
      '3 where the row says no interval',
      rowAt(2, { policy: { probeIntervalMs: 0 } }),
      3,
      plain,
      { probeIntervalMs: 0 },
    ],
    ['3 where it says another thing', rowAt(2, { policy: { dwellMs: 0 } }), 3, plain, {}],
  ])('%s', (_what, row, to, policy, begun) => {
    expect(enter(row, to, policy).set).toEqual({ currentLevel: to, ...COUNTED, ...begun });
  });
});

test('the step after the one that a row knows, or after the first', () => {
  expect(nextStep(rowAt(2), production, AT_MS).set).toMatchObject({ rampStep: 1 });
  expect(nextStep(rowAt(2, { rampStep: 1 }), production, AT_MS).set).toMatchObject({
    rampStep: 2,
    rampBelow: '80000000',
  });
});
