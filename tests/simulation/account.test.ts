/** The figures of a run: who answered, what was wasted, how long it took, what it cost. */
import { describe, expect, test } from 'vitest';
import { classic, production } from '../../lib/level/policy.ts';
import { accountOf, meanAccount, type Account } from '../../lib/simulation/account.ts';
import { constant, steps } from '../../lib/simulation/course.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { STORIES, type StoryName } from '../../lib/simulation/stories.ts';
import { failing, failsAt, well, type World } from '../../lib/simulation/world.ts';

const worldOf = (full: World['full'], more: Partial<World> = {}): World => ({
  perSecond: constant(50),
  full,
  degraded: well,
  safeShare: 1,
  hasFullProbe: false,
  ...more,
});

async function accounted(world: World, policy = production, durationMs = 60_000) {
  const played = await simulate({ policy, world, seed: 5, durationMs });
  const story = { beginsMs: 10_000, endsMs: 20_000 };
  return { played, account: accountOf(played, { policy, world, story }) };
}

describe('the figures of a run', () => {
  test('count each request once, by who answered it', async () => {
    const { account } = await accounted(worldOf(failing(constant(0.4))), classic);
    const { requests, full, degraded, maintenance, errors } = account;
    expect(full + degraded + maintenance + errors).toBe(requests);
    expect(Math.min(full, degraded, errors)).toBeGreaterThan(0);
  });

  test('agree with what the seconds say', async () => {
    const { played, account } = await accounted(worldOf(failing(constant(0.4))));
    const sum = (of: (second: (typeof played.perSecond)[number]) => number) =>
      played.perSecond.reduce(
        (total, second) => total + (second === undefined ? 0 : of(second)),
        0,
      );
    expect(sum((second) => second.degraded)).toBe(account.degraded);
    expect(sum((second) => second.maintained)).toBe(account.maintenance);
    expect(sum((second) => second.shielded)).toBe(played.shielded);
  });

  test('of a healthy service are free of waste, writes and changes', async () => {
    const { account } = await accounted(worldOf(well), production, 59_000);
    expect(account).toMatchObject({ needless: 0, writes: 0, changes: 0, errors: 0, flaps: 0 });
    expect(account.invocations).toBe(account.requests);
    // $4.90 of the runbook's table, to which each request of this policy adds nothing.
    expect((1e6 * account.dollars) / account.requests).toBeCloseTo(4.9, 1);
  });

  test('tell when it fell and when it was back', async () => {
    const full = failing(steps([0, 0], [10_000, 1], [20_000, 0]));
    const { played, account } = await accounted(worldOf(full), production, 120_000);
    const [fall] = played.changes;
    expect(account.degradesAfterMs).toBe((fall?.atMs ?? 0) - 10_000);
    expect(account.backAfterMs).toBe((played.changes.at(-1)?.atMs ?? 0) - 20_000);
    expect(account.needless).toBeGreaterThan(1_000);
    expect(account.needless).toBeLessThan(account.degraded - 400);
  });

  test('count a climb that did not hold as a flap', async () => {
    const { account } = await accounted(worldOf(failing(constant(0.5))), classic);
    expect(account.flaps).toBeGreaterThan(10);
    expect(account.changes).toBeGreaterThanOrEqual(2 * account.flaps);
  });

  test('are means over seeds, and a time is none where most runs have none', () => {
    const account = (more: Partial<Account>) =>
      ({ requests: 1, backAfterMs: null, ...more }) as Account;
    const all = [account({ requests: 2, backAfterMs: 4 }), account({ requests: 4 })] as const;
    expect(meanAccount([...all])).toMatchObject({ requests: 3, backAfterMs: null });
    expect(meanAccount([...all, account({ backAfterMs: 8 })]).backAfterMs).toBe(6);
  });
});

describe('a face that carries so much', () => {
  test('fails what is beyond, and nothing below', () => {
    const face = { ...failing(constant(0.1)), capacity: constant(100) };
    expect(failsAt(face, 0, 100)).toBeCloseTo(0.1);
    expect(failsAt(face, 0, 400)).toBeCloseTo(1 - 0.9 * 0.25);
  });

  test('is left alone while it recovers: only what the ramp sends reaches it', async () => {
    const full = { ...well, capacity: steps([0, 500], [10_000, 10], [20_000, 500]) };
    const { account, played } = await accounted(worldOf(full), production, 120_000);
    expect(played.changes.map(({ to }) => to)).toEqual([2, 1]);
    expect(account.errors).toBe(0);
  });

  test('gets more where clients send again what failed', async () => {
    const full = failing(constant(0.5));
    const pinned = { ...classic, errorsToDegrade: 999_999, errorsToMaintenance: 1_000_000 };
    const calm = await accounted(worldOf(full), pinned);
    const storm = await accounted(worldOf(full, { retryShare: 0.8 }), pinned);
    const times = storm.account.requests / calm.account.requests;
    expect(Math.abs(times - 1 / 0.6)).toBeLessThan(0.15);
  });
});

describe('the stories', () => {
  /** What each must come to under production, whatever the seed. */
  const EXPECTED: Readonly<Record<StoryName, readonly number[] | null>> = {
    steady: [],
    spike: [2, 1],
    'brown-out': null,
    partial: [2, 1],
    mild: [],
    'slow-boil': [2],
    flapping: [2],
    'bad-environment': [],
    'regional-loss': [2, 3, 2, 1],
    herd: [2, 1],
    'retry-storm': [2, 1],
  };

  test.each(Object.keys(STORIES) as StoryName[])('%s is what it says', async (name) => {
    const { world, durationMs } = STORIES[name];
    const given = { policy: production, world: world(20), seed: 2, durationMs };
    const played = await simulate(given);
    const expected = EXPECTED[name];
    const levels = played.changes.map(({ to }) => to);
    expect(expected === null ? levels.at(-1) : levels).toEqual(expected ?? 1);
  });
});

test('ten million requests that nothing follows from are drawn, not made', async () => {
  const world = worldOf(well, { perSecond: constant(10_000) });
  const played = await simulate({ policy: production, world, seed: 1, durationMs: 1_000_000 });
  expect(played.requests).toBeGreaterThan(9_900_000);
  expect(played.mutations).toBe(played.ticks);
});
