/** The policy for real traffic in each scenario, at every traffic, with many seeds. */
import { expect, test } from 'vitest';
import { SCENARIOS, type ScenarioName } from '../../lib/simulation/scenarios.ts';
import { play, problemsOf } from './play.ts';

/** CI, which has no time for all of them, plays fewer. */
const SEEDS = Number(process.env['SOAK_SEEDS'] ?? 20);

const LOW: ReadonlySet<string> = new Set(['two-weeks', 'low-traffic', 'low-traffic-probed']);
const names = Object.keys(SCENARIOS) as ScenarioName[];
const cases = names.flatMap((name) =>
  (LOW.has(name) ? [1 / 60] : [10, 100, 1_000, 10_000]).map(
    (perSecond) => [name, perSecond] as const,
  ),
);

test.each(cases)('%s at %d requests a second', async (name, perSecond) => {
  expect(problemsOf(await play(name, perSecond, SEEDS))).toEqual([]);
});
