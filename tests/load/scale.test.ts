/** What the figures of docs/SCALE.md rest on: the limits, and a fleet that meets them. */
import { describe, expect, test } from 'vitest';
import { allDollars, ladderDollars } from '../../load/scale/dollars.ts';
import { playGuards } from '../../load/scale/guard-fleet.ts';
import {
  Bucket,
  growthSeconds,
  READS_PER_SECOND,
  refusedWhileGrowing,
} from '../../load/scale/limits.ts';

describe('the limits', () => {
  test('a bucket takes so many in each second, and refuses the rest', () => {
    const bucket = new Bucket(2);
    const taken = [0, 10, 20, 999, 1_000].map((atMs) => bucket.take(atMs));
    expect(taken).toEqual([true, true, false, false, true]);
    expect([bucket.taken, bucket.refused]).toEqual([3, 2]);
  });

  test('one item is read 6,000 times a second', () => {
    expect(READS_PER_SECOND).toBe(6_000);
  });

  test('a function grows by 1,000 environments in ten seconds, and refuses meanwhile', () => {
    expect(growthSeconds(100, 3_100)).toBe(30);
    expect(growthSeconds(5, 5)).toBe(0);
    // Half of what is missing at first, over the time that it takes.
    const given = { perSecond: 1_000, from: 1_000, to: 2_000 };
    expect(refusedWhileGrowing(given)).toBe(10 * 1_000 * 0.25);
  });
});

describe('a fleet of guards in an outage of a minute', () => {
  test('of 50 servers at 100,000 requests a second reads and writes within the limits, and comes back', async () => {
    const run = await playGuards({ form: 'guard', perSecond: 100_000, environments: 50 });
    expect(run.readsThrottled + run.writesThrottled + run.unread).toBe(0);
    expect(run.changes.map(({ to }) => to)).toEqual([2, 1]);
    expect(run.stale.p99).toBeLessThan(1_300);
    // Seconds until the fall, of a minute, and half of the requests are served again at once.
    expect(run.failed / (run.requests / 4)).toBeLessThan(0.08);
    expect(ladderDollars(run)).toBeLessThan(0.01);
    expect(allDollars(run)).toBeGreaterThan(1);
  });

  test('is open where nobody can read the row any more', async () => {
    const given = { form: 'guard', perSecond: 1_000, environments: 500, readsPerSecond: 100 };
    const run = await playGuards(given);
    expect(run.readsThrottled).toBeGreaterThan(run.reads);
    expect(run.unread).toBeGreaterThan(0);
  });
});
