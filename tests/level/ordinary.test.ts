/** What a scope learns of its ordinary errors, what deviates from it, and what it can never learn. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, type Verdict } from '../../lib/level/evaluate.ts';
import { observe } from '../../lib/level/observe.ts';
import {
  deviationShareOf,
  fallShareOf,
  isUnlikely,
  learnedBy,
  ordinaryOf,
} from '../../lib/level/ordinary.ts';
import { adaptive, production, type Policy } from '../../lib/level/policy.ts';
import { judgeStep } from '../../lib/level/ramp.ts';
import type { Learned, LevelState } from '../../lib/level/state.ts';
import { AT_MS, observedOn, rowAt, type Counts } from './rows.ts';

const SETTLED = { watchSinceMs: AT_MS - 60_000, watchUntilMs: AT_MS + 20_000 };
const STAY: Verdict = { kind: 'stay' };
const moved = (reason: 'error-rate' | 'error-deviation'): Verdict => {
  return { kind: 'move', to: 2, reason, evidence: [] };
};

const learnedOf = (learnedErrors: number, learnedRequests: number): Learned => {
  return { learnedErrors, learnedRequests, learnedUntilMs: AT_MS - 3_000 };
};

const judge = (learned: Learned, counts: readonly Counts[], policy: Policy = adaptive) =>
  evaluate({ state: rowAt(1, { ...SETTLED, ...learned }, counts), policy, atMs: AT_MS });

describe('what leads to level 2 by what is ordinary', () => {
  test.each<[string, Learned, Counts, Verdict]>([
    ['far more than ordinary', learnedOf(10, 10_000), [0, 10, 90], moved('error-deviation')],
    ['the floor', learnedOf(10, 10_000), [0, 10, 190], moved('error-deviation')],
    ['one success more than the floor', learnedOf(10, 10_000), [0, 10, 191], STAY],
    ['too few errors', learnedOf(10, 10_000), [0, 6, 40], STAY],
    ['seven of few at once', learnedOf(10, 10_000), [0, 7, 33], moved('error-deviation')],
    ['too little is known', learnedOf(0, 1_999), [0, 10, 90], STAY],
    ['just enough is known', learnedOf(0, 2_000), [0, 10, 90], moved('error-deviation')],
    ['nothing is known', {}, [0, 10, 90], STAY],
    // Of 4 % ordinary, 12 % are three times it: at 200 requests, 24 errors are, and 6 deviations are 8 + 16.8.
    ['three times ordinary, which chance may make', learnedOf(4_000, 100_000), [0, 24, 176], STAY],
    [
      'three times ordinary, of so many that chance may not',
      learnedOf(4_000, 100_000),
      [0, 120, 880],
      moved('error-deviation'),
    ],
    ['less than three times it', learnedOf(4_000, 100_000), [0, 110, 890], STAY],
    ['what is known well', learnedOf(1_600, 100_000), [0, 18, 282], moved('error-deviation')],
    ['the same of fewer, which is known less well', learnedOf(32, 2_000), [0, 18, 282], STAY],
    [
      'a quarter, whatever is ordinary',
      learnedOf(60_000, 100_000),
      [0, 25, 75],
      moved('error-rate'),
    ],
    ['below a quarter, where a tenth is ordinary', learnedOf(10_000, 100_000), [0, 24, 76], STAY],
    ['the same, of so many that it is not chance', learnedOf(10_000, 100_000), [0, 96, 304], STAY],
  ])('%s', (_title, learned, counts, verdict) => {
    expect(judge(learned, [counts])).toEqual(verdict);
  });

  test('a policy that does not learn ignores what another has', () => {
    expect(judge(learnedOf(10, 10_000), [[0, 10, 90]], production)).toEqual(STAY);
  });

  test('level 2 falls by its own threshold alone: it is another face', () => {
    const row = rowAt(2, { ...SETTLED, ...learnedOf(0, 9_000), quietUntilMs: AT_MS + 1 }, [
      [0, 40, 60],
    ]);
    expect(evaluate({ state: row, policy: adaptive, atMs: AT_MS })).toEqual(STAY);
  });

  test('it waits until the watch has settled, as a rate does', () => {
    const young = { ...learnedOf(10, 10_000), watchSinceMs: AT_MS - 249 };
    expect(judge(young, [[0, 10, 90]])).toEqual(STAY);
  });
});

describe('a step of the ramp', () => {
  const step = (canaryOk: number, canaryErrors: number, policy: Policy) =>
    judgeStep(
      rowAt(2, { ...learnedOf(10, 10_000), canaryOk, canaryErrors, stepSinceMs: AT_MS - 10_000 }),
      policy,
      AT_MS,
    ).kind;

  test.each([
    [20, 1, 'good', 'good'],
    // Half of 5 %, which level 1 would fall from.
    [78, 2, 'good', 'good'],
    [77, 2, 'good', 'wait'],
    [90, 10, 'good', 'wait'],
    [6, 2, 'wait', 'wait'],
  ])(
    'of %i and %i errors is %s, and %s where level 1 falls from 5 %%',
    (ok, errors, fixed, learned) => {
      expect(step(ok, errors, production)).toBe(fixed);
      expect(step(ok, errors, adaptive)).toBe(learned);
    },
  );
});

test.each([
  [5, 5, 1, true],
  [4, 5, 1, false],
  [0, 5, 0, true],
])('%i errors of %i are unlikely where %i is ordinary: %s', (errors, requests, share, is) => {
  expect(isUnlikely({ errors, requests }, { share, requests: 2_000 })).toBe(is);
});

describe('the share that level 1 falls from', () => {
  const share = (change: Partial<Policy>) =>
    deviationShareOf(rowAt(1, learnedOf(10, 10_000)), { ...adaptive, ...change });

  test('is that of a policy which learns, below its fixed one', () => {
    expect(share({})).toBe(0.05);
    expect(share({ judge: 'counts' })).toBeNull();
    expect(share({ deviationPercent: 0 })).toBeNull();
    expect(share({ deviationPercent: 24 })).toBe(0.24);
    expect(share({ deviationPercent: 25 })).toBeNull();
  });
});

describe('what is learned', () => {
  const COUNTS: readonly Counts[] = [
    [0, 1, 1],
    [2, 1, 2],
    [3, 2, 30],
    [5, 1, 40],
  ];
  const HALF = { learnedErrors: 1, learnedRequests: 10, learnedUntilMs: AT_MS - 4_000 };

  test.each<[string, Learned, readonly Counts[], Learned]>([
    [
      'every slot that is complete',
      {},
      COUNTS,
      { learnedErrors: 3, learnedRequests: 73, learnedUntilMs: AT_MS - 2_000 },
    ],
    [
      'none twice',
      HALF,
      COUNTS,
      { learnedErrors: 3, learnedRequests: 42, learnedUntilMs: AT_MS - 2_000 },
    ],
    [
      'none that is not complete',
      {},
      [
        [0, 5, 5],
        [2, 5, 5],
      ],
      {},
    ],
    ['nothing where all was', { ...HALF, learnedUntilMs: AT_MS - 2_000 }, COUNTS, {}],
    [
      'again from the begin, where a clock was a minute ahead',
      { ...HALF, learnedUntilMs: AT_MS + 60_000 },
      [[4, 1, 9]],
      { learnedErrors: 2, learnedRequests: 20, learnedUntilMs: AT_MS - 3_000 },
    ],
    ['but not where it may be right', { ...HALF, learnedUntilMs: AT_MS + 59_999 }, COUNTS, {}],
    [
      'with all its weight up to a number',
      { learnedErrors: 1_000, learnedRequests: 99_990, learnedUntilMs: AT_MS - 9_000 },
      [[4, 2, 8]],
      { learnedErrors: 1_002, learnedRequests: 100_000, learnedUntilMs: AT_MS - 3_000 },
    ],
    [
      'old ones with half the weight, once there are many',
      { learnedErrors: 1_000, learnedRequests: 100_000, learnedUntilMs: AT_MS - 9_000 },
      [[4, 2, 0]],
      { learnedErrors: 501, learnedRequests: 50_001, learnedUntilMs: AT_MS - 3_000 },
    ],
  ])('%s', (_title, before, counts, after) => {
    expect(learnedBy(rowAt(1, before, counts), adaptive, AT_MS)).toEqual(after);
  });

  test('goes with the count itself, of level 1 alone, and under a policy that learns alone', () => {
    const set = (row: LevelState, policy: Policy) =>
      observe(observedOn(row, 'success'), policy)?.set;
    const full = rowAt(1, SETTLED, COUNTS);
    expect(set(full, adaptive)).toMatchObject({ learnedRequests: 41 });
    expect(set(full, production)).not.toHaveProperty('learnedRequests');
    expect(set({ ...full, currentLevel: 2 }, adaptive)).not.toHaveProperty('learnedRequests');
    expect(observe(observedOn(rowAt(1, {}, COUNTS), 'success'), adaptive)).toBeNull();
  });

  test('is each slot once, in whatever order writers with older rows come', () => {
    const writers = fc.array(fc.record({ slot: fc.nat(30), staleBy: fc.nat(4) }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(writers, (given) => {
        let row: LevelState = rowAt(
          1,
          {},
          Array.from({ length: 9 }, (_, age) => [age, 1, age + 5]),
        );
        const rows = [row];
        for (const { slot, staleBy } of given) {
          const seen = rows.at(-1 - Math.min(staleBy, rows.length - 1)) ?? row;
          row = { ...row, ...learnedBy(seen, adaptive, AT_MS + slot * 500) };
          rows.push(row);
        }
        row = { ...row, ...learnedBy(row, adaptive, AT_MS + 20_000) };
        // Nine errors, and 5 + 6 + … + 13 successes.
        expect(row).toMatchObject({ learnedErrors: 9, learnedRequests: 9 + 81 });
      }),
      { numRuns: 200 },
    );
  });
});

const counts = fc.array(fc.tuple(fc.nat(12), fc.nat(300), fc.nat(300)), { maxLength: 9 });
const slotsOf = (given: readonly Counts[]) => [
  ...new Map(given.map((count) => [count[0], count])).values(),
];
const learned = fc
  .tuple(fc.nat(150_000), fc.nat(150_000))
  .map(([errors, requests]) => learnedOf(Math.min(errors, requests), requests));

describe('whatever was learned', () => {
  test('it falls where a fixed threshold would, at once and for the same reason', () => {
    let falls = 0;
    fc.assert(
      fc.property(counts, learned, (given, known) => {
        const fixed = judge(known, slotsOf(given), production);
        if (fixed.kind === 'stay') return;
        falls += 1;
        expect(judge(known, slotsOf(given))).toEqual(fixed);
      }),
      { numRuns: 1_000, seed: 18 },
    );
    expect(falls).toBeGreaterThan(200);
  });

  test('it never falls below its floor, nor by fewer than seven errors', () => {
    let falls = 0;
    const few = fc.array(fc.tuple(fc.nat(12), fc.nat(12), fc.nat(300)), { maxLength: 9 });
    fc.assert(
      fc.property(few, learned, (given, known) => {
        if (judge(known, slotsOf(given)).kind === 'stay') return;
        falls += 1;
        const ages = Array.from({ length: 10 }, (_, age) => age);
        const parts = ages.map((oldest) => slotsOf(given).filter(([age]) => age <= oldest));
        const isOver = parts.some((part) => {
          const errors = part.reduce((sum, [, failed]) => sum + failed, 0);
          const all = part.reduce((sum, [, failed, ok]) => sum + failed + ok, 0);
          return errors >= 7 && errors / all >= 0.05;
        });
        expect(isOver).toBe(true);
      }),
      { numRuns: 2_000, seed: 18 },
    );
    expect(falls).toBeGreaterThan(100);
  });

  test('the threshold is between the floor and the fixed one', () => {
    fc.assert(
      fc.property(learned, (known) => {
        const share = fallShareOf(rowAt(1, known), adaptive);
        expect(share).toBeGreaterThanOrEqual(0.05);
        expect(share).toBeLessThanOrEqual(0.25);
      }),
    );
  });

  test('an outage that comes slowly teaches it no more than the fixed threshold', () => {
    // One slot a second, a hundred counted in each, from none to 60 % in two hours.
    let row: LevelState = rowAt(1, SETTLED);
    for (let second = 0; second < 7_200; second += 1) {
      const errors = Math.round((60 * second) / 7_200);
      const state = {
        ...row,
        slots: [{ number: AT_MS / 1_000 + second, errors, successes: 100 - errors }],
      };
      const atMs = AT_MS + second * 1_000;
      const verdict = evaluate({ state: { ...state, watchSinceMs: 1 }, policy: adaptive, atMs });
      if (verdict.kind === 'move') {
        expect(errors).toBeLessThanOrEqual(25);
        expect(ordinaryOf(row, adaptive)?.share).toBeLessThan(0.25);
        return;
      }
      row = { ...row, ...learnedBy(state, adaptive, atMs + 3_000) };
    }
    expect.unreachable('it did not fall');
  });
});
