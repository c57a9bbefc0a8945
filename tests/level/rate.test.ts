/** The rules of a rate: when errors are enough for a fall, and when it is too soon to say. */
import { describe, expect, test } from 'vitest';
import { evaluate, type Verdict } from '../../lib/level/evaluate.ts';
import { atLeast } from '../../lib/level/fence.ts';
import { production, type Policy } from '../../lib/level/policy.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { AT_MS, rowAt, type Counts } from './rows.ts';

const judge = (state: LevelState, policy: Policy = production, atMs = AT_MS) =>
  evaluate({ state, policy, atMs });

const STAY: Verdict = { kind: 'stay' };
const byRate = (to: 2 | 3): Verdict => ({ kind: 'move', to, reason: 'error-rate', evidence: [] });
const byRun = (to: 2 | 3): Verdict => {
  return { kind: 'move', to, reason: 'consecutive-errors', evidence: [atLeast('run', 5)] };
};

/** Watched for long enough. */
const SETTLED = { watchSinceMs: AT_MS - 60_000, watchUntilMs: AT_MS + 20_000 };

type Rule = readonly [rule: string, counts: readonly Counts[], run: number, verdict: Verdict];

const LEVEL_1: readonly Rule[] = [
  ['nothing was counted', [], 0, STAY],
  ['a rate of all, of too few', [[0, 19, 0]], 4, STAY],
  ['too few for a rate, and a run one short', [[0, 4, 15]], 4, STAY],
  ['too few for a rate, and a run', [[0, 5, 0]], 5, byRun(2)],
  ['a run that the window has forgotten', [[10, 5, 0]], 5, byRun(2)],
  ['a run where a rate can tell', [[0, 5, 60]], 5, STAY],
  ['enough requests and the threshold', [[0, 10, 30]], 0, byRate(2)],
  ['one success more', [[0, 10, 31]], 0, STAY],
  ['the threshold, of one error too few', [[0, 9, 27]], 0, STAY],
  ['half of twenty', [[0, 10, 10]], 0, byRate(2)],
  [
    'spread over the window',
    [
      [0, 5, 15],
      [9, 5, 15],
    ],
    0,
    byRate(2),
  ],
  [
    'a part of it one slot too old',
    [
      [0, 5, 15],
      [10, 5, 15],
    ],
    0,
    STAY,
  ],
  [
    'written by a clock that is ahead',
    [
      [0, 5, 15],
      [-1, 5, 15],
    ],
    0,
    STAY,
  ],
  [
    'early: seven of seven in the last slot, behind a clean window',
    [
      [0, 7, 0],
      [5, 0, 900],
    ],
    7,
    byRate(2),
  ],
  [
    'early: six of six are too few',
    [
      [0, 6, 0],
      [5, 0, 900],
    ],
    6,
    STAY,
  ],
  // 0.25 × 24 + 3 × √(0.25 × 0.75 × 24) = 12.4
  [
    'early: 13 of 24 in two slots',
    [
      [0, 7, 5],
      [1, 6, 6],
      [5, 0, 900],
    ],
    0,
    byRate(2),
  ],
  [
    'early: 12 of 24 could be chance',
    [
      [0, 6, 6],
      [1, 6, 6],
      [5, 0, 900],
    ],
    0,
    STAY,
  ],
  // 0.25 × 48 + 3 × √(0.25 × 0.75 × 48) = 21
  [
    'early: 21 of 48, which is the bound itself',
    [
      [0, 21, 27],
      [5, 0, 900],
    ],
    0,
    byRate(2),
  ],
  ['a fifth of any number', [[0, 2_000, 8_000]], 0, STAY],
  ['a quarter of any number', [[0, 2_500, 7_500]], 0, byRate(2)],
];

const LEVEL_2: readonly Rule[] = [
  ['nothing was counted', [], 0, STAY],
  ['a quarter', [[0, 25, 75]], 0, STAY],
  ['just below half', [[0, 49, 51]], 0, STAY],
  ['half', [[0, 50, 50]], 0, byRate(3)],
  ['a run of too few for a rate', [[0, 5, 0]], 5, byRun(3)],
];

describe('what leads to level 2', () => {
  test.each(LEVEL_1)('%s', (_rule, counts, run, verdict) => {
    expect(judge(rowAt(1, { ...SETTLED, ...(run > 0 && { run }) }, counts))).toEqual(verdict);
  });
});

test('successes clear nothing of what another policy has counted', () => {
  expect(judge(rowAt(1, { ...SETTLED, errorCount: 3, successCount: 99 }))).toEqual(STAY);
});

describe('what leads to level 3', () => {
  test.each(LEVEL_2)('%s', (_rule, counts, run, verdict) => {
    const quietUntilMs = AT_MS + 10_000;
    const row = rowAt(2, { ...SETTLED, quietUntilMs, ...(run > 0 && { run }) }, counts);
    expect(judge(row)).toEqual(verdict);
  });

  test('nothing leads lower than level 3, and no rate is judged there', () => {
    expect(judge(rowAt(3, { ...SETTLED, run: 99 }, [[0, 99, 0]]))).toEqual(STAY);
  });
});

describe('no verdict before it has settled', () => {
  const FAILING: readonly Counts[] = [[0, 40, 0]];

  test.each([
    [{ watchSinceMs: AT_MS - 249 }, STAY],
    [{ watchSinceMs: AT_MS - 250 }, byRate(2)],
    // Later ones wait for twice the time of a success as well.
    [{ watchSinceMs: AT_MS - 250 - 599, okMs: 300 }, STAY],
    [{ watchSinceMs: AT_MS - 250 - 600, okMs: 300 }, byRate(2)],
    // Once all are counted, their errors come first again.
    [{ watchSinceMs: AT_MS - 9_000, okMs: 300, cautionUntilMs: AT_MS - 299 }, STAY],
    [{ watchSinceMs: AT_MS - 9_000, okMs: 300, cautionUntilMs: AT_MS - 300 }, byRate(2)],
    [{ watchSinceMs: AT_MS - 9_000, cautionUntilMs: AT_MS + 1 }, STAY],
  ] as const)('%j', (more, verdict) => {
    expect(judge(rowAt(1, { watchUntilMs: AT_MS + 1, ...more }, FAILING))).toEqual(verdict);
  });

  test('a run waits for it too', () => {
    const run = (sinceMs: number) => rowAt(1, { run: 5, watchSinceMs: AT_MS - sinceMs });
    expect(judge(run(249))).toEqual(STAY);
    expect(judge(run(250))).toEqual(byRun(2));
  });

  test('settleMs is the policy\u2019s', () => {
    const row = rowAt(1, { watchSinceMs: AT_MS - 999, watchUntilMs: AT_MS + 1 }, FAILING);
    expect(judge(row, { ...production, settleMs: 1_000 })).toEqual(STAY);
    expect(judge(row, { ...production, settleMs: 999 })).toEqual(byRate(2));
  });
});

test.each([
  ['degradePercent', { degradePercent: 60 }, 1, [[0, 50, 50]], STAY],
  ['maintenancePercent', { maintenancePercent: 40 }, 2, [[0, 40, 60]], byRate(3)],
  ['minimumRequests', { minimumRequests: 10 }, 1, [[0, 10, 0]], byRate(2)],
  [
    'minimumErrors',
    { minimumErrors: 30 },
    1,
    [
      [0, 29, 80],
      [1, 0, 7],
    ],
    STAY,
  ],
  ['consecutiveErrors', { consecutiveErrors: 9 }, 1, [[0, 6, 0]], STAY],
  ['windowMs', { windowMs: 60_000 }, 1, [], STAY],
] as const)('%s is the policy\u2019s', (_field, change, level, counts, verdict) => {
  const policy: Policy = { ...production, ...change };
  const row = rowAt(level, { ...SETTLED, run: 6, quietUntilMs: AT_MS + 1 }, counts);
  const given = counts.length === 0 ? { ...row, run: 0 } : row;
  expect(judge(given, policy)).toEqual(verdict);
});
