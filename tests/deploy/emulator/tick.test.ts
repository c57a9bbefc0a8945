/** The tick of a deployed stage: what its schedule starts each minute, with the schedule's own input. */
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { bookRowOf, historyOf, givenAccount, givenDev, type Dev } from './given.ts';

let dev: Dev;
beforeAll(async () => {
  dev = await givenDev(await givenAccount({ minuteS: MINUTE_S }));
  // A probe has one second, which the start of the first process may take on a busy machine.
  await dev.table.put({ currentLevel: 2, errorCount: 5, epoch: 1 });
  await dev.post({ error: false });
  return dev.close;
});

beforeEach(() => dev.table.forget());

const IN_MAINTENANCE = { currentLevel: 3, errorCount: 10, successCount: 0, epoch: 7 };
/** How long a minute lasts here, so that the schedule is seen without waiting for it. */
const MINUTE_S = 5;
/** Longer than such a minute: the schedule may have just missed the row. */
const SCHEDULE_MS = 30_000;

describe('a tick', () => {
  test('probes in maintenance, so that a service without traffic climbs', async () => {
    await dev.table.put(IN_MAINTENANCE);
    for (let successCount = 1; successCount < 10; successCount += 1) {
      await dev.schedules.tick();
      expect(await bookRowOf(dev)).toMatchObject({ level: 3, successCount, epoch: 7 });
    }
    await dev.schedules.tick();
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 8 });
    expect(await historyOf(dev)).toEqual([{ epoch: 8, from: 3, to: 2, reason: 'probes' }]);
  });

  test('does nothing while a level is pinned', async () => {
    await dev.table.put({ ...IN_MAINTENANCE, successCount: 9, override: { reason: 'drill' } });
    const pinned = await dev.table.row();
    await dev.schedules.tick();
    expect(await dev.table.row()).toEqual(pinned);
  });

  test('removes an override that has expired', async () => {
    const override = { reason: 'drill', untilMs: Date.now() - 1 };
    await dev.table.put({ ...IN_MAINTENANCE, override });
    await dev.schedules.tick();
    expect(await dev.table.row()).not.toHaveProperty('override');
    expect(await historyOf(dev)).toEqual([
      { epoch: 8, from: 3, to: 3, reason: 'override-expired' },
    ]);
  });

  test('makes the transition that a crash left behind', async () => {
    await dev.table.put({ currentLevel: 1, errorCount: 5, successCount: 0, epoch: 3 });
    await dev.schedules.tick();
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 4 });
    expect(await historyOf(dev)).toEqual([{ epoch: 4, from: 1, to: 2, reason: 'errors' }]);
  });

  test('runs no face and writes nothing at a clean level 1', async () => {
    const faces = ['full-service', 'degraded-service', 'maintenance-service'];
    const runs = () => Promise.all(faces.map((name) => dev.functions.runsOf(name)));
    const before = await runs();
    await dev.schedules.tick();
    expect(await dev.table.row()).toBeUndefined();
    expect(await runs()).toEqual(before);
  });

  test('comes by itself', async () => {
    await dev.table.put(IN_MAINTENANCE);
    await dev.schedules.enable();
    await vi.waitUntil(async () => (await bookRowOf(dev)).successCount > 0, {
      timeout: SCHEDULE_MS,
      interval: 250,
    });
    expect(await bookRowOf(dev)).toMatchObject({ level: 3, epoch: 7 });
  });
});
