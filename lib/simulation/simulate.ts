/** Plays a policy against a world in virtual time, on the real rules and the real protocol. */
import type { Policy } from '../level/policy.ts';
import { Fleet, type Delays } from './fleet.ts';
import type { Played } from './played.ts';
import { chanceOf } from './random.ts';
import { Timeline } from './timeline.ts';
import { Traffic, type OnRequest } from './traffic.ts';
import { VirtualTable, type TableTraits } from './virtual-table.ts';
import type { World } from './world.ts';

/** What a run is of. */
export interface Run {
  readonly policy: Policy;
  readonly world: World;
  readonly seed: number;
  readonly durationMs: number;
  readonly traits?: Delays & TableTraits;
  /** false brings every request one by one; true by default. */
  readonly bulk?: boolean;
  /** Read replicas of the row; none by default. */
  readonly readReplicas?: number;
  /** Told of each of those that come one by one: with its bulk false, of all. */
  readonly onRequest?: OnRequest;
}

/** Rather slow for one region; a row takes 1,000 writes a second. */
const TYPICAL = { staleMs: 20, stepMs: 10, writeMs: 5, writesPerSecond: 1_000 };

const SCOPE = 'simulated';

/** An epoch far enough from 0, so that no time of a run is one that an absent attribute stands for. */
const START_MS = Date.UTC(2026, 0, 1);

/** Plays a run to its end; the same run comes to the same. */
export async function simulate(run: Run): Promise<Played> {
  const {
    policy,
    world,
    seed,
    durationMs,
    traits = TYPICAL,
    bulk = true,
    onRequest,
    readReplicas,
  } = run;
  const chance = chanceOf(seed);
  const time = new Timeline(START_MS);
  const table = new VirtualTable(SCOPE, time, traits, readReplicas);
  const parts = { policy, world, scope: SCOPE, time, table, chance, delays: traits };
  const fleet = new Fleet(parts);
  const traffic = new Traffic(parts, fleet, bulk, onRequest);
  await time.play(durationMs, (untilMs) => traffic.advance(untilMs));
  const { all, perSecond } = traffic.tally;
  const { probes, mutations, ticks } = fleet;
  return { ...all, ...table.seen(), perSecond, probes, mutations, ticks };
}
