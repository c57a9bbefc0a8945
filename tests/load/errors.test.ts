/** When users ask for errors. */
import { describe, expect, test } from 'vitest';
import { createErrorSource, shareAt } from '../../load/k6/errors.ts';
import { SCENARIOS } from '../../load/k6/scenarios.ts';

describe('a share of errors', () => {
  test('of one point is the same throughout', () => {
    const { points } = SCENARIOS.ramp.errors;
    expect([0, 0.5, 1, 1.1].map((at) => shareAt(points, at))).toEqual([0.2, 0.2, 0.2, 0.2]);
  });

  test('of a brown-out goes from 0 to 60 % and back, in straight lines', () => {
    const { points } = SCENARIOS['brown-out'].errors;
    const shares = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map((at) => shareAt(points, at));
    expect(shares.map((share) => Math.round(share * 100))).toEqual([0, 0, 30, 60, 30, 0, 0]);
  });

  test('of no points is 0', () => {
    expect(shareAt([], 0.5)).toBe(0);
  });

  test('decides by chance', () => {
    const draws = [0.19, 0.2, 0.99];
    const source = createErrorSource(SCENARIOS.ramp.errors, () => draws.shift() ?? 0);
    expect([source.next(0), source.next(0), source.next(0)]).toEqual([true, false, false]);
    expect(source.saw(1)).toBe(false);
  });
});

describe('a driven recovery', () => {
  const given = () => createErrorSource({ kind: 'drive', cycles: 2 }, Math.random);

  test('asks for errors until level 3 is seen, then for none until the next cycle', () => {
    const source = given();
    const asked: boolean[] = [];
    for (const [progress, level] of [
      [0, 1],
      [0.1, 2],
      [0.2, 3],
      [0.3, 2],
      [0.35, 1],
      [0.4, 1],
      [0.5, 1],
    ] as const) {
      asked.push(source.next(progress));
      source.saw(level);
    }
    expect(asked).toEqual([true, true, true, false, false, false, true]);
  });

  test('counts one recovery a cycle, when level 1 is seen after level 3', () => {
    const source = given();
    source.next(0);
    const seen = ([1, 3, 3, 2, 1, 1] as const).map((level) => source.saw(level));
    expect(seen).toEqual([false, false, false, false, true, false]);
  });

  test('begins no further cycle when the run is over', () => {
    const source = given();
    source.next(0.5);
    source.saw(3);
    expect(source.next(1.2)).toBe(false);
  });
});
