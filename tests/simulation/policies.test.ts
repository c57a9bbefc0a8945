/** The policy for real traffic in each scenario, one seed each; npm run test:soak has twenty, at every traffic, and the medians. */
import { expect, test } from 'vitest';
import { SCENARIOS, type ScenarioName } from '../../lib/simulation/scenarios.ts';
import { play, problemsOf } from './play.ts';

const LOW = 1 / 60;

/** Where it is played with another traffic than 10 requests a second: little of it costs much time. */
const TRAFFIC: Readonly<Partial<Record<ScenarioName, readonly number[]>>> = {
  'two-weeks': [LOW],
  'low-traffic': [LOW],
  'low-traffic-probed': [LOW],
  'clean-100': [10, 1_000, 10_000],
  'clean-50': [10, 1_000],
  'clean-30': [10, 1_000],
  'both-out': [10, 1_000],
  'all-fails': [10_000],
  'traffic-gone': [10_000],
};

const names = Object.keys(SCENARIOS) as ScenarioName[];
const cases = names.flatMap((name) =>
  (TRAFFIC[name] ?? [10]).map((perSecond) => [name, perSecond] as const),
);

test.each(cases)('%s at %d requests a second', { timeout: 60_000 }, async (name, perSecond) => {
  expect(problemsOf(await play(name, perSecond, 1))).toEqual([]);
});
