/** What a deployed stage tells of its level changes, to whom, and what becomes of its alarms then. */
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { alarmsOf, queueOf, subscribeTo, type Queue } from './alarm-path.ts';
import { takeAway } from './aws.ts';
import { bookRowOf, givenDev, linesWhen, type Dev } from './given.ts';

const DEV = 'resilient-service-dev';
/** Outcomes alone move the default scope; its alarms are there to look at. */
const LOOKED_AT = `${DEV}-default-level-1-error-rate`;
const LEVEL_1 = `${DEV}-account-level-1-error-rate`;
const LEVEL_2 = `${DEV}-account-level-2-error-rate`;

const alarms = alarmsOf('dev');
let dev: Dev;
let subscriber: Queue;
beforeAll(async () => {
  dev = await givenDev();
  subscriber = await subscribeTo('dev', 'LevelChangedTopic');
  return dev.close;
});

beforeEach(async () => {
  await dev.table.forget();
  await dev.table.forget('account');
});

/** A message as a subscriber gets it: EventBridge's envelope. */
interface Told {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: { readonly epoch: number; readonly at: string };
}

/** The events that were told, in the order of their epochs. */
async function toldOf(count: number): Promise<readonly Told[]> {
  const messages = await subscriber.take(count);
  const told = messages.map((message) => JSON.parse(message) as Told);
  return told.toSorted((a, b) => a.detail.epoch - b.detail.epoch);
}

const epochsOf = (told: readonly Told[]) => told.map(({ detail }) => detail.epoch);
const notifiedEpoch = async () => (await dev.table.row())?.['notifiedEpoch'];

/** As an operator does it: again where the table did not answer in time, as a busy machine has it. */
async function operate(method: string, path: string, body?: object): Promise<void> {
  const signer = { accessKeyId: 'test', secretAccessKey: 'test' };
  const given = { signer, ...(body !== undefined && { body }) };
  const statuses: number[] = [];
  await vi.waitUntil(
    async () => {
      statuses.push((await dev.gateway.send(method, path, given)).status);
      return statuses.at(-1) !== 503;
    },
    { timeout: 20_000 },
  );
  expect(statuses.at(-1)).toBe(200);
}

describe('a change of level', () => {
  test('is told once, and a tick does not tell it again', async () => {
    await dev.postTimes(10, true);
    const { history } = await dev.status();
    expect(history).toHaveLength(2);
    expect(await toldOf(2)).toMatchObject(
      history.map((change) => ({
        source: DEV,
        'detail-type': 'LevelChanged',
        detail: { scope: 'default', ...change },
      })),
    );
    expect(await notifiedEpoch()).toBe(2);

    await dev.schedules.tick();
    expect(await subscriber.count()).toBe(0);
  });

  test('by an operator is told as well, but not an epoch that begins at the same level', async () => {
    await operate('PUT', '/circuit-breaker/override', { level: 3, reason: 'drill' });
    await operate('DELETE', '/circuit-breaker/override');
    await operate('POST', '/circuit-breaker/reset', {});
    expect((await dev.status()).history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const told = await toldOf(2);
    expect(told).toMatchObject([
      { detail: { from: 1, to: 3, reason: 'pin', epoch: 1 } },
      { detail: { from: 3, to: 1, reason: 'reset', epoch: 3 } },
    ]);
    expect(await notifiedEpoch()).toBe(3);
  });

  test('that was told to nobody is told by the tick', async () => {
    await dev.postTimes(10, true);
    expect(epochsOf(await toldOf(2))).toEqual([1, 2]);
    const { notifiedEpoch: _told, ...row } = (await dev.table.row()) ?? {};
    await dev.table.put(row);

    await dev.schedules.tick();
    expect(epochsOf(await toldOf(2))).toEqual([1, 2]);
    expect(await notifiedEpoch()).toBe(2);
  });

  test('stands where the mutator may not tell it, and is told once it may', async () => {
    const policy = { stage: 'dev', role: 'MutatorRole', policy: 'level' };
    const giveBack = await takeAway('events:PutEvents', policy);
    const replies = await dev.postTimes(5, true);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([500]));
    expect(await bookRowOf(dev)).toMatchObject({ level: 2, epoch: 1 });
    await linesWhen(dev, 'mutator', (lines) =>
      lines.some(({ message }) => message === 'level change not announced'),
    );
    expect(await notifiedEpoch()).toBeUndefined();
    expect(await subscriber.count()).toBe(0);

    await giveBack();
    await dev.schedules.tick();
    expect(epochsOf(await toldOf(1))).toEqual([1]);
    expect(await notifiedEpoch()).toBe(1);
  });
});

describe('an alarm that fires', () => {
  const accountLevel = async () => (await dev.table.row('account'))?.['currentLevel'];
  const stopsFiring = (name: string) =>
    vi.waitUntil(async () => !(await alarms.firing()).includes(name), {
      timeout: 20_000,
      interval: 50,
    });

  test('is OK again after the change of level that it made', async () => {
    await alarms.fire(LOOKED_AT);
    await alarms.fire(LEVEL_1);
    await vi.waitUntil(async () => (await accountLevel()) === 2, { timeout: 20_000 });
    await stopsFiring(LEVEL_1);
    expect(await alarms.firing()).toEqual([LOOKED_AT]);
    expect(await dev.table.row()).toBeUndefined();
    expect(epochsOf(await toldOf(1))).toEqual([1]);
  });

  test('and moves nothing is OK again by the schedule, so that it can be heard once it would', async () => {
    const row = { currentLevel: 2, errorCount: 5, epoch: 1 };
    await dev.table.put({ ...row, override: { reason: 'drill' } }, 'account');
    await alarms.fire(LEVEL_2);
    const queue = await queueOf('dev', 'AlarmQueue');
    await queue.drained();
    expect(await alarms.firing()).toContain(LEVEL_2);
    await dev.functions.invoke('rearm-alarms', { 'detail-type': 'Scheduled Event', detail: {} });
    expect(await alarms.firing()).not.toContain(LEVEL_2);
    expect(await accountLevel()).toBe(2);

    await dev.table.put(row, 'account');
    await alarms.fire(LEVEL_2);
    await vi.waitUntil(async () => (await accountLevel()) === 3, { timeout: 20_000 });
  });
});
