/** Plays the requests of a simulation against the running service: real HTTP, the times of the simulation. */
import { expect, vi } from 'vitest';
import type { Policy } from '../../lib/level/policy.ts';
import { accountOf } from '../../lib/simulation/account.ts';
import { constant, steps } from '../../lib/simulation/course.ts';
import { chanceOf } from '../../lib/simulation/random.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { failing, type World } from '../../lib/simulation/world.ts';
import { givenService, type RunningService } from '../flow/given.ts';

/** What happens: both faces of the demo fail with a share for a while. */
export interface Trouble {
  readonly perSecond: number;
  readonly fromS: number;
  readonly toS: number;
  readonly seconds: number;
  /** The share of the requests that fails meanwhile, 0 to 1, and before; none does after. */
  readonly share: number;
  readonly ordinary: number;
}

/** One after the other, as the requests are sent. */
const TRAITS = { staleMs: 0, stepMs: 0, writeMs: 0, writesPerSecond: 1_000 };
const START_MS = Date.UTC(2026, 5, 1);

/** Changes and writes, of the simulator and of the service. */
export interface Agreement {
  readonly said: Counted;
  readonly served: Counted;
}

/** A request as it was simulated. */
interface Request {
  readonly atMs: number;
  readonly error: boolean;
}

interface Counted {
  readonly changes: readonly {
    readonly from: number;
    readonly to: number;
    readonly reason: string;
  }[];
  readonly writes: number;
}

/**
 * Plays both.
 *
 * @param preset What the service starts with; the policy is its, with the overrides.
 */
export async function playBoth(
  preset: string,
  policy: Policy,
  overrides: Partial<Policy>,
  trouble: Trouble,
): Promise<Agreement> {
  const { perSecond, fromS, toS, seconds, share, ordinary } = trouble;
  const full = failing(steps([0, ordinary], [fromS * 1_000, share], [toS * 1_000, 0]), {
    okMs: 0,
    errorMs: 0,
  });
  const world: World = {
    perSecond: constant(perSecond),
    full,
    // The demo's faces fail together.
    degraded: full,
    safeShare: 0,
    hasFullProbe: false,
  };
  const inForce = { ...policy, ...overrides };
  const durationMs = seconds * 1_000;
  const requests: Request[] = [];
  const played = await simulate({
    policy: inForce,
    world,
    seed: 4,
    durationMs,
    traits: TRAITS,
    bulk: false,
    // Where maintenance answers, it is the probe that the fault switch is for.
    onRequest: ({ served }, atMs) =>
      requests.push({ atMs, error: served === null ? full.fails.at(atMs) > 0.5 : !served.ok }),
  });
  const { writes } = accountOf(played, { policy: inForce, world, story: {} });
  return {
    said: { changes: played.changes.map(movedOf), writes },
    served: await serve(preset, overrides, requests),
  };
}

const movedOf = ({ from, to, reason }: Counted['changes'][number]) => ({ from, to, reason });

async function serve(
  preset: string,
  overrides: Partial<Policy>,
  requests: readonly Request[],
): Promise<Counted> {
  // Only the date is ours: the server's sockets and limits need the time of this machine.
  vi.useFakeTimers({ toFake: ['Date'], now: START_MS });
  // The workflow's draws, which would else be another in each run.
  const chance = chanceOf(6);
  const draws = vi.spyOn(Math, 'random').mockImplementation(() => chance.unit());
  try {
    const service = await givenService({ POLICY: preset });
    if (Object.keys(overrides).length > 0) await override(service, overrides);
    let writes = 0;
    service.server.table?.onOperation((operation) => {
      if (operation === 'UpdateItem') writes += 1;
    });
    for (const { atMs, error } of requests) {
      vi.setSystemTime(START_MS + Math.floor(atMs));
      await service.post({ error });
    }
    const { history } = await service.status();
    const changes = history.filter(({ reason }) => reason !== 'policy').map(movedOf);
    // The history of a change is an item of its own, which a run does not count.
    return { changes, writes: writes - changes.length };
  } finally {
    draws.mockRestore();
    vi.useRealTimers();
  }
}

async function override(service: RunningService, overrides: Partial<Policy>): Promise<void> {
  const options = {
    body: JSON.stringify(overrides),
    headers: { 'Content-Type': 'application/json' },
  };
  const { status } = await service.send('PUT', '/circuit-breaker/policy', options);
  expect(status).toBe(200);
}

/** The same changes in the same order, writes within 5 %. */
export function expectAgreement(
  { said, served }: Agreement,
  levels: readonly number[] | null = null,
): void {
  expect(served.changes).toEqual(said.changes);
  if (levels !== null) expect(said.changes.map(({ to }) => to)).toEqual(levels);
  expect(Math.abs(served.writes - said.writes) / said.writes).toBeLessThanOrEqual(0.05);
}
