/** Plays a scenario, once for each seed. */
import { production, type Policy } from '../../lib/level/policy.ts';
import type { Played } from '../../lib/simulation/played.ts';
import { SCENARIOS, type ScenarioName } from '../../lib/simulation/scenarios.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { CRITERIA, type Runs } from './criteria.ts';

/** Every run of a scenario at a traffic, in requests a second. */
export async function play(
  name: ScenarioName,
  perSecond: number,
  seeds: number,
  policy: Policy = production,
): Promise<Runs> {
  const { world, durationMs } = SCENARIOS[name];
  const runs: Played[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const given = { policy, world: world(perSecond), durationMs };
    runs.push(await simulate({ ...given, seed: seed * 7_919 + perSecond }));
  }
  return { name, perSecond, policy, runs };
}

/** What does not hold of it, in words. */
export function problemsOf(given: Runs): string[] {
  return CRITERIA[given.name].flatMap((criterion) => criterion(given));
}
