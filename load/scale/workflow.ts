/** The workflow at a traffic: who can read the row goes by the rules, who cannot is served in full. */
import { production } from '../../lib/level/policy.ts';
import { constant, steps } from '../../lib/simulation/course.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { failing, well } from '../../lib/simulation/world.ts';
import { LIMITS, READS_PER_SECOND } from './limits.ts';
import { OUTAGE, SAFE, type ScaleRun } from './outcome.ts';

/** How old a read of the row may be, in milliseconds; up to a second by the book, some ms as it is measured. */
const STALE_MS = 20;
const SEED = 1;

/** Plays it. */
export async function playWorkflow(perSecond: number): Promise<ScaleRun> {
  const { fromMs, toMs, totalMs } = OUTAGE;
  const reading = Math.min(perSecond, READS_PER_SECOND);
  const fails = failing(steps([0, 0], [fromMs, 1], [toMs, 0]));
  const world = { perSecond: constant(reading), full: fails, degraded: well };
  const traits = { staleMs: STALE_MS, stepMs: 10, writeMs: 5, writesPerSecond: LIMITS.writeUnits };
  const played = await simulate({
    policy: production,
    world: { ...world, safeShare: SAFE, hasFullProbe: false },
    seed: SEED,
    durationMs: totalMs,
    traits,
  });
  const without = perSecond - reading;
  const unread = (without * totalMs) / 1_000;
  const openPerSecond = (second: number) =>
    second * 1_000 >= fromMs && second * 1_000 < toMs ? without : 0;
  const failedPerSecond = Array.from(
    { length: totalMs / 1_000 },
    (_, second) => (played.perSecond[second]?.failed ?? 0) + openPerSecond(second),
  );
  const writes = played.writes.reduce((sum, count) => sum + count, 0);
  return {
    form: 'workflow',
    perSecond,
    requests: played.requests + unread,
    failed: failedPerSecond.reduce((sum, count) => sum + count, 0),
    unread,
    readsThrottled: unread,
    writesThrottled: played.throttled,
    writes,
    reads: played.reads,
    stale: { p50: STALE_MS / 2, p99: STALE_MS },
    changes: played.changes.map(({ atMs, to }) => ({ atMs, to })),
    failedPerSecond,
  };
}
