/** The share of outcomes that is counted: when it is changed, to what, and what it never touches. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALWAYS, boundOf, NEVER, shareOf } from '../../lib/level/draw.ts';
import { production, type Policy } from '../../lib/level/policy.ts';
import {
  isSampled,
  nextShare,
  sampleBoundOf,
  shareOnMove,
  weightOf,
} from '../../lib/level/share.ts';
import type { LevelState, Slot } from '../../lib/level/state.ts';
import { AT_MS, rowAt, SLOT } from './rows.ts';

/** A row whose current slot stands for so much since a while, and the one before for so much. */
const metered = (
  now: { readonly weight: number; readonly sinceMs: number },
  before?: { readonly weight: number; readonly forMs: number },
  more: Partial<LevelState> = {},
): LevelState => {
  const counts = { errors: 1, successes: 0 };
  const slots: Slot[] = [
    { ...counts, number: SLOT, weight: now.weight, firstMs: AT_MS - now.sinceMs },
  ];
  if (before !== undefined) {
    const { weight, forMs } = before;
    slots.push({ ...counts, number: SLOT - 1, weight, firstMs: SLOT * 1_000 - forMs });
  }
  return { ...rowAt(1, more), slots };
};

const sampled = (oneIn: number) => ({
  sampleOneIn: oneIn,
  sampleBelow: boundOf(1 / oneIn),
  sampleUntilMs: AT_MS + 1,
});

const shareOfRow = (state: LevelState, weight: number, policy = production) =>
  nextShare(state, weight, policy, AT_MS);
const oneIn = (state: LevelState, weight: number, policy = production) => {
  const change = shareOfRow(state, weight, policy);
  if (change === null) return null;
  return change.remove.includes('sampleOneIn') ? 1 : change.set['sampleOneIn'];
};

describe('within a slot the share follows a surge', () => {
  test.each([
    ['below the first mark', 49, 1, 10, 1, null],
    ['a flood at the first mark: 50 in 10 ms', 50, 1, 10, 1, 125],
    ['50 in 20 ms are no flood', 50, 1, 20, 1, null],
    ['100 in 20 ms are', 100, 1, 20, 1, 125],
    ['200 in 100 ms: what is counted in full judges sooner before', 200, 1, 100, 1, 50],
    ['200 in 1 s: 200 a second, aimed at 40', 200, 1, 1_000, 1, 5],
    ['between two marks', 201, 1, 100, 1, null],
    ['at twice of what the share is for', 800, 10, 1_000, 10, null],
    ['above twice of it', 800, 10, 900, 10, 23],
    ['few draws are no rate: at least 200 ms', 800, 10, 1, 10, 100],
    ['and few of them are no flood', 112, 16, 1, 16, null],
    ['what is counted in full is a rate of at least 50 ms', 200, 1, 1, 1, 100],
    ['from 150 requests on', 150, 100, 1, 1, 75],
    ['which are enough, flood or not', 150, 100, 1_000, 1, 4],
    ['3,000 a second are a flood', 60, 20, 20, 1, 75],
    ['what can all be counted has no share', 200, 1, 100_000, 1, null],
  ] as const)('%s', (_title, weight, each, sinceMs, share, wanted) => {
    const row = metered({ weight, sinceMs }, undefined, share > 1 ? sampled(share) : {});
    expect(oneIn(row, each)).toBe(wanted);
  });
});

test('of the slots of a row, that of now is looked at', () => {
  const { slots, ...row } = metered({ weight: 200, sinceMs: 100 }, { weight: 1, forMs: 9 });
  expect(oneIn({ ...row, slots: slots.toReversed() }, 1)).toBe(50);
  expect(oneIn({ ...row, slots: slots.slice(1) }, 1)).toBeNull();
  const early = { ...row, cautionUntilMs: AT_MS };
  const moved = shareOnMove({ ...early, slots: slots.toReversed() }, production, AT_MS);
  expect(moved?.set['sampleOneIn']).toBe(50);
  expect(shareOnMove({ ...early, slots: slots.slice(1) }, production, AT_MS)).toBeNull();
});

test('a flood has a share of its own only while a watch begins', () => {
  const most: Policy = { ...production, writesPerSecond: 1_000 };
  const row = metered({ weight: 240, sinceMs: 80 });
  // 3,000 a second, of which 800 are aimed at, and early 3,200: but then a sixteenth is counted.
  expect(oneIn(row, 80, most)).toBe(4);
  expect(oneIn({ ...row, cautionUntilMs: AT_MS }, 80, most)).toBe(16);
});

describe('at the begin of a slot the share follows the one before', () => {
  test.each([
    ['which asks for it', 1, 1, 400, 1_000, 10],
    ['which was off by less than a quarter', 8, 8, 400, 1_000, null],
    ['more than a quarter more', 8, 8, 401, 1_000, 11],
    ['less than 0.7 of it', 16, 16, 400, 1_000, 10],
    ['0.7 of it', 10, 10, 280, 1_000, null],
    ['and ends where all can be counted', 16, 16, 40, 1_000, 1],
    ['by the time since it was begun', 1, 1, 200, 500, 10],
    ['or at least 200 ms', 1, 1, 200, 1, 25],
  ] as const)('%s', (_title, each, share, weight, forMs, wanted) => {
    const more = share > 1 ? sampled(share) : {};
    expect(oneIn(metered({ weight: each, sinceMs: 0 }, { weight, forMs }, more), each)).toBe(
      wanted,
    );
  });

  test('where there was none before, traffic has gone', () => {
    expect(oneIn(metered({ weight: 64, sinceMs: 0 }, undefined, sampled(64)), 64)).toBe(1);
  });

  test('only the writer that began it finds it due', () => {
    const before = { weight: 4_000, forMs: 1_000 };
    expect(oneIn(metered({ weight: 2, sinceMs: 1 }, before), 1)).toBeNull();
  });
});

describe('while a watch begins, four times as much is counted', () => {
  const early = { cautionUntilMs: AT_MS - 249 };

  test.each([
    // 2,000 a second, of which 160 are aimed at.
    ['at a mark', { weight: 800, sinceMs: 400 }, 10, early, 4, 13],
    [
      'no more, a moment later',
      { weight: 800, sinceMs: 400 },
      10,
      { cautionUntilMs: AT_MS - 250 },
      8,
      50,
    ],
    [
      'a flood is counted as little as before',
      { weight: 208, sinceMs: 25 },
      16,
      { cautionUntilMs: AT_MS + 9 },
      1,
      16,
    ],
    [
      'what is none is counted more',
      { weight: 208, sinceMs: 200 },
      16,
      { cautionUntilMs: AT_MS + 9 },
      1,
      7,
    ],
  ] as const)('%s', (_title, now, each, more, share, wanted) => {
    const row = metered(now, undefined, { ...(share > 1 && sampled(share)), ...more });
    expect(oneIn(row, each)).toBe(wanted);
  });

  test('at the begin of a slot', () => {
    const row = (more: Partial<LevelState>) =>
      metered({ weight: 1, sinceMs: 0 }, { weight: 2_800, forMs: 1_000 }, more);
    expect(oneIn(row(early), 1)).toBe(18);
    expect(oneIn(row({}), 1)).toBe(70);
  });

  test('until the level moves: the next one begins with the usual share', () => {
    const row = metered({ weight: 4_000, sinceMs: 400 }, undefined, { ...sampled(36), ...early });
    expect(shareOnMove(row, production, AT_MS)?.set['sampleOneIn']).toBe(250);
    const { cautionUntilMs: _until, ...late } = row;
    expect(shareOnMove(late, production, AT_MS)).toBeNull();
    expect(shareOnMove({ ...row, ...sampled(250) }, production, AT_MS)).toBeNull();
  });
});

test('the largest share is one in a million, and no traffic asks for more', () => {
  const row = metered({ weight: 2 ** 31, sinceMs: 1 }, undefined, {});
  expect(oneIn(row, 2 ** 30)).toBe(2 ** 20);
});

describe('a share', () => {
  const row = rowAt(1, { sampleOneIn: 8, sampleBelow: '20000000', sampleUntilMs: AT_MS });

  test.each([
    [AT_MS - 1, true, 8, '20000000'],
    [AT_MS, false, 1, ALWAYS],
  ])('ends by time: at %i', (atMs, isInForce, weight, bound) => {
    expect(isSampled(row, atMs)).toBe(isInForce);
    expect(weightOf(row, atMs)).toBe(weight);
    expect(sampleBoundOf(row, atMs)).toBe(bound);
  });

  test('of a sixteenth holds while a watch begins, and goes after one in force', () => {
    const begins = rowAt(1, { cautionUntilMs: AT_MS });
    expect(weightOf(begins, AT_MS - 1)).toBe(16);
    expect(sampleBoundOf(begins, AT_MS - 1)).toBe('10000000');
    expect(weightOf(begins, AT_MS)).toBe(1);
    expect(sampleBoundOf(begins, AT_MS)).toBe(ALWAYS);
    const both = { ...row, cautionUntilMs: AT_MS };
    expect(weightOf(both, AT_MS - 1)).toBe(8);
  });

  test('of a sixteenth holds for a replica from the end of its watch on, and goes after one in force', () => {
    const replica = rowAt(1, { cautionFromMs: AT_MS });
    expect(weightOf(replica, AT_MS - 1)).toBe(1);
    expect(sampleBoundOf(replica, AT_MS - 1)).toBe(ALWAYS);
    expect(weightOf(replica, AT_MS)).toBe(16);
    expect(sampleBoundOf(replica, AT_MS)).toBe('10000000');
    expect(weightOf({ ...row, cautionFromMs: 0 }, AT_MS - 1)).toBe(8);
  });

  test('is written with its bound and its end, and is no evidence', () => {
    expect(shareOfRow(metered({ weight: 200, sinceMs: 1_000 }), 1)).toEqual({
      set: { sampleOneIn: 5, sampleBelow: '33333333', sampleUntilMs: AT_MS + 30_000 },
      remove: [],
    });
    const gone = shareOfRow(metered({ weight: 64, sinceMs: 0 }, undefined, sampled(64)), 64);
    const names = ['sampleOneIn', 'sampleBelow', 'sampleUntilMs'];
    expect(gone).toEqual({ set: {}, remove: names });
  });
});

test('a steady traffic of any size comes to a share that writes 40 a second, and stays', () => {
  const steady = fc.property(fc.integer({ min: 50, max: 500_000 }), (perSecond) => {
    let share = 1;
    for (let slot = 0; slot < 3; slot += 1) {
      const before = { weight: Math.round(perSecond / share) * share, forMs: 1_000 };
      const more = share > 1 ? sampled(share) : {};
      const row = metered({ weight: share, sinceMs: 0 }, before, more);
      share = Number(oneIn(row, share) ?? share);
      if (slot === 0) continue;
      expect(perSecond / share).toBeLessThanOrEqual(production.writesPerSecond * 1.05);
      expect(perSecond / share).toBeGreaterThanOrEqual(production.writesPerSecond * 0.35);
    }
  });
  fc.assert(steady);
});

describe('a bound of a draw', () => {
  test.each([
    [0, NEVER],
    [-1, NEVER],
    [1, ALWAYS],
    [2, ALWAYS],
    [0.25, '40000000'],
    [0.05, '0ccccccc'],
    [1 / 2 ** 20, '00001000'],
  ])('of %d is %s', (share, bound) => {
    expect(boundOf(share)).toBe(bound);
  });

  test('is met by as large a part of all draws, compared as text', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const draws = Array.from({ length: 256 }, (_, byte) =>
      byte.toString(16).padStart(2, '0').repeat(4),
    );
    const met = fc.property(share, (given) => {
      const bound = boundOf(given);
      const below = draws.filter((draw) => draw < bound).length / draws.length;
      expect(Math.abs(below - given)).toBeLessThanOrEqual(1 / 128);
      expect(Math.abs(shareOf(bound) - given)).toBeLessThanOrEqual(1e-9);
    });
    fc.assert(met);
  });
});
