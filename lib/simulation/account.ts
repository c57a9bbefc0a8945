/** A run in the figures that a person decides by: who served, what failed, how often it moved, what it cost. */
import type { Policy } from '../level/policy.ts';
import { dollarsOf } from './dollars.ts';
import type { Played } from './played.ts';
import type { Story } from './stories.ts';
import { failsAt, type World } from './world.ts';

/** The figures of a run. */
export interface Account {
  readonly requests: number;
  /** Answers by who gave them; errors are those that a client saw. */
  readonly full: number;
  readonly degraded: number;
  readonly maintenance: number;
  readonly errors: number;
  /** Degraded and maintenance answers that the full face would have given well: what a policy wastes. */
  readonly needless: number;
  /** From the beginning of the trouble to the first fall after it, in milliseconds; null where there is none. */
  readonly degradesAfterMs: number | null;
  /** From the end of the trouble to level 1 for good, in milliseconds; null where there is none. */
  readonly backAfterMs: number | null;
  readonly changes: number;
  /** Climbs to level 1 that did not hold for flapWindowMs. */
  readonly flaps: number;
  readonly reads: number;
  readonly writes: number;
  /** Writes on the row in the worst second. */
  readonly worstSecond: number;
  /** Lambda functions invoked. */
  readonly invocations: number;
  readonly dollars: number;
}

/** Puts a run into figures. */
export function accountOf(
  played: Played,
  {
    policy,
    world,
    story,
  }: { policy: Policy; world: World; story: Pick<Story, 'beginsMs' | 'endsMs'> },
): Account {
  const { requests, failed, degraded, maintained, changes, reads } = played;
  const { writes: perSecond, calls, probes, mutations } = played;
  const writes = perSecond.reduce((sum, count) => sum + count, 0);
  return {
    requests,
    full: requests - failed - degraded,
    degraded,
    maintenance: maintained,
    errors: failed - maintained,
    needless: needlessOf(played, world),
    degradesAfterMs: degradesAfter(played, story),
    backAfterMs: backAfter(played, story),
    changes: changes.length,
    flaps: flapsOf(played, policy),
    reads,
    writes,
    worstSecond: perSecond.reduce((most, count) => Math.max(most, count), 0),
    invocations: calls + probes.length + mutations,
    dollars: dollarsOf(played, writes),
  };
}

/** By what the full face would have done with all the requests of each second. */
function needlessOf({ perSecond }: Played, { full }: World): number {
  let needless = 0;
  for (const [second, counts] of perSecond.entries()) {
    // A second without a request has no counts.
    if (counts === undefined) continue;
    const others = counts.degraded - counts.shielded + counts.maintained;
    if (others > 0) needless += others * (1 - failsAt(full, second * 1_000 + 500, counts.requests));
  }
  return Math.round(needless);
}

function degradesAfter({ changes }: Played, { beginsMs }: Pick<Story, 'beginsMs'>): number | null {
  if (beginsMs === undefined) return null;
  const fall = changes.find(({ atMs, from, to }) => to > from && atMs >= beginsMs);
  return fall === undefined ? null : fall.atMs - beginsMs;
}

function backAfter({ changes }: Played, { endsMs }: Pick<Story, 'endsMs'>): number | null {
  const last = changes.at(-1);
  if (endsMs === undefined || last?.to !== 1 || last.atMs < endsMs) return null;
  return last.atMs - endsMs;
}

function flapsOf({ changes }: Played, { flapWindowMs }: Policy): number {
  return changes.filter(({ to, atMs }, index) => {
    const next = changes[index + 1];
    return to === 1 && next !== undefined && next.atMs - atMs <= flapWindowMs;
  }).length;
}

/** The means of several runs; a time is null where it is for more than half of them. */
export function meanAccount(accounts: readonly [Account, ...Account[]]): Account {
  const [first] = accounts;
  const names = Object.keys(first) as (keyof Account)[];
  const means = names.map((name) => {
    const values = accounts.map((account) => account[name]).filter((value) => value !== null);
    const isKnown = 2 * values.length > accounts.length;
    return [name, isKnown ? values.reduce((sum, value) => sum + value, 0) / values.length : null];
  });
  return Object.fromEntries(means) as Account;
}
