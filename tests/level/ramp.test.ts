/** The rules of the way up: the dwell, the steps of the ramp, the canaries, the probes at level 3. */
import { describe, expect, test } from 'vitest';
import { evaluate, type Verdict } from '../../lib/level/evaluate.ts';
import { claimProbe } from '../../lib/level/claim.ts';
import { asSeen, atLeast, atMost } from '../../lib/level/fence.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import type { Level } from '../../lib/level/level.ts';
import { isRamping } from '../../lib/level/ramp.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { applyVerdict, moveLevel, pin, reset } from '../../lib/level/writes.ts';
import { AT_MS, rowAt } from './rows.ts';

const judge = (state: LevelState, policy: Policy = production) =>
  evaluate({ state, policy, atMs: AT_MS });

/** What the verdict writes of a row; null where it writes nothing. */
const written = (state: LevelState, policy: Policy = production) =>
  applyVerdict(state, judge(state, policy), policy, AT_MS);

const STAY: Verdict = { kind: 'stay' };

type Step = readonly [
  rule: string,
  ageMs: number,
  ok: number,
  errors: number,
  run: number,
  verdict: 'stay' | 'next-step' | 'retreat',
];

const STEPS: readonly Step[] = [
  ['nothing was tried', 99_000, 0, 0, 0, 'stay'],
  ['enough and long enough', 10_000, 20, 0, 0, 'next-step'],
  ['enough, too soon', 9_999, 20, 0, 0, 'stay'],
  ['long enough, one too few', 29_999, 19, 0, 0, 'stay'],
  ['an eighth of errors', 10_000, 21, 3, 0, 'next-step'],
  ['more than an eighth', 10_000, 20, 3, 0, 'stay'],
  [
    'little traffic: three without an error in three times its length',
    30_000,
    3,
    0,
    0,
    'next-step',
  ],
  ['little traffic: two', 30_000, 2, 0, 0, 'stay'],
  ['little traffic: one error in it', 30_000, 8, 1, 0, 'stay'],
  ['a quarter of errors, at once', 0, 9, 3, 0, 'retreat'],
  ['below a quarter', 0, 10, 3, 0, 'stay'],
  ['two errors are no proof', 0, 0, 2, 2, 'stay'],
  ['ten errors in a row, whatever went before', 0, 100, 10, 10, 'retreat'],
  ['nine in a row', 0, 100, 9, 9, 'stay'],
  ['neither good nor bad, for six times its length', 60_000, 5, 1, 0, 'retreat'],
  ['the same a moment sooner', 59_999, 5, 1, 0, 'stay'],
  ['good but few, for six times its length', 60_000, 2, 0, 0, 'stay'],
];

describe('a step of the ramp', () => {
  test.each(STEPS)('%s', (_rule, ageMs, ok, errors, run, kind) => {
    const counts = { canaryOk: ok, canaryErrors: errors, canaryRun: run };
    const row = rowAt(2, { rampStep: 1, stepSinceMs: AT_MS - ageMs, ...counts });
    const verdict = judge(row);
    expect(verdict.kind).toBe(kind);
    if (verdict.kind === 'stay') return;
    const sameStep = asSeen('stepSinceMs', AT_MS - ageMs);
    const limit = kind === 'retreat' ? atLeast : atMost;
    expect(verdict.evidence).toEqual([sameStep, limit('canaryErrors', errors)]);
  });

  const DONE = { canaryOk: 20, stepSinceMs: AT_MS - 10_000 };

  test('the last good one leads to level 1', () => {
    expect(judge(rowAt(2, { ...DONE, rampStep: 2 }))).toEqual({
      kind: 'move',
      to: 1,
      reason: 'ramp',
      evidence: [asSeen('stepSinceMs', AT_MS - 10_000), atMost('canaryErrors', 0)],
    });
  });

  test('none is judged during the dwell', () => {
    const row = (quietUntilMs: number) => rowAt(2, { ...DONE, rampStep: 2, quietUntilMs });
    expect(judge(row(AT_MS + 1))).toEqual(STAY);
    expect(judge(row(AT_MS)).kind).toBe('move');
  });

  test('the errors of the degraded face go before it', () => {
    const row = rowAt(2, { ...DONE, rampStep: 2, run: 5, watchSinceMs: AT_MS - 9_000 });
    expect(judge(row)).toMatchObject({ to: 3 });
  });

  test('successes of the degraded face lift nothing', () => {
    expect(judge(rowAt(2, { successCount: 999 }))).toEqual(STAY);
    expect(judge(rowAt(2, { successCount: 10 }), classic)).toMatchObject({ to: 1 });
  });

  test('the next one has its own share, begin and counts', () => {
    const write = written(rowAt(2, { ...DONE, rampStep: 0, retryMs: 60_000 }));
    expect(write?.set).toEqual({
      rampStep: 1,
      rampBelow: '40000000',
      stepSinceMs: AT_MS,
      nextCanaryAtMs: AT_MS + 10_000,
      lastUpdated: '2026-01-02T03:04:05.000Z',
    });
    expect(write?.remove).toEqual(['canaryOk', 'canaryErrors', 'canaryRun', 'retryMs']);
  });

  test('a row of another ramp, beyond the end of this one, goes on to level 1', () => {
    expect(judge(rowAt(2, { ...DONE, rampStep: 7 }))).toMatchObject({ kind: 'move', to: 1 });
  });

  const BAD = { canaryErrors: 3, stepSinceMs: AT_MS - 5_000 };

  test.each([
    ['a first one is tried again after the dwell', 0, {}, 30_000, { retryMs: 60_000 }],
    ['then later', 0, { retryMs: 60_000 }, 60_000, { retryMs: 120_000 }],
    ['and at most four dwells later', 0, { retryMs: 120_000 }, 120_000, { retryMs: 120_000 }],
    ['a later one doubles the dwell', 1, {}, 60_000, { dwellMs: 60_000 }],
    ['again', 2, { dwellMs: 60_000 }, 120_000, { dwellMs: 120_000 }],
    ['up to its cap', 2, { dwellMs: 200_000 }, 300_000, { dwellMs: 300_000 }],
  ] as const)('a failed one: %s', (_rule, rampStep, more, pauseMs, pause) => {
    const write = written(rowAt(2, { ...BAD, ...more, rampStep }));
    expect(write?.set).toEqual({
      ...pause,
      quietUntilMs: AT_MS + pauseMs,
      rampStep: 0,
      rampBelow: '0ccccccc',
      stepSinceMs: AT_MS + pauseMs,
      nextCanaryAtMs: AT_MS + pauseMs + 10_000,
      lastUpdated: '2026-01-02T03:04:05.000Z',
    });
    expect(write?.remove).toEqual(['canaryOk', 'canaryErrors', 'canaryRun']);
  });
});

test.each<[string, Level, Policy, Partial<LevelState>, boolean]>([
  ['at level 2', 2, production, {}, true],
  ['at its begin', 2, production, { quietUntilMs: AT_MS }, true],
  ['in the dwell', 2, production, { quietUntilMs: AT_MS + 1 }, false],
  ['at level 1', 1, production, {}, false],
  ['at level 3', 3, production, {}, false],
  ['without a ramp', 2, classic, {}, false],
])('the full face is tried %s of %i', (_what, level, policy, row, is) => {
  expect(isRamping(rowAt(level, row), policy, AT_MS)).toBe(is);
});

test('a probe is claimed by whoever moves its time on first', () => {
  const claim = (row: LevelState) => claimProbe(row, 5_000, AT_MS);
  const fence = { kind: 'evidence', level: 3, epoch: 7, atMs: AT_MS } as const;
  const seen = { attribute: 'nextProbeAtMs', is: '=', value: AT_MS - 9 };
  expect(claim(rowAt(3, { nextProbeAtMs: AT_MS - 9 }))).toEqual({
    expect: { ...fence, evidence: [seen] },
    set: { nextProbeAtMs: AT_MS + 5_000 },
  });
  expect(claim(rowAt(3)).expect).toEqual({ ...fence, evidence: [{ ...seen, value: undefined }] });
});

describe('the dwell after a fall', () => {
  const fall = (more: Partial<LevelState>, policy: Policy = production) =>
    moveLevel(rowAt(1, more), { to: 2, reason: 'error-rate' }, policy, AT_MS).set;

  test.each([
    ['the first time', {}, 30_000],
    ['long after a climb', { climbedAtMs: AT_MS - 300_000, dwellMs: 120_000 }, 30_000],
    ['soon after one', { climbedAtMs: AT_MS - 299_999 }, 60_000],
    ['soon again', { climbedAtMs: AT_MS - 1, dwellMs: 60_000 }, 120_000],
    ['up to its cap', { climbedAtMs: AT_MS - 1, dwellMs: 240_000 }, 300_000],
  ])('%s', (_rule, more, dwellMs) => {
    expect(fall(more)).toMatchObject({
      dwellMs,
      quietUntilMs: AT_MS + dwellMs,
      rampStep: 0,
      stepSinceMs: AT_MS + dwellMs,
      nextCanaryAtMs: AT_MS + dwellMs + 10_000,
      // The degraded face is counted at once.
      watchSinceMs: AT_MS,
      watchUntilMs: AT_MS + 20_000,
    });
  });

  test('is kept on the way to level 3, and on the way back', () => {
    const dwelling = { dwellMs: 120_000 };
    const down = moveLevel(rowAt(2, dwelling), { to: 3, reason: 'errors' }, production, AT_MS).set;
    expect(down).toMatchObject({ quietUntilMs: AT_MS + 120_000, nextProbeAtMs: AT_MS + 5_000 });
    const up = moveLevel(rowAt(3, dwelling), { to: 2, reason: 'probes' }, production, AT_MS).set;
    expect(up).toMatchObject({ quietUntilMs: AT_MS + 120_000, rampStep: 0 });
    expect(up['watchSinceMs']).toBeUndefined();
  });

  test('works alone, on top of counts', () => {
    const policy: Policy = { ...classic, dwellMs: 5_000 };
    const set = fall({}, policy);
    expect(set).toMatchObject({ errorCount: 5, quietUntilMs: AT_MS + 5_000 });
    expect(set['rampStep']).toBeUndefined();
    const waiting = rowAt(2, { errorCount: 5, successCount: 10, quietUntilMs: AT_MS + 1 });
    expect(judge(waiting, policy)).toEqual(STAY);
    expect(judge({ ...waiting, quietUntilMs: AT_MS }, policy)).toMatchObject({ to: 1 });
  });

  test('is not there without one', () => {
    expect(fall({}, classic)['quietUntilMs']).toBeUndefined();
  });

  test('a climb is remembered, a pin or a reset is not', () => {
    const state = rowAt(2);
    const row = {
      state,
      fence: { kind: 'as-read', currentLevel: 2, epoch: 7 },
      malformed: [],
    } as const;
    const climb = moveLevel(state, { to: 1, reason: 'ramp' }, production, AT_MS).set;
    const pinned = pin(row, { level: 1, override: { reason: '' } }, production, AT_MS).set;
    expect(climb['climbedAtMs']).toBe(AT_MS);
    expect(pinned['climbedAtMs']).toBeUndefined();
    expect(reset(row, {}, production, AT_MS).set['climbedAtMs']).toBeUndefined();
  });

  test('nothing of a level outlives it, the share and the mean of a success do', () => {
    const full = rowAt(
      2,
      { run: 3, retryMs: 1, canaryOk: 9, canaryErrors: 1, canaryRun: 1, sampleOneIn: 4, okMs: 9 },
      [[0, 3, 4]],
    );
    const { set, remove = [] } = moveLevel(full, { to: 1, reason: 'ramp' }, production, AT_MS);
    const gone = [
      'run',
      'watchSinceMs',
      'watchUntilMs',
      'quietUntilMs',
      'retryMs',
      'rampStep',
      'stepSinceMs',
      'canaryOk',
      'canaryErrors',
      'canaryRun',
      'nextCanaryAtMs',
      'override',
    ];
    expect(remove).toEqual(expect.arrayContaining(gone));
    for (const name of ['sampleOneIn', 'okMs', 'dwellMs']) expect(remove).not.toContain(name);
    expect(Object.keys(set).filter((name) => remove.includes(name))).toEqual([]);
  });
});

describe('level 3', () => {
  test.each([
    [2, 0, STAY],
    [3, 0, { kind: 'move', to: 2, reason: 'probes', evidence: [atLeast('successCount', 3)] }],
    [3, 1, STAY],
  ] as const)('%i probes, %i ms before the dwell is over', (successCount, leftMs, verdict) => {
    expect(judge(rowAt(3, { successCount, quietUntilMs: AT_MS + leftMs }))).toEqual(verdict);
  });
});
