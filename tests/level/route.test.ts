/** Who serves a request, and whether its outcome is recorded: the table that the workflow is held to as well. */
import { describe, expect, test } from 'vitest';
import type { DeployedDirectives } from '../../lib/level/directives.ts';
import { directivesOf } from '../../lib/level/directives.ts';
import { classic, production } from '../../lib/level/policy.ts';
import { isRecorded, planOf, type Plan } from '../../lib/level/route.ts';
import type { Level } from '../../lib/level/level.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { AT_MS, rowAt } from './rows.ts';

const RATE = directivesOf(production);
const COUNTS = directivesOf(classic);
const EXERCISED: DeployedDirectives = { ...RATE, exerciseBelow: '80000000' };

const PLAIN = { canary: false, exercise: false, bypass: false, probe: 'none' } as const;
const FULL: Plan = { ...PLAIN, face: 'full' };
const DEGRADED: Plan = { ...PLAIN, face: 'degraded' };
const MAINTENANCE: Plan = { ...PLAIN, face: 'maintenance' };
const EXERCISE: Plan = { ...DEGRADED, exercise: true };
const CANARY: Plan = { ...FULL, canary: true };
const CLAIM: Plan = { ...MAINTENANCE, probe: 'claim' };
const EACH: Plan = { ...MAINTENANCE, probe: 'each' };

const PINNED = { override: { reason: 'drill' } };
const LATER = AT_MS + 1;
const [LOW, MIDDLE, HIGH] = ['00000000', '80000000', 'ffffffff'];

type Served = readonly [
  what: string,
  level: Level,
  row: Partial<LevelState>,
  deployed: DeployedDirectives,
  draw: string,
  plan: Plan,
];

describe('who serves', () => {
  test.each<Served>([
    ['the full face at level 1', 1, {}, RATE, LOW, FULL],
    ['a share of the degraded face', 1, {}, EXERCISED, LOW, EXERCISE],
    ['beyond which it is the full one', 1, {}, EXERCISED, MIDDLE, FULL],
    ['none of it while pinned', 1, PINNED, EXERCISED, LOW, FULL],
    ["the row's own share", 1, { exerciseBelow: 'g' }, RATE, HIGH, EXERCISE],
    ["the row's own none", 1, { exerciseBelow: '0' }, EXERCISED, LOW, FULL],
    ['the degraded face at level 2 without a ramp', 2, {}, COUNTS, LOW, DEGRADED],
    ['the next one that is safe tries the full face', 2, {}, RATE, HIGH, CANARY],
    ['and while pinned it does not', 2, PINNED, RATE, LOW, DEGRADED],
    ['its time has come', 2, { nextCanaryAtMs: AT_MS }, RATE, HIGH, CANARY],
    ['its time has not come', 2, { nextCanaryAtMs: LATER }, RATE, HIGH, DEGRADED],
    ['a draw of the share', 2, { nextCanaryAtMs: LATER }, RATE, LOW, CANARY],
    ['the bound itself is not below it', 2, { nextCanaryAtMs: LATER }, RATE, '0ccccccc', DEGRADED],
    ["the row's own step", 2, { nextCanaryAtMs: LATER, rampBelow: 'g' }, COUNTS, HIGH, CANARY],
    ["the row's own none of a ramp", 2, { rampBelow: '0' }, RATE, LOW, DEGRADED],
    ['none during the dwell', 2, { quietUntilMs: LATER }, RATE, LOW, DEGRADED],
    ['and then again', 2, { quietUntilMs: AT_MS }, RATE, LOW, CANARY],
    ['nobody at level 3 but probes, one by one', 3, {}, RATE, HIGH, CLAIM],
    ['its time has come there', 3, { nextProbeAtMs: AT_MS }, RATE, HIGH, CLAIM],
    ['its time has not come there', 3, { nextProbeAtMs: LATER }, RATE, LOW, MAINTENANCE],
    ['each without an interval', 3, { nextProbeAtMs: LATER }, COUNTS, HIGH, EACH],
    ["the row's own interval", 3, { probeIntervalMs: 9 }, COUNTS, HIGH, CLAIM],
    ["the row's own none of it", 3, { probeIntervalMs: 0 }, RATE, HIGH, EACH],
    ['no probe while pinned', 3, PINNED, RATE, LOW, MAINTENANCE],
    ['nor each', 3, PINNED, COUNTS, LOW, MAINTENANCE],
    [
      'a share of the claims',
      3,
      { sampleUntilMs: LATER, sampleBelow: MIDDLE },
      RATE,
      '7fffffff',
      CLAIM,
    ],
    [
      'and no more of them',
      3,
      { sampleUntilMs: LATER, sampleBelow: MIDDLE },
      RATE,
      MIDDLE,
      MAINTENANCE,
    ],
    ['all of a share that says none', 3, { sampleUntilMs: LATER }, RATE, HIGH, CLAIM],
    ['all once it is over', 3, { sampleUntilMs: AT_MS, sampleBelow: MIDDLE }, RATE, HIGH, CLAIM],
  ])('%s', (_what, level, row, deployed, draw, plan) => {
    const asked = { safe: true, bypass: false };
    expect(planOf(rowAt(level, row), deployed, asked, AT_MS, () => draw)).toEqual(plan);
  });

  test('one that is not safe waits for its share', () => {
    const plan = (draw: string) =>
      planOf(rowAt(2), RATE, { safe: false, bypass: false }, AT_MS, () => draw);
    expect(plan(HIGH)).toEqual(DEGRADED);
    expect(plan(LOW)).toEqual(CANARY);
  });

  test.each([1, 2, 3] as const)('the full face past level %i', (level) => {
    const asked = { safe: true, bypass: true };
    const plan = planOf(rowAt(level, PINNED), EXERCISED, asked, AT_MS, () => LOW);
    expect(plan).toEqual({ ...FULL, bypass: true });
  });

  test('no draw is made where none decides', () => {
    const draw = () => expect.unreachable('it drew');
    const asked = { safe: true, bypass: false };
    for (const level of [1, 2, 3] as const) planOf(rowAt(level), RATE, asked, AT_MS, draw);
    expect(planOf(rowAt(1), COUNTS, asked, AT_MS, draw)).toEqual(FULL);
  });
});

test('no draw decides what all are counted of', () => {
  const draw = () => expect.unreachable('it drew');
  expect(isRecorded(rowAt(1), RATE, FULL, 'error', AT_MS, draw)).toBe(true);
});

type Recorded = readonly [
  what: string,
  level: Level,
  row: Partial<LevelState>,
  deployed: DeployedDirectives,
  plan: Plan,
  result: 'success' | 'error' | 'none',
  draw: string,
  isRecorded: boolean,
];

const WATCHED = { watchUntilMs: LATER };
const SHARED = { ...WATCHED, sampleUntilMs: LATER, sampleBelow: MIDDLE };

describe('whether it is recorded', () => {
  test.each<Recorded>([
    ['an error', 1, {}, RATE, FULL, 'error', HIGH, true],
    ['what shows nothing', 1, WATCHED, RATE, FULL, 'none', LOW, false],
    ['a success that nobody watches for', 1, {}, RATE, FULL, 'success', LOW, false],
    ['one that is watched for', 1, WATCHED, RATE, FULL, 'success', HIGH, true],
    ['one after the watch', 1, { watchUntilMs: AT_MS }, RATE, FULL, 'success', LOW, false],
    ['an exercise', 1, WATCHED, RATE, EXERCISE, 'error', LOW, false],
    ['past the level', 1, WATCHED, RATE, { ...FULL, bypass: true }, 'error', LOW, false],
    ['while pinned', 1, { ...WATCHED, ...PINNED }, RATE, FULL, 'error', LOW, false],
    ['a probe', 3, {}, RATE, CLAIM, 'success', HIGH, true],
    ['a probe, whatever is counted', 3, SHARED, RATE, CLAIM, 'success', HIGH, true],
    ['a probe while pinned', 3, PINNED, RATE, CLAIM, 'success', LOW, false],
    ['a canary', 2, {}, RATE, CANARY, 'success', HIGH, true],
    ['what a share counts', 1, SHARED, RATE, FULL, 'error', '7fffffff', true],
    ['what it leaves out', 1, SHARED, RATE, FULL, 'error', MIDDLE, false],
    ['of successes too', 1, SHARED, RATE, FULL, 'success', MIDDLE, false],
    ['of canaries too', 2, SHARED, RATE, CANARY, 'success', MIDDLE, false],
    ['counts: a success without errors', 1, {}, COUNTS, FULL, 'success', LOW, false],
    ['counts: one after an error', 1, { errorCount: 1 }, COUNTS, FULL, 'success', HIGH, true],
    ['counts: one at level 2', 2, {}, COUNTS, DEGRADED, 'success', HIGH, true],
    ['counts: in the dwell', 2, { quietUntilMs: LATER }, COUNTS, DEGRADED, 'success', LOW, false],
    ['counts: after it', 2, { quietUntilMs: AT_MS }, COUNTS, DEGRADED, 'success', LOW, true],
    ['counts: on a ramp', 2, { rampBelow: 'g' }, COUNTS, DEGRADED, 'success', LOW, false],
    [
      'counts: on a deployed ramp',
      2,
      {},
      { ...COUNTS, rampBelow: MIDDLE },
      DEGRADED,
      'success',
      LOW,
      false,
    ],
    ['a row that counts', 1, { ...WATCHED, judge: 'counts' }, RATE, FULL, 'success', LOW, false],
    ['a row that does not', 1, { ...WATCHED, judge: 'rate' }, COUNTS, FULL, 'success', LOW, true],
  ])('%s', (_what, level, row, deployed, plan, result, draw, expected) => {
    const state = rowAt(level, row);
    expect(isRecorded(state, deployed, plan, result, AT_MS, () => draw)).toBe(expected);
  });
});
