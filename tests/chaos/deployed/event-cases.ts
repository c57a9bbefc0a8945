/** EventBridge, SNS and SQS down or late; duplicates and reordering everywhere; the workflow's front door. */
import { expect, vi } from 'vitest';
import { alarmMessage, publishTo } from '../../deploy/emulator/alarm-path.ts';
import { codeThat, type Case, type End } from './cases.ts';
import type { World } from './given.ts';
import { operate } from './weather.ts';

const LEVEL_1 = 'resilient-service-dev-default-level-1-error-rate';
const LEVEL_2 = 'resilient-service-dev-default-level-2-error-rate';

const PUT_EVENTS = / events:PutEvents$/;
const START = /^front states:StartSyncExecution$/;
const none = () => false;
/** How long a delivery may take at worst, in milliseconds. */
const DELIVERY_MS = 15_000;

/** Every change that the history holds reached who subscribes, by now or a little later. */
async function allIsTold({ dev, told }: World): Promise<void> {
  const { history } = await dev.status();
  const left = new Set(history.filter(({ from, to }) => from !== to).map(({ epoch }) => epoch));
  expect(left.size).toBeGreaterThan(0);
  await vi.waitUntil(
    async () => {
      for (const message of await told.take(0)) {
        const { detail } = JSON.parse(message) as { readonly detail: { readonly epoch: number } };
        left.delete(detail.epoch);
      }
      return left.size === 0;
    },
    { timeout: DELIVERY_MS, interval: 50 },
  );
}

/** Both alarms, the wrong one first, each five times by the topic and by the queue, an end of one between. */
async function alarmsInAnyOrder({ alarms }: World): Promise<void> {
  const messages = [
    alarmMessage(LEVEL_2),
    alarmMessage(LEVEL_1, { state: 'OK' }),
    alarmMessage(LEVEL_1),
    alarmMessage(LEVEL_1, { atMs: Date.now() - 20 * 60_000 }),
  ];
  const five = [1, 2, 3, 4, 5];
  await Promise.all(
    five.flatMap(() =>
      messages.flatMap((message) => [
        alarms.send(message),
        publishTo('dev', 'AlarmTopic', message),
      ]),
    ),
  );
}

/** However often it came, the alarm moved the level once. */
async function movedOnceByAlarm({ dev, alarms }: World): Promise<void> {
  await alarms.drained();
  const { history } = await dev.status();
  const moves = history.filter(({ reason }) => reason === 'alarm-error-rate');
  expect(moves).toMatchObject([{ from: 1, to: 2 }]);
}

const movedByAlarm = async ({ dev }: World) => {
  await vi.waitUntil(
    async () => (await dev.status()).history.some(({ reason }) => reason === 'alarm-error-rate'),
    { timeout: DELIVERY_MS, interval: 50 },
  );
};

export const EVENT_CASES: readonly Case[] = [
  {
    what: 'EventBridge is down',
    short: true,
    faults: [{ calls: PUT_EVENTS, fates: [{ kind: 'refused', error: 'Internal', status: 500 }] }],
    after: allIsTold,
  },
  {
    what: 'EventBridge answers after 1.5 s, when nobody waits any more',
    faults: [{ calls: PUT_EVENTS, fates: [{ kind: 'late', ms: 1_500 }] }],
    after: allIsTold,
  },
  {
    what: 'EventBridge takes what it is told, and its answer is lost',
    faults: [{ calls: PUT_EVENTS, fates: [{ kind: 'unanswered' }] }],
    after: allIsTold,
  },
  {
    what: 'EventBridge and SNS deliver twice, late and in another order',
    faults: [
      {
        calls: /^(bus|sns):/,
        fates: [
          { kind: 'late', ms: 900 },
          { kind: 'twice', ms: 300 },
          { kind: 'late', ms: 100 },
        ],
      },
    ],
    after: allIsTold,
  },
  {
    what: 'alarms come ten times, by topic and queue, in the wrong order',
    short: true,
    fails: none,
    during: alarmsInAnyOrder,
    after: movedOnceByAlarm,
  },
  {
    what: 'SNS is 1 s late, and SQS delivers each batch of alarms twice',
    fails: none,
    faults: [
      { calls: /^sns:alarms$/, fates: [{ kind: 'late', ms: 1_000 }] },
      { calls: /^sqs:alarm-processor$/, fates: [{ kind: 'twice', ms: 0 }] },
    ],
    during: (world) => Promise.all([alarmsInAnyOrder(world), movedByAlarm(world)]),
    after: movedOnceByAlarm,
  },
  {
    what: 'SQS is down: nothing of the queue is delivered',
    fails: none,
    faults: [{ calls: /^sqs:alarm-processor$/, fates: [{ kind: 'refused', error: 'down' }] }],
    begin: async (world) => comesThen(world, await comesAgainSoon(world)),
    during: alarmsInAnyOrder,
    after: movedOnceByAlarm,
  },
  {
    what: 'the alarm processor crashes',
    fails: none,
    begin: async (world) => {
      const [setBack, mend] = await Promise.all([
        comesAgainSoon(world),
        codeThat('crashes', 'alarm-processor')(world),
      ]);
      return comesThen(world, setBack, mend);
    },
    during: ({ alarms }) => alarms.send(alarmMessage(LEVEL_1)),
    after: movedOnceByAlarm,
  },
  {
    what: 'the mutator is invoked 6 s late: the workflow gave it up, and the level was reset',
    requests: 6,
    beside: false,
    faults: [{ calls: /^machine lambda:mutator$/, fates: [{ kind: 'late', ms: 6_000 }] }],
    begin: async (world) => {
      const { dev, faults } = world;
      const before = await dev.functions.runsOf('mutator');
      return async () => {
        await vi.waitUntil(
          async () => (await dev.functions.runsOf('mutator')) - before >= faults.met(),
          { timeout: DELIVERY_MS, interval: 100 },
        );
        // What comes now is evidence of another time.
        expect(world.counted.outcomes()).toBe(0);
      };
    },
    held: async (world) => {
      const { dev, counted } = world;
      expect(counted.outcomes()).toBe(0);
      const { epoch } = await dev.status();
      expect(await operate(world, 'POST', '/circuit-breaker/reset', {})).toEqual([]);
      expect((await dev.status()).epoch).toBe(epoch + 1);
    },
  },
  {
    what: 'invocations and writes overtake each other',
    requests: 18,
    faults: [
      {
        calls: /^machine lambda:|dynamodb:UpdateItem$/,
        fates: [800, 0, 300, 1_100, 100].map((ms) => ({ kind: 'late', ms })),
      },
    ],
  },
  {
    what: 'a tick is started three times at once',
    level: 3,
    fails: () => true,
    during: async ({ dev }) => {
      for (let round = 0; round < 3; round += 1) {
        await Promise.all([1, 2, 3].map(() => dev.schedules.tick()));
      }
    },
  },
  {
    what: 'Step Functions throttles every second start',
    beside: false,
    faults: [{ calls: START, fates: [{ kind: 'refused', error: 'ThrottlingException' }, null] }],
    held: (_world, { replies }) => {
      expect(replies.filter(({ status }) => status === 429)).toHaveLength(replies.length / 2);
    },
  },
  {
    what: 'Step Functions runs it, and its answer is lost',
    beside: false,
    faults: [{ calls: START, fates: [{ kind: 'unanswered' }] }],
  },
  {
    what: 'every second start is lost with its connection',
    beside: false,
    faults: [{ calls: START, fates: [{ kind: 'lost' }, null] }],
  },
];

/** What failed comes again after three minutes as deployed, and after two seconds here. */
async function comesAgainSoon({ alarms }: World): Promise<End> {
  await alarms.set({ VisibilityTimeout: '2' });
  return () => alarms.set({ VisibilityTimeout: '180' });
}

/** Mends, and waits for what could not come before. */
function comesThen(world: World, setBack: End, mend?: End): End {
  return async () => {
    await mend?.();
    await movedByAlarm(world);
    await setBack();
  };
}
