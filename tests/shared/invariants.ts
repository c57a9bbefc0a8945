/** Runs of a fleet with everything that can go wrong, held to the invariants. */
import { expect } from 'vitest';
import { chanceOf } from '../../lib/simulation/random.ts';
import { Simulator, type World } from './simulator.ts';

/** A world of trouble, by its seed. */
export function troubled(seed: number): World {
  const chance = chanceOf(seed + 7_919);
  const upTo = (most: number) => most * chance.unit();
  const permitted = 1 + Math.floor(upTo(3));
  const phases = Array.from({ length: 40 }, () => (chance.unit() < 0.5 ? 0.01 : upTo(1)));
  const outages = Array.from({ length: 40 }, () => chance.unit() < 0.15);
  const at = <T>(list: readonly T[], elapsedMs: number, everyMs: number): T =>
    list[Math.floor(elapsedMs / everyMs) % list.length] as T;
  return {
    seed,
    environments: 2 + Math.floor(upTo(30)),
    perSecond: 0.2 + upTo(4),
    rules: {
      minimumRequests: 5,
      permitted,
      successesToClose: 1 + Math.floor(upTo(3)),
      resetTimeout: 5_000 + upTo(30_000),
      lease: 5_000 + upTo(10_000),
      rampStep: 3_000,
    },
    refreshMs: 1_000 + upTo(5_000),
    flushMs: 1_000 + upTo(5_000),
    callMs: 5 + upTo(400),
    staleMs: upTo(1_500),
    throttled: upTo(0.2),
    lost: upTo(0.1),
    unanswered: upTo(0.1),
    skewMs: chance.unit() < 0.5 ? 0 : upTo(2_000),
    recycled: upTo(0.02),
    frozen: upTo(0.02),
    fails: (_environment, elapsedMs) => at(phases, elapsedMs, 45_000),
    storeIsUp: (elapsedMs) => !at(outages, elapsedMs, 20_000),
  };
}

/** Plays so many calls of each of some seeds. */
export async function holdsFor(seeds: readonly number[], calls: number): Promise<void> {
  const happened = new Set<string>();
  for (const seed of seeds) {
    const simulator = new Simulator(troubled(seed));
    await simulator.play({ calls });
    for (const each of simulator.judge.happened) happened.add(each);
  }
  expect([...happened].toSorted()).toEqual([
    'CLOSED -> OPEN',
    'HALF_OPEN -> CLOSED',
    'HALF_OPEN -> OPEN',
    'OPEN -> HALF_OPEN',
    'permit',
    'refused',
    'taken over',
    'told',
  ]);
}
