/** The policy for real traffic in each scenario, at every traffic, with many seeds. */
import { expect, test } from 'vitest';
import { SCENARIOS, type ScenarioName } from '../../lib/simulation/scenarios.ts';
import { IS_SHORT } from '../shared/soak-seeds.ts';
import { play, problemsOf } from './play.ts';

/** CI, which has no time for all of them, plays fewer. */
const SEEDS = Number(process.env['SOAK_SEEDS'] ?? 20);

/** Where a median or nine of ten are asked for, so many are played at 10 requests a second at least. */
const FEWEST = 11;
const OF_MANY = /^(after-|clean-[35]0)/;

const LOW: ReadonlySet<string> = new Set(['two-weeks', 'low-traffic', 'low-traffic-probed']);
/** What npm test plays with a seed anyway, CI plays no second time. */
const LITTLE = IS_SHORT ? [] : [10];
const names = Object.keys(SCENARIOS) as ScenarioName[];
const cases = names.flatMap((name) =>
  (LOW.has(name) ? LITTLE.map(() => 1 / 60) : [...LITTLE, 100, 1_000, 10_000]).map(
    (perSecond) => [name, perSecond] as const,
  ),
);

test.each(cases)('%s at %d requests a second', async (name, perSecond) => {
  const isOfMany = perSecond === 10 && OF_MANY.test(name);
  const seeds = isOfMany ? Math.max(SEEDS, FEWEST) : SEEDS;
  expect(problemsOf(await play(name, perSecond, seeds))).toEqual([]);
});
