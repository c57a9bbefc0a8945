/** What the simulator says of a scenario is what the running service does. */
import { expect, test } from 'vitest';
import { classic, bank, type Policy } from '../../lib/level/policy.ts';
import { accountOf } from '../../lib/simulation/account.ts';
import { constant, steps } from '../../lib/simulation/course.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { failing, type World } from '../../lib/simulation/world.ts';
import { givenService } from '../flow/given.ts';

/** Good, bad, good again: down to maintenance, and up. */
const BAD_FROM_S = 2;
const BAD_TO_S = 7;
const SECONDS = 14;

const full = failing(steps([0, 0], [BAD_FROM_S * 1_000, 1], [BAD_TO_S * 1_000, 0]));
const world: World = {
  perSecond: constant(6),
  full,
  // The demo's faces fail together.
  degraded: full,
  safeShare: 0,
  hasFullProbe: false,
};

/** One after the other, as the requests below are sent. */
const traits = { staleMs: 0, stepMs: 0, writeMs: 0, writesPerSecond: 1_000 };

test.each([
  ['classic', classic],
  ['bank', bank],
] as const)(
  '%s: the same changes in the same order, writes within 5 %%',
  { timeout: 60_000 },
  async (name, policy: Policy) => {
    const world0 = { ...world, full: { ...full, okMs: 0, errorMs: 0 } };
    const calm = { ...world0, degraded: world0.full };
    const durationMs = SECONDS * 1_000;
    const played = await simulate({ policy, world: calm, seed: 4, durationMs, traits });
    const said = accountOf(played, { policy, world: calm, story: {} });

    const service = await givenService({ POLICY: name });
    let writes = 0;
    service.server.table?.onOperation((operation) => {
      if (operation === 'UpdateItem') writes += 1;
    });
    for (const [second, counts] of played.perSecond.entries()) {
      const error = second >= BAD_FROM_S && second < BAD_TO_S;
      await service.postTimes(counts?.requests ?? 0, error);
    }
    const { history } = await service.status();
    expect(history.map(({ from, to, reason }) => ({ from, to, reason }))).toEqual(
      played.changes.map(({ from, to, reason }) => ({ from, to, reason })),
    );
    expect(history.map(({ to }) => to)).toEqual([2, 3, 2, 1]);
    // The history of a change is an item of its own, which a run does not count.
    const ofRow = writes - history.length;
    expect(Math.abs(ofRow - said.writes) / said.writes).toBeLessThanOrEqual(0.05);
  },
);
