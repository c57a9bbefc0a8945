/** The window's own rules, bucket by bucket, and those of what trips, number by number. */
import { describe, expect, test } from 'vitest';
import {
  failureRate,
  opensOnFailure,
  opensOnSlowSuccess,
  slowRate,
  type TripRules,
} from '../../lib/breaker/verdict.ts';
import {
  addCall,
  areAlike,
  canHold,
  countsOf,
  isCount,
  newWindow,
  type CallWindow,
} from '../../lib/breaker/window.ts';

/** Calls at some times: successes, failures, slow ones. */
function windowOf(window: CallWindow, calls: readonly (readonly [atMs: number, kind: string])[]) {
  for (const [atMs, kind] of calls) {
    addCall(window, atMs, kind.startsWith('-'), kind.endsWith('s'));
  }
  return window;
}

describe('a window over time', () => {
  const CALLS = [
    [1_004, '+'],
    [1_009, '-'],
    [1_010, '-s'],
    [1_039, '+s'],
  ] as const;
  const seen = (atMs: number) => {
    const { requests, failures, slow } = countsOf(windowOf(newWindow(4, 10), CALLS), atMs);
    return [requests, failures, slow];
  };

  test.each([
    [1_039, [4, 2, 2]],
    [1_040, [2, 1, 2]],
    [1_049, [2, 1, 2]],
    [1_050, [1, 0, 1]],
    [1_069, [1, 0, 1]],
    [1_070, [0, 0, 0]],
    [9_999, [0, 0, 0]],
    [1_000, [4, 2, 2]],
  ])('at %i has seen %j', (atMs, counts) => {
    expect(seen(atMs)).toEqual(counts);
  });

  test('begins its first bucket at a whole multiple, and counts a clock that goes back into the running one', () => {
    const window = windowOf(newWindow(2, 10), [[1_004, '+']]);
    expect(window.endsAtMs).toBe(1_010);
    windowOf(window, [
      [990, '-'],
      [1_010, '+'],
    ]);
    expect(window).toEqual({
      bucketMs: 10,
      at: 0,
      endsAtMs: 1_020,
      tallies: [1, 0, 0, 1, 1, 0],
    });
  });

  test('takes a bucket again after all others', () => {
    const window = windowOf(newWindow(2, 10), [
      [0, '+'],
      [10, '-'],
      [20, '-s'],
    ]);
    expect(window).toMatchObject({ at: 3, tallies: [0, 1, 0, 0, 1, 1], endsAtMs: 30 });
    windowOf(window, [[75, '+']]);
    expect(window).toMatchObject({
      tallies: expect.arrayContaining([1]) as number[],
      endsAtMs: 80,
    });
    expect(countsOf(window, 75)).toEqual({ requests: 1, failures: 0, slow: 0 });
  });
});

describe('a window of calls', () => {
  test('holds the last of them, however long ago', () => {
    const window = windowOf(newWindow(2, 0), [
      [0, '-'],
      [0, '+s'],
      [9_999, '+'],
    ]);
    expect(countsOf(window, 1e9)).toEqual({ requests: 2, failures: 0, slow: 1 });
    expect(window).toMatchObject({ at: 3, tallies: [1, 0, 1, 1, 0, 0], endsAtMs: NaN });
  });
});

describe('a window that was saved', () => {
  const good = (more: Partial<CallWindow> = {}): CallWindow => {
    return { bucketMs: 10, at: 0, endsAtMs: 0, tallies: [1, 2, 3, 0, 0, 0], ...more };
  };

  test.each<[string, Partial<CallWindow>, boolean]>([
    ['as calls fill it', {}, true],
    ['that ends at its last bucket', { at: 3 }, true],
    ['between two buckets', { at: 1 }, false],
    ['beyond its end', { at: 6 }, false],
    ['with more slow calls than calls', { tallies: [1, 2, 4] }, false],
    ['with as many', { tallies: [3, 0, 3] }, true],
    ['with more failures than successes', { tallies: [0, 9, 0] }, true],
    ['with a part of a call', { tallies: [0.5, 0, 0] }, false],
    ['with less than none', { tallies: [0, -1, 0] }, false],
  ])('%s can be held: %s', (_what, more, is) => {
    expect(canHold(good(more))).toBe(is);
  });

  test('goes on in one of the same buckets', () => {
    expect(areAlike(good(), good({ tallies: [0, 0, 0, 0, 0, 0], at: 3 }))).toBe(true);
    expect(areAlike(good(), good({ bucketMs: 11 }))).toBe(false);
    expect(areAlike(good(), good({ tallies: [0, 0, 0] }))).toBe(false);
    expect(areAlike({ bucketMs: 10 } as CallWindow, good())).toBe(false);
  });

  test.each<[unknown, boolean]>([
    [0, true],
    [7, true],
    [-1, false],
    [0.5, false],
    ['7', false],
    [Number.MAX_SAFE_INTEGER + 1, false],
  ])('%j is a count: %s', (value, is) => {
    expect(isCount(value)).toBe(is);
  });
});

describe('what trips', () => {
  const RULES: TripRules = {
    trip: 'rate',
    failureThreshold: 0.5,
    minimumRequests: 4,
    slowRate: 0.5,
  };
  const of = (requests: number, failures: number, slow = 0) => ({ requests, failures, slow });

  test.each([
    [4, 2, true],
    [3, 3, false],
    [5, 2, false],
    [4, 1, false],
  ])('of %i in the window %i failures by their rate: %s', (requests, failures, is) => {
    const seen = { requests: 0, failureRun: 99 };
    expect(opensOnFailure(RULES, seen, of(requests, failures))).toBe(is);
    const count: TripRules = { ...RULES, trip: 'count' };
    expect(opensOnFailure(count, seen, of(requests, failures))).toBe(is);
  });

  test.each([
    [4, 3, true],
    [4, 2, false],
    [3, 3, false],
  ])('of %i since it closed %i failures in a row: %s', (requests, failureRun, is) => {
    const rules: TripRules = { ...RULES, trip: 'consecutive', failureThreshold: 3 };
    expect(opensOnFailure(rules, { requests, failureRun }, of(99, 99))).toBe(is);
  });

  test.each([
    [0.5, 4, 2, true],
    [0.5, 4, 1, false],
    [0.5, 3, 3, false],
    [false, 4, 4, false],
  ] as const)('a share of %s, of %i calls %i slow ones: %s', (limit, requests, slow, is) => {
    expect(opensOnSlowSuccess({ ...RULES, slowRate: limit }, of(requests, 0, slow))).toBe(is);
  });

  test('of nothing no rate is above 0', () => {
    expect([failureRate(of(0, 0)), slowRate(of(0, 0))]).toEqual([0, 0]);
    expect([failureRate(of(4, 1)), slowRate(of(4, 0, 3))]).toEqual([0.25, 0.75]);
  });
});
