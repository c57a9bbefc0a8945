/** Requests that are drawn in bulk come to what they come to one by one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { directivesOf } from '../../lib/level/directives.ts';
import { boundOf } from '../../lib/level/draw.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import { isRecorded, planOf } from '../../lib/level/route.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { constant } from '../../lib/simulation/course.ts';
import { chanceOf } from '../../lib/simulation/random.ts';
import { SCENARIOS, type ScenarioName } from '../../lib/simulation/scenarios.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { resultOf, waysOf, type Moment, type Way } from '../../lib/simulation/ways.ts';
import { failing } from '../../lib/simulation/world.ts';

const AT_MS = 1_000_000;

const time = fc.constantFrom(undefined, AT_MS - 1, AT_MS + 1);
const bound = fc.constantFrom(undefined, ...[0, 0.25, 1].map(boundOf));
const state: fc.Arbitrary<LevelState> = fc
  .record({
    currentLevel: fc.constantFrom(1 as const, 2 as const, 3 as const),
    errorCount: fc.constantFrom(0, 3),
    run: fc.constantFrom(undefined, 2),
    watchUntilMs: time,
    cautionUntilMs: time,
    sampleUntilMs: time,
    sampleBelow: bound,
    exerciseBelow: bound,
    rampBelow: bound,
    quietUntilMs: time,
    nextCanaryAtMs: time,
    nextProbeAtMs: time,
    probeIntervalMs: fc.constantFrom(undefined, 0, 5_000),
  })
  .map((more) => {
    const given = Object.entries(more).filter(([, value]) => value !== undefined);
    return { ...INITIAL_STATE, ...Object.fromEntries(given) };
  });

const moments: fc.Arbitrary<Moment> = fc
  .record({
    state,
    policy: fc.constantFrom<Policy>(classic, production, { ...production, shield: 'all' }),
    share: fc.constantFrom(0, 0.3, 1),
    safeShare: fc.constantFrom(0, 0.5, 1),
  })
  .map(({ state: seen, policy, share, safeShare }) => ({
    state: seen,
    deployed: directivesOf(policy),
    policy,
    world: {
      perSecond: constant(1),
      full: failing(constant(share)),
      degraded: failing(constant(share / 2)),
      safeShare,
      hasFullProbe: false,
    },
    perSecond: 1,
    atMs: AT_MS,
    elapsedMs: 0,
  }));

/** What tells one way from another. */
const nameOf = ({ plan, served, isShielded, isEventful }: Omit<Way, 'chance' | 'calls'>): string =>
  JSON.stringify([plan, served, isShielded, isEventful]);

/** One request by the rules themselves, draw by draw. */
function drawn(moment: Moment, chance: ReturnType<typeof chanceOf>): string {
  const { state: seen, deployed, policy, world, atMs } = moment;
  const safe = chance.unit() < world.safeShare;
  const plan = planOf(seen, deployed, { safe, bypass: false }, atMs, chance.draw);
  if (plan.face === 'maintenance') {
    const isEventful = plan.probe !== 'none';
    return nameOf({ plan, served: null, isShielded: false, isEventful });
  }
  const face = world[plan.face];
  const ok = chance.unit() >= face.fails.at(0);
  const served = { ok, ms: ok ? face.okMs : face.errorMs };
  const result = resultOf(served, policy);
  const isEventful = isRecorded(seen, deployed, plan, result, atMs, chance.draw);
  const mayShield = policy.shield === 'all' || (policy.shield === 'safe' && safe);
  const isTried = plan.face === 'full' && !ok && mayShield;
  const isShielded = isTried && chance.unit() >= world.degraded.fails.at(0);
  return nameOf({ plan, served, isShielded, isEventful });
}

/** The ways by their names: a safe request and another may come to the same. */
function chances(ways: readonly Way[]): Map<string, number> {
  const byName = new Map<string, number>();
  for (const way of ways) {
    byName.set(nameOf(way), (byName.get(nameOf(way)) ?? 0) + way.chance);
  }
  return byName;
}

describe('the ways of a request', () => {
  test('are all there are: their chances are 1 together, and what is drawn is one of them', () => {
    const chance = chanceOf(7);
    const property = fc.property(moments, (moment) => {
      const known = chances(waysOf(moment));
      expect([...known.values()].reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
      for (let times = 0; times < 20; times += 1) {
        expect([...known.keys()]).toContain(drawn(moment, chance));
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('come as often as they are drawn', () => {
    const times = 10_000;
    const chance = chanceOf(11);
    for (const moment of fc.sample(moments, { numRuns: 20, seed: 3 })) {
      const counts = new Map<string, number>();
      for (let index = 0; index < times; index += 1) {
        const name = drawn(moment, chance);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      for (const [name, share] of chances(waysOf(moment))) {
        const deviation = Math.sqrt(times * share * (1 - share));
        const off = Math.abs((counts.get(name) ?? 0) - times * share);
        expect(off).toBeLessThanOrEqual(5 * deviation + 1e-6);
      }
    }
  });
});

describe('a whole run', () => {
  const SECONDS = 75;
  const SEEDS = Array.from({ length: 4 }, (_, index) => index + 1);

  const means = async (name: ScenarioName, perSecond: number, bulk: boolean) => {
    const world = SCENARIOS[name].world(perSecond);
    const given = { policy: production, world, durationMs: SECONDS * 1_000, bulk };
    const runs = await Promise.all(SEEDS.map((seed) => simulate({ ...given, seed })));
    const mean = (of: (run: (typeof runs)[number]) => number) =>
      runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
    return {
      requests: mean((run) => run.requests),
      toFull: mean((run) => run.toFull),
      fullErrors: mean((run) => run.fullErrors),
      shielded: mean((run) => run.shielded),
      maintained: mean((run) => run.maintained),
      writes: mean((run) => run.writes.reduce((sum, count) => sum + count, 0)),
      changes: mean((run) => run.changes.length),
      atLevel1: mean((run) => run.timeAt[1]),
    };
  };

  test.each([
    ['steady-1', 60],
    ['clean-50', 100],
    ['both-out', 60],
    ['all-fails', 200],
  ] as const)('%s at %d requests a second', async (name, perSecond) => {
    const [bulk, single] = [
      await means(name, perSecond, true),
      await means(name, perSecond, false),
    ];
    for (const [what, value] of Object.entries(single)) {
      // A change of level may come one look at the rate sooner or later.
      const spread = what.startsWith('atLevel') ? 500 : 3 * Math.sqrt(value);
      const apart = Math.abs(bulk[what as keyof typeof bulk] - value);
      expect({ what, apart, isNear: apart <= 0.15 * value + spread }).toMatchObject({
        isNear: true,
      });
    }
    expect(bulk.changes).toBeCloseTo(single.changes, 0);
  });

  test('is the same for the same seed', async () => {
    const world = SCENARIOS['clean-50'].world(500);
    const run = () => simulate({ policy: production, world, seed: 3, durationMs: 30_000 });
    expect(await run()).toEqual(await run());
  });

  test('goes on where the table refuses writes', async () => {
    const traits = { staleMs: 20, stepMs: 10, writeMs: 5, writesPerSecond: 20 };
    const world = SCENARIOS['all-fails'].world(500);
    const run = await simulate({ policy: production, world, seed: 1, durationMs: 20_000, traits });
    expect(run.throttled).toBeGreaterThan(100);
    expect(run.changes.map(({ to }) => to)).toEqual([2, 3]);
  });
});
