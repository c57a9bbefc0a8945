/** A deployed scope that alarms move: from a metric, through the topic and the queue, to its row. */
import { EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { CloudWatchClient, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { clientOf } from '../../flow/given.ts';
import { alarmMessage, alarmsOf, publishTo, queueOf, type Queue } from './alarm-path.ts';
import { physicalId } from './aws.ts';
import {
  bookRowOf,
  givenAccount,
  givenDev,
  historyOf,
  linesWhen,
  startFrontProcess,
  type Dev,
} from './given.ts';
import { dashboardName } from './inventory.ts';

/** Outcomes alone move no level of the default scope here, but still one of the other. */
const SCOPES = {
  default: { signals: 'alarms' },
  account: { policy: 'bank', signals: 'both' },
};

const DEV = 'resilient-service-dev';
const LEVEL_1 = `${DEV}-default-level-1-error-rate`;
const LEVEL_2 = `${DEV}-default-level-2-error-rate`;
const PROBES = `${DEV}-default-level-3-recovery`;
const STREAK = `${DEV}-default-level-2-recovery`;

const alarms = alarmsOf('dev');
let dev: Dev;
let queue: Queue;
let deadLetters: Queue;
beforeAll(async () => {
  dev = await givenDev(await givenAccount({ scopes: SCOPES }));
  [queue, deadLetters] = await Promise.all([
    queueOf('dev', 'AlarmQueue'),
    queueOf('dev', 'AlarmDeadLetterQueue'),
  ]);
  return dev.close;
});

beforeEach(async () => {
  await queue.drained();
  await dev.table.forget();
  await dev.table.forget('account');
});

/** A level that has lasted for longer than the window of any alarm. */
async function givenLevel(currentLevel: number, more: object = {}) {
  const lastTransition = new Date(Date.now() - 86_400_000).toISOString();
  await dev.table.put({ currentLevel, errorCount: 0, epoch: 7, lastTransition, ...more });
}

const epochIs = (epoch: number) =>
  vi.waitUntil(async () => (await bookRowOf(dev)).epoch === epoch, {
    timeout: 20_000,
    interval: 50,
  });

describe('a deploy', () => {
  test('makes the alarms of each scope, which act on the topic that the processor hears, and those of the stack', async () => {
    const described = await alarms.described();
    const ofScopes = ['account', 'default'].flatMap((scope) =>
      ['level-1-error-rate', 'level-2-error-rate', 'level-2-recovery', 'level-3-recovery'].map(
        (name) => `${DEV}-${scope}-${name}`,
      ),
    );
    const ofStack = ['alarm-dead-letters', 'alarm-processor-errors', 'controller-errors'].map(
      (name) => `${DEV}-${name}`,
    );
    const names = described.map(({ AlarmName: name = '' }) => name);
    expect(names).toEqual(expect.arrayContaining([...ofScopes, ...ofStack]));
    const topic = await physicalId('dev', 'AlarmTopic');
    const acting = described.filter(({ AlarmActions: [action] = [] }) => action === topic);
    expect(acting.map(({ AlarmName: name = '' }) => name).toSorted()).toEqual(ofScopes);
    expect(acting.map(({ ActionsEnabled: enabled }) => enabled)).toEqual(Array(8).fill(true));
  });

  test('gives the queue its dead letters, level changes their topic, and people a dashboard', async () => {
    const { RedrivePolicy: redrive = '' } = await queue.attributes();
    const { QueueArn: deadLetterTargetArn } = await deadLetters.attributes();
    expect(JSON.parse(redrive)).toEqual({ deadLetterTargetArn, maxReceiveCount: 5 });

    const { Targets: targets } = await new EventBridgeClient({}).send(
      new ListTargetsByRuleCommand({ Rule: `${DEV}-level-changed` }),
    );
    const topic = await physicalId('dev', 'LevelChangedTopic');
    expect(targets).toMatchObject([{ Id: 'subscribers', Arn: topic }]);

    const { DashboardBody: body = '' } = await new CloudWatchClient({}).send(
      new GetDashboardCommand({ DashboardName: dashboardName('dev') }),
    );
    const { widgets } = JSON.parse(body) as { readonly widgets: readonly object[] };
    expect(widgets.length).toBeGreaterThan(8);
    expect(body).toContain(`:alarm:${LEVEL_1}"`);
    expect(body).not.toContain('${');
  });
});

describe('a metric over its threshold', () => {
  // The emulator looks at no dimensions: the alarms of other scopes and levels on the same metric
  // fire as well, out of order, and move nothing here.
  test.each([
    ['Controller', 'ProbeResult', {}, 3, 2, 'alarm-recovery'],
    ['Service', 'Success', { Level: '2' }, 2, 1, 'alarm-recovery'],
    ['Service', 'Error', { Level: '1' }, 1, 2, 'alarm-error-rate'],
  ])('of %s %s %o moves level %i to %i', async (set, metric, dimensions, from, to, reason) => {
    await givenLevel(from);
    await alarms.put([`CircuitBreaker/${set}`, metric], { Scope: 'default', ...dimensions }, 1);
    await epochIs(8);
    await queue.drained();
    expect(await bookRowOf(dev)).toMatchObject({ level: to, epoch: 8 });
    expect(await historyOf(dev)).toEqual([{ epoch: 8, from, to, reason }]);
  });
});

describe('an alarm', () => {
  test.each([
    [LEVEL_1, 1, 2, 5],
    [LEVEL_2, 2, 3, 10],
    [PROBES, 3, 2, 5],
    [STREAK, 2, 1, 0],
  ])('%s moves level %i to %i', async (name, from, to, errorCount) => {
    await givenLevel(from);
    await alarms.fire(name);
    await epochIs(8);
    expect(await bookRowOf(dev)).toEqual({ level: to, errorCount, successCount: 0, epoch: 8 });
  });

  test('delivered ten times moves the level once', async () => {
    await givenLevel(1);
    const message = alarmMessage(LEVEL_1);
    const five = [1, 2, 3, 4, 5];
    await Promise.all(five.map(() => queue.send(message)));
    await Promise.all(five.map(() => publishTo('dev', 'AlarmTopic', message)));
    await queue.drained();
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 8 });
  });

  test.each([
    ['of level 2 before that of level 1', 'other-level', LEVEL_2, {}, {}],
    ['older than the level', 'old-evidence', LEVEL_1, {}, { lastTransition: 'now' }],
    ['that is over', 'not-firing', LEVEL_1, { state: 'OK' }, {}],
    ['of a level that is pinned', 'pinned', LEVEL_1, {}, { override: { reason: 'drill' } }],
    ['that nobody knows', 'unknown-alarm', `${DEV}-other-level-1-error-rate`, {}, {}],
  ])('%s is acknowledged and changes nothing', async (_what, why, name, message, row) => {
    const now = new Date().toISOString();
    await givenLevel(1, 'lastTransition' in row ? { lastTransition: now } : row);
    const before = await dev.table.row();
    const since = (await dev.functions.linesOf('alarm-processor')).length;
    await queue.send(alarmMessage(name, message));
    const lines = await linesWhen(dev, 'alarm-processor', (all) =>
      all.slice(since).some(({ message: text }) => text === 'alarm ignored'),
    );
    // A long name that nobody knows is shortened.
    const alarm = expect.stringContaining(name.slice(0, 24)) as string;
    expect(lines.slice(since)).toContainEqual(expect.objectContaining({ alarm, why }));
    await queue.drained();
    expect(await dev.table.row()).toEqual(before);
    expect(await deadLetters.count()).toBe(0);
  });
});

describe('a message that is no alarm', () => {
  test('is a dead letter after five tries, and keeps no other back', async () => {
    // Five tries take five minutes as deployed; a message that failed comes again at once here.
    await queue.set({ VisibilityTimeout: '1' });
    await givenLevel(1);
    await queue.send('poison');
    await queue.send(alarmMessage(LEVEL_1));
    await epochIs(8);
    expect(await deadLetters.take()).toEqual(['poison']);
    await queue.drained();
    const failures = await linesWhen(
      dev,
      'alarm-processor',
      (lines) => lines.filter(({ message }) => message === 'alarm not processed').length >= 5,
    );
    expect(failures.filter(({ message }) => message === 'alarm not processed')).toHaveLength(5);
    await queue.set({ VisibilityTimeout: '60' });
  });
});

describe('an outcome', () => {
  test('moves nothing, nor does a tick', async () => {
    const front = clientOf((await startFrontProcess(dev.account.folder)).url);
    const replies = await front.postTimes(20, true);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([500]));
    expect(await dev.table.row()).toBeUndefined();

    await givenLevel(3, { errorCount: 10, notifiedEpoch: 7 });
    const before = await dev.table.row();
    await dev.schedules.tick();
    expect((await front.post({ error: false })).status).toBe(503);
    expect(await dev.table.row()).toEqual(before);
  });
});
