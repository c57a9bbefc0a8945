/** What the figures of docs/SCALE.md rest on: the limits, and a fleet that meets them. */
import { describe, expect, test } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { Moves } from '../../lib/simulation/moves.ts';
import { allDollars, ladderDollars } from '../../load/scale/dollars.ts';
import { playGuards } from '../../load/scale/guard-fleet.ts';
import { playWorkflow } from '../../load/scale/workflow.ts';
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

test('an outage of 1,000,000 requests a second before 500 servers throttles no read of the level and loses no change of it', async () => {
  const run = await playGuards({ form: 'guard', perSecond: 1_000_000, environments: 500 });
  expect(run.requests).toBeGreaterThan(230_000_000);
  expect([run.readsThrottled, run.unread]).toEqual([0, 0]);
  expect(run.moves).toEqual({ decided: 2, lost: 0 });
  expect(run.changes.map(({ to }) => to)).toEqual([2, 1]);
});

test('a change that is decided and refused is lost until somebody makes it', () => {
  const moves = new Moves();
  const move = { expect: { kind: 'as-read', currentLevel: 1, epoch: 3 }, set: { currentLevel: 2 } };
  const other = { ...move, expect: { ...move.expect, epoch: 4 } };
  moves.sent(move as ConditionalWrite);
  moves.sent(other as ConditionalWrite);
  moves.done(other as ConditionalWrite);
  expect([moves.decided, moves.lost]).toEqual([2, 1]);
  moves.sent(move as ConditionalWrite);
  moves.done(move as ConditionalWrite);
  expect([moves.decided, moves.lost]).toEqual([2, 0]);
});

test('read replicas take what one row cannot: no read is throttled, and few writes tell them', async () => {
  const run = await playWorkflow(10_000, 1);
  expect([run.readsThrottled, run.writesThrottled, run.unread]).toEqual([0, 0, 0]);
  expect(run.changes.map(({ to }) => to)).toEqual([2, 1]);
  expect(run.moves.lost).toBe(0);
  expect(run.stale.p99).toBeLessThan(50);
  // Each is told of the changes, and now and then of a watch or a share; of each counted outcome none is.
  expect(run.replicaWrites).toBeLessThan(60);
  expect(run.failed / run.requests).toBeLessThan(0.002);
});

test('an outage after a watch of whose end no replica was told begins like all others', async () => {
  const run = await playWorkflow(50_000, 9, true);
  expect([run.readsThrottled, run.writesThrottled, run.moves.lost]).toEqual([0, 0, 0]);
  expect(run.changes.map(({ to }) => to)).toEqual([2, 1]);
  // Half of what comes in half a second; the other half is shielded.
  expect(run.failed).toBeLessThan(16_000);
  // Of the errors until the replicas have heard of the new watch few are told to the mutator.
  expect(run.mutations).toBeLessThan(6_000);
});
