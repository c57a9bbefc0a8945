/** A deployed stage under every fault: no answer outside the contract, nothing counted twice, back without help. */
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { tried } from '../report.ts';
import type { Case } from './cases.ts';
import { EVENT_CASES } from './event-cases.ts';
import { FUNCTION_CASES } from './function-cases.ts';
import { givenWorld, type World } from './given.ts';
import { RELEASE_CASES } from './release-cases.ts';
import { TABLE_CASES } from './table-cases.ts';
import { readStatuses, recover, statusesOf, storm, type Weathered } from './weather.ts';

const isShort = inject('chaosShare') < 1;
const REQUESTS = 12;

let world: World;
beforeAll(async () => {
  world = await givenWorld();
  return () => world.close();
});

/** The requests of a row, with a tick, a read of the status and what else happens beside them. */
async function weather(row: Case): Promise<Weathered> {
  const { requests = REQUESTS, fails, beside = true, during } = row;
  const lasts = typeof requests === 'number' ? requests : requests(world);
  const [weathered, outside] = await Promise.all([
    storm(world, { requests: lasts, ...(fails && { fails }) }),
    beside ? readStatuses(world) : [],
    beside ? world.dev.schedules.tick() : null,
    during?.(world),
    lasts,
  ]);
  const { replies } = weathered;
  return { replies, outside: [...weathered.outside, ...outside] };
}

/** The weather of a row under its fault, which ends with it whatever comes. */
async function underFault(row: Case): Promise<Weathered> {
  const { faults = [], begin, held } = row;
  const mend = await begin?.(world);
  world.faults.set(faults);
  try {
    const weathered = await weather(row);
    // A fault that met nothing would prove nothing.
    if (faults.length > 0) expect(world.faults.met()).toBeGreaterThan(0);
    await held?.(world, weathered);
    return weathered;
  } finally {
    world.faults.set([]);
    await mend?.();
  }
}

async function withstand(row: Case): Promise<void> {
  const { what, level = 1, after } = row;
  await world.begin(level);
  const { replies, outside } = await underFault(row);
  const counted = world.counted.outcomes();
  const back = await recover(world);
  await after?.(world);
  expect(outside).toEqual([]);
  expect(world.counted.twice()).toEqual([]);
  tried({
    what,
    times: replies.length,
    result: `${statusesOf(replies)}; ${counted} counted, none twice; level 1 after ${back.requests} requests, ${(back.tookMs / 1_000).toFixed(1)} s`,
  });
}

describe.each([
  ['functions', FUNCTION_CASES],
  ['the table', TABLE_CASES],
  ['events, alarms, duplicates and order', EVENT_CASES],
  ['releases', RELEASE_CASES],
])('%s', (_part, rows) => {
  const chosen = rows.filter(({ short = false }) => short || !isShort);
  // Each under its whole name: `$what` would be shortened.
  test.each(chosen.map((row) => [row.what, row] as const))('%s', (_what, row) => withstand(row));
});
