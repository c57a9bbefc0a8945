/** The workflow at a traffic: who can read the row goes by the rules, who cannot is served in full. */
import { production } from '../../lib/level/policy.ts';
import { constant, steps } from '../../lib/simulation/course.ts';
import type { Played } from '../../lib/simulation/played.ts';
import { chanceOf, type Chance } from '../../lib/simulation/random.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { failing, well } from '../../lib/simulation/world.ts';
import { LIMITS, READS_PER_SECOND } from './limits.ts';
import { FEW, LATER, OUTAGE, SAFE, type ScaleRun } from './outcome.ts';

/** How old a read of an item may be, in milliseconds; up to a second by the book, some ms as it is measured. */
const STALE_MS = 20;
const SEED = 1;

/**
 * Plays it.
 *
 * @param readReplicas Of the row, each with limits of its own.
 * @param isLater Whether a watch has ended before the outage.
 */
export async function playWorkflow(
  perSecond: number,
  readReplicas = 0,
  isLater = false,
): Promise<ScaleRun> {
  const { fromMs, toMs, totalMs } = isLater ? LATER : OUTAGE;
  const reading = Math.min(perSecond, READS_PER_SECOND * (1 + readReplicas));
  const few = isLater
    ? ([
        [FEW.fromMs, FEW.share],
        [FEW.toMs, 0],
      ] as const)
    : [];
  const fails = failing(steps([0, 0], ...few, [fromMs, 1], [toMs, 0]));
  const world = { perSecond: constant(reading), full: fails, degraded: well };
  const traits = { staleMs: STALE_MS, stepMs: 10, writeMs: 5, writesPerSecond: LIMITS.writeUnits };
  const played = await simulate({
    policy: production,
    world: { ...world, safeShare: SAFE, hasFullProbe: false },
    seed: SEED,
    durationMs: totalMs,
    traits,
    readReplicas,
  });
  const without = perSecond - reading;
  const unread = without > 0 ? (without * totalMs) / 1_000 : overLimits(played, readReplicas);
  const openPerSecond = (second: number) =>
    second * 1_000 >= fromMs && second * 1_000 < toMs ? without : 0;
  const failedPerSecond = Array.from(
    { length: totalMs / 1_000 },
    (_, second) => (played.perSecond[second]?.failed ?? 0) + openPerSecond(second),
  );
  const replicaWrites = played.replicaWrites.length;
  const rowWrites = played.writes.reduce((sum, count) => sum + count, 0);
  return {
    form: formOf(readReplicas, isLater),
    perSecond,
    requests: played.requests + (without * totalMs) / 1_000,
    failed: failedPerSecond.reduce((sum, count) => sum + count, 0),
    unread,
    readsThrottled: unread,
    writesThrottled: played.throttled,
    writes: rowWrites + replicaWrites,
    replicaWrites,
    reads: played.reads + halfUnitsOf(played),
    stale: staleOf(played, readReplicas),
    changes: played.changes.map(({ atMs, to }) => ({ atMs, to })),
    moves: played.moves,
    mutations: played.mutations,
    failedPerSecond,
  };
}

function formOf(readReplicas: number, isLater: boolean): string {
  if (isLater) return 'workflow, later';
  return readReplicas === 0 ? 'workflow' : 'workflow, replicas';
}

const halfUnitsOf = ({ halfUnits }: Played) => halfUnits.reduce((sum, count) => sum + count, 0);

/** Reads in a second beyond what an item takes: requests are spread over the items by chance. */
function overLimits(played: Played, readReplicas: number): number {
  const chance = chanceOf(SEED);
  const over = (reads: number) => Math.max(0, reads - READS_PER_SECOND);
  return played.perSecond.reduce((sum, { requests, ofReplicas }, second) => {
    const ofRow = requests - ofReplicas + (played.halfUnits[second] ?? 0);
    const others = spread(ofReplicas, readReplicas, chance);
    return sum + over(ofRow) + others.reduce((all, reads) => all + over(reads), 0);
  }, 0);
}

function spread(requests: number, items: number, chance: Chance): readonly number[] {
  let left = requests;
  return Array.from({ length: items }, (_, index) => {
    const mine = chance.binomial(left, 1 / (items - index));
    left -= mine;
    return mine;
  });
}

/** From the write of a change until it is on each item, and then until no read finds what was there before. */
function staleOf({ changes, replicaWrites }: Played, readReplicas: number) {
  const lags = changes.map(({ atMs }, index) => {
    // Each change of level begins one epoch here.
    const told = replicaWrites.filter(({ epoch }) => epoch !== null && epoch > index);
    const after = told.slice(0, readReplicas).map((write) => write.atMs - atMs);
    return [0, ...after].flatMap((ms) => [...PARTS].map((part) => ms + part * STALE_MS));
  });
  const worst = (share: number) =>
    Math.max(
      ...lags.map(
        (each) => each.toSorted((a, b) => a - b)[Math.ceil(share * each.length) - 1] ?? 0,
      ),
    );
  return { p50: worst(0.5), p99: worst(0.99) };
}

/** Reads are as old as may be, and as new, and all between. */
const PARTS = Array.from({ length: 100 }, (_, index) => (index + 1) / 100);
