/** The alarm processor on a real table: one move for an alarm, whatever the queue does with it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/alarm-processor.ts';
import { createHandler as rearmAlarms } from '../../functions/rearm-alarms.ts';
import type { LevelEvents } from '../../lib/events/level-events.ts';
import { bank, production } from '../../lib/level/policy.ts';
import { alarmsOf } from '../../lib/runtime/scopes.ts';
import { historyKeyOf, stateKeyOf } from '../../lib/store/level-store.ts';
import { openDynamo, type DynamoBackend } from '../store/backends.ts';
import { NOW_MS, rememberingTelemetry, SCOPES, toldInto } from './events.ts';

const BEGAN_MS = NOW_MS - 600_000;
const ALARMS = alarmsOf(SCOPES, 'dev', 'classic');
const LEVEL_1 = 'resilient-service-dev-account-level-1-error-rate';
const LEVEL_2 = 'resilient-service-dev-account-level-2-error-rate';
const STREAK = 'resilient-service-dev-account-level-2-recovery';

let backend: DynamoBackend;
beforeAll(async () => {
  backend = await openDynamo();
});
afterAll(() => backend.close());

const alarm = (AlarmName: string, atMs = NOW_MS, NewStateValue = 'ALARM') =>
  JSON.stringify({ AlarmName, NewStateValue, StateChangeTime: new Date(atMs).toISOString() });

/** The row of a scope, and a processor that reads and writes it. */
async function given(
  row: Readonly<Record<string, unknown>> = {},
  publish?: LevelEvents['publish'],
  policy = bank,
) {
  const stateKey = stateKeyOf('account');
  await backend.put(historyKeyOf('account'), {});
  const began = { lastTransition: new Date(BEGAN_MS).toISOString(), epoch: 3 };
  await backend.put(stateKey, { currentLevel: 1, errorCount: 0, ...began, ...row });
  const { telemetry, told, measured } = rememberingTelemetry();
  let nowMs = NOW_MS;
  const process = createHandler({
    protocol: { store: backend.store, policyOf: () => policy },
    deployedPolicyOf: () => policy,
    presetOf: () => 'bank',
    random: () => 0,
    scopes: SCOPES,
    telemetry,
    events: publish === undefined ? null : { publish },
    clock: { nowMs: () => nowMs, monotonicMs: () => 0 },
    alarmNamed: (name) => ALARMS.find((each) => each.alarm.name === name),
  });
  return {
    told,
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** The metrics of the last batch that are not 0. */
    counted: () =>
      Object.fromEntries(
        Object.entries(measured.at(-1)?.values as Record<string, number>).filter(([, n]) => n > 0),
      ),
    row: () => backend.store.read(stateKey),
    batch: (...bodies: readonly string[]) =>
      process({ Records: bodies.map((body, index) => ({ messageId: `m-${index}`, body })) }),
  };
}

describe('an alarm', () => {
  test('moves the level with a new epoch and says why', async () => {
    const { batch, row, counted, told } = await given();
    await expect(batch(alarm(LEVEL_1))).resolves.toEqual({ batchItemFailures: [] });
    expect(await row()).toMatchObject({
      currentLevel: 2,
      errorCount: 5,
      successCount: 0,
      epoch: 4,
      transitionReason: 'alarm-error-rate',
      changedFrom: 1,
      changedBy: 'alarm-error-rate',
    });
    expect(counted()).toEqual({ RecordsProcessed: 1, FailureAlarmProcessed: 1 });
    expect(told[0]).toEqual([
      'warn',
      'level changed',
      expect.objectContaining({ from: 1, to: 2, epoch: 4, alarm: LEVEL_1, messageId: 'm-0' }),
    ]);
  });

  test('begins the dwell under a rate, as every fall does', async () => {
    const { batch, row } = await given({}, undefined, production);
    await batch(alarm(LEVEL_1));
    const { currentLevel, quietUntilMs } = (await row()) ?? {};
    expect({ currentLevel, quietMs: Number(quietUntilMs) - NOW_MS }).toEqual({
      currentLevel: 2,
      quietMs: production.dwellMs,
    });
  });

  test('moves it once though it is delivered five times in a batch and five times more', async () => {
    const { batch, row, counted } = await given();
    const five = Array.from({ length: 5 }, () => alarm(LEVEL_1));
    await batch(...five);
    expect(counted()).toEqual({ RecordsProcessed: 5, FailureAlarmProcessed: 1, AlarmIgnored: 4 });
    await batch(...five);
    expect(counted()).toEqual({ RecordsProcessed: 5, AlarmIgnored: 5 });
    expect(await row()).toMatchObject({ currentLevel: 2, epoch: 4 });
  });

  test('moves it once though five processors have it at the same time', async () => {
    const { batch, row } = await given();
    await Promise.all(Array.from({ length: 5 }, () => batch(alarm(LEVEL_1))));
    expect(await row()).toMatchObject({ currentLevel: 2, epoch: 4 });
  });

  test('of the next level does nothing before its own window has passed there', async () => {
    const { batch, row, told, pass } = await given();
    await batch(alarm(LEVEL_1), alarm(LEVEL_2));
    expect(await row()).toMatchObject({ currentLevel: 2 });
    expect(told.at(-1)).toEqual([
      'info',
      'alarm ignored',
      expect.objectContaining({ alarm: LEVEL_2, why: 'old-evidence' }),
    ]);
    pass(180_000);
    await batch(alarm(LEVEL_2, NOW_MS + 180_000));
    expect(await row()).toMatchObject({ currentLevel: 3, epoch: 5 });
  });

  test('drops an override that has expired along with the level', async () => {
    const { batch, row } = await given({ override: { reason: 'drill', untilMs: NOW_MS } });
    await batch(alarm(LEVEL_1));
    expect(await row()).toMatchObject({ currentLevel: 2, epoch: 4 });
    expect(await row()).not.toHaveProperty('override');
  });

  test('that moves the level is announced', async () => {
    const published: unknown[] = [];
    const { batch, row } = await given({}, toldInto(published));
    await batch(alarm(LEVEL_1));
    expect(published).toMatchObject([{ scope: 'account', from: 1, to: 2, epoch: 4 }]);
    expect(await row()).toMatchObject({ notifiedEpoch: 4 });
  });

  test('of recovery moves the level up', async () => {
    const { batch, row, counted } = await given({ currentLevel: 2, errorCount: 5 });
    await batch(alarm(STREAK));
    expect(await row()).toMatchObject({ currentLevel: 1, errorCount: 0, epoch: 4 });
    expect(counted()).toEqual({ RecordsProcessed: 1, RecoveryAlarmProcessed: 1 });
  });

  test('of an unknown name is logged by the beginning of that', async () => {
    const { batch, told } = await given();
    await batch(alarm(`resilient-${'x'.repeat(250_000)}`));
    expect(JSON.stringify(told).length).toBeLessThan(2_000);
    expect(told).toContainEqual([
      'warn',
      'alarm ignored',
      expect.objectContaining({ alarm: `resilient-${'x'.repeat(30)}…` }),
    ]);
  });

  test.each([
    ['out of order', alarm(LEVEL_2), {}, 'other-level'],
    ['over', alarm(LEVEL_1, NOW_MS, 'OK'), {}, 'not-firing'],
    ['of an earlier time', alarm(LEVEL_1, BEGAN_MS + 59_999), {}, 'old-evidence'],
    ['too old', alarm(LEVEL_1, NOW_MS - 900_001), { lastTransition: null }, 'too-old'],
    ['of an hour from now', alarm(LEVEL_1, NOW_MS + 3_600_000), {}, 'future'],
    ['of a pinned level', alarm(LEVEL_1), { override: { reason: 'drill' } }, 'pinned'],
    [
      'of another stage',
      alarm('resilient-service-prod-account-level-1-error-rate'),
      {},
      'unknown-alarm',
    ],
    ['of a scope without it', alarm(LEVEL_1.replace('account', 'default')), {}, 'signals-direct'],
  ])('%s is acknowledged and counted, and changes nothing', async (_what, body, more, why) => {
    const { batch, row, counted, told } = await given(more);
    await expect(batch(body)).resolves.toEqual({ batchItemFailures: [] });
    expect(await row()).toMatchObject({ epoch: 3, currentLevel: 1 });
    expect(counted()).toEqual({ RecordsProcessed: 1, AlarmIgnored: 1 });
    expect(told.at(-1)?.[2]).toMatchObject({ why });
  });
});

describe('a batch', () => {
  test('gives back what it cannot read, and processes the rest', async () => {
    const { batch, row, counted, told } = await given();
    await expect(batch('poison', alarm(LEVEL_1), '{}')).resolves.toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-0' }, { itemIdentifier: 'm-2' }],
    });
    expect(await row()).toMatchObject({ currentLevel: 2 });
    expect(counted()).toEqual({
      RecordsProcessed: 3,
      ProcessingErrors: 2,
      FailureAlarmProcessed: 1,
    });
    expect(told.filter(([kind]) => kind === 'error')).toHaveLength(2);
  });

  test('comes again where the row is malformed, until it is healed', async () => {
    const { batch } = await given({ currentLevel: 9 });
    await expect(batch(alarm(LEVEL_1))).resolves.toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-0' }],
    });
  });
});

describe('rearming', () => {
  const setOf = async (event: unknown, firing: readonly string[]) => {
    const { telemetry } = rememberingTelemetry();
    const [asked, set]: [string[], string[]] = [[], []];
    const states = {
      firing: async (names: readonly string[]) => {
        asked.push(...names);
        return firing;
      },
      setOk: async (name: string) => void set.push(name),
    };
    await rearmAlarms({ states, alarms: ALARMS, telemetry })(event);
    return { asked, set };
  };
  const account = ALARMS.map(({ alarm: { name } }) => name).filter((name) =>
    name.includes('-account-'),
  );

  test('by the schedule is of every scope that alarms move', async () => {
    const event = { 'detail-type': 'Scheduled Event', detail: {} };
    expect(await setOf(event, [STREAK])).toEqual({ asked: account, set: [STREAK] });
  });

  test('after a change is of its scope alone', async () => {
    const changed = (scope: string) => ({ 'detail-type': 'LevelChanged', detail: { scope } });
    expect((await setOf(changed('account'), [])).asked).toEqual(account);
    expect((await setOf(changed('default'), [])).asked).toEqual([]);
  });
});
