/** Runs of guards beside a workflow with everything that can go wrong, held to the ledger. */
import { expect } from 'vitest';
import { chanceOf } from '../../lib/simulation/random.ts';
import { BothWorld, type Both } from './both.ts';

/** A world of trouble, by its seed. */
export function troubledBoth(seed: number): Both {
  const chance = chanceOf(seed + 7_919);
  const upTo = (most: number) => most * chance.unit();
  const one = <T>(of: readonly T[]): T => of[Math.floor(upTo(of.length))] as T;
  const phases = Array.from({ length: 20 }, () => ({
    full: one([0, 0, 0.02, 0.15, 0.4, 1]),
    degraded: one([0, 0, 0, 0.1, 0.7, 1]),
  }));
  const isCalm = chance.unit() < 0.3;
  return {
    seed,
    guards: 1 + Math.floor(upTo(8)),
    throttled: isCalm ? 0 : upTo(0.2),
    lost: isCalm ? 0 : upTo(0.05),
    unanswered: isCalm ? 0 : upTo(0.05),
    recycled: isCalm ? 0 : upTo(0.05),
    fails: (face, elapsedMs) => phases[Math.floor(elapsedMs / 25_000) % phases.length]?.[face] ?? 0,
  };
}

/** Plays so many milliseconds of each of some seeds; all that can happen must have happened. */
export async function agreesFor(seeds: readonly number[], ms: number): Promise<void> {
  const path = new Set<string>();
  const tellers = new Map<string, number>();
  for (const seed of seeds) {
    const world = new BothWorld(troubledBoth(seed));
    await world.play(ms);
    for (const change of world.ledger.path) path.add(change);
    for (const [who, count] of world.ledger.told) tellers.set(who, (tellers.get(who) ?? 0) + count);
  }
  expect([...path].toSorted()).toEqual([
    '1 -> 2: consecutive-errors',
    '1 -> 2: error-rate',
    '2 -> 1: ramp',
    '2 -> 3: consecutive-errors',
    '2 -> 3: error-rate',
    '3 -> 2: probes',
  ]);
  // Neither is idle beside the other.
  expect(tellers.get('guard')).toBeGreaterThan(20 * seeds.length);
  expect(tellers.get('workflow')).toBeGreaterThan(20 * seeds.length);
}
