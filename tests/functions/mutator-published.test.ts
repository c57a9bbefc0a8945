/** What the mutator publishes: the row, what faces and probes cannot publish, level changes. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/mutator.ts';
import { givenLevelRuntime, NOW_MS, OUTCOME, rowWrites, toldInto } from './events.ts';

const staleError = () => new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
const serviceError = (name: string) =>
  new DynamoDBServiceException({ name, message: 'no', $fault: 'server', $metadata: {} });

describe('what is published', () => {
  const row = { currentLevel: 2, errorCount: 7, successCount: 1, epoch: 1 };
  const of = (measured: ReturnType<typeof givenLevelRuntime>['measured'], set: string) =>
    measured
      .filter((each) => each.set === set)
      .map(({ dimensions, values }) => [dimensions, values]);
  const AT_LEVEL_2 = { ...OUTCOME, readLevel: 2, servedLevel: 2 } as const;
  const failed = { Success: 0, Error: 1 };

  test('is the row after the outcome', async () => {
    const { dynamo, runtime, measured } = givenLevelRuntime();
    dynamo.on(UpdateCommand).resolves({ Attributes: row });
    await createHandler(runtime)(AT_LEVEL_2);
    expect(measured).toEqual([
      {
        set: 'Controller',
        dimensions: { Scope: 'default' },
        values: {
          Invocation: 1,
          ResponseTime: 0,
          CurrentLevel: 2,
          FailureCount: 7,
          SuccessCount: 1,
        },
      },
    ]);
  });

  const policy = { judge: 'rate', ramp: [5, 25], dwellMs: 30_000 };
  const rated = { currentLevel: 2, errorCount: 0, epoch: 1, policy };

  test('has what a rate is judged by and the way up waits for', async () => {
    const { dynamo, runtime, measured } = givenLevelRuntime();
    const climbing = { ...rated, quietUntilMs: NOW_MS - 1, rampStep: 1 };
    dynamo.on(UpdateCommand).resolves({ Attributes: climbing });
    await createHandler(runtime)({ ...AT_LEVEL_2, servedLevel: 1 });
    expect(measured.at(-1)?.values).toMatchObject({
      WindowRequests: 0,
      SampleOneIn: 1,
      DwellLeft: 0,
      RampStep: 2,
      RampShare: 25,
    });
  });

  test('has that in the line of a change, too', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const worn = { currentLevel: 1, errorCount: 5, epoch: 0 };
    const at = new Date(NOW_MS).toISOString();
    const history = [{ epoch: 1, from: 1, to: 2, at, reason: 'errors' }];
    const fallen = { ...rated, history, quietUntilMs: NOW_MS + 30_000 };
    dynamo.on(UpdateCommand).resolvesOnce({ Attributes: worn }).resolves({ Attributes: fallen });
    await createHandler(runtime)(OUTCOME);
    const line = told.find(([, what]) => what === 'level changed');
    expect(line?.[2]).toMatchObject({ from: 1, to: 2, DwellLeft: 30_000, RampStep: 1 });
  });

  test.each([
    ['a stale outcome', staleError()],
    ['an outcome that failed', serviceError('InternalServerError')],
  ])('is no row after %s', async (_what, error) => {
    const { dynamo, runtime, measured } = givenLevelRuntime();
    dynamo.on(UpdateCommand).rejects(error);
    await createHandler(runtime)(OUTCOME).catch(() => {});
    expect(of(measured, 'Controller')).toEqual([
      [{ Scope: 'default' }, { Invocation: 1, ResponseTime: 0 }],
    ]);
  });

  test.each([
    ['the level that was read', {}, '2'],
    ['a canary', { servedLevel: 1 }, 'canary'],
    ['a bypass', { servedLevel: 1, bypass: true, record: false }, 'bypass'],
  ] as const)('is the error of a face that did not end, as %s', async (_what, more, level) => {
    const { dynamo, runtime, measured } = givenLevelRuntime();
    dynamo.on(UpdateCommand).resolves({ Attributes: row });
    await createHandler(runtime)({ ...AT_LEVEL_2, durationMs: null, ...more });
    expect(of(measured, 'Service')).toEqual([[{ Scope: 'default', Level: level }, failed]]);
  });

  test('is that error once, though its write is throttled and the workflow repeats it', async () => {
    const { dynamo, runtime, measured } = givenLevelRuntime();
    const event = { ...AT_LEVEL_2, durationMs: null };
    dynamo
      .on(UpdateCommand)
      .rejectsOnce(serviceError('ThrottlingException'))
      .resolves({ Attributes: row });
    await expect(createHandler(runtime)(event)).rejects.toThrow('throttled');
    await createHandler(runtime)(event);
    expect(of(measured, 'Service')).toHaveLength(1);
  });

  test('is that error under a level of its own where the level was not read', async () => {
    const { dynamo, runtime, measured } = givenLevelRuntime();
    const event = { ...OUTCOME, failOpen: true, record: false, durationMs: null };
    await expect(createHandler(runtime)(event)).resolves.toEqual({ recorded: 'none' });
    expect(of(measured, 'Service')).toEqual([[{ Scope: 'default', Level: 'unknown' }, failed]]);
    expect(dynamo.calls()).toEqual([]);
  });

  test('is a probe that nothing records where alarms decide', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const probe = { ...OUTCOME, readLevel: 3, servedLevel: 3, result: 'error' } as const;
    await createHandler(runtime)({ ...probe, signals: 'alarms', record: false });
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 3, errorCount: 10, epoch: 2 } });
    await createHandler(runtime)({ ...probe, signals: 'alarms', kind: 'tick' });
    expect(dynamo.commandCalls(UpdateCommand)).toEqual([]);
    expect(told).toEqual([
      ['count', 'ProbeResult', 0],
      ['count', 'ProbeResult', 0],
    ]);
  });

  test('is the failed read of a tick, which no face counts', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({});
    const tick = { ...OUTCOME, kind: 'tick', result: 'none', durationMs: null } as const;
    await createHandler(runtime)({ ...tick, failOpen: true });
    await createHandler(runtime)({ ...OUTCOME, failOpen: true, record: false });
    expect(told).toEqual([['count', 'StateReadFailed', 1]]);
  });

  test('is the level by every tick, also where there is no row yet', async () => {
    const { dynamo, runtime, measured } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({});
    const tick = { ...OUTCOME, kind: 'tick', result: 'none', durationMs: null } as const;
    await createHandler(runtime)(tick);
    expect(of(measured, 'Controller')).toEqual([
      [
        { Scope: 'default' },
        { Invocation: 1, ResponseTime: 0, CurrentLevel: 1, FailureCount: 0, SuccessCount: 0 },
      ],
    ]);
    expect(of(measured, 'Service')).toEqual([]);
  });
});

describe('a change of level', () => {
  const at = new Date(NOW_MS).toISOString();
  const change = { epoch: 1, from: 1, to: 2, at, reason: 'errors' } as const;
  const changed = { currentLevel: 2, errorCount: 5, epoch: 1, history: [change] };
  const event = { scope: 'default', ...change };

  test('is published, and the row says so', async () => {
    const published: unknown[] = [];
    const { dynamo, runtime } = givenLevelRuntime({
      publish: toldInto(published),
    });
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { errorCount: 5 } })
      .resolves({ Attributes: changed });
    await createHandler(runtime)(OUTCOME);
    expect(published).toEqual([event]);
    const [, , mark] = rowWrites(dynamo);
    expect(mark).toMatchObject({
      UpdateExpression: 'SET #notifiedEpoch = :set_notifiedEpoch',
      ExpressionAttributeValues: { ':set_notifiedEpoch': 1 },
    });
  });

  test('stands although nobody can be told of it', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime({
      publish: () => Promise.reject(new Error('no bus')),
    });
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { errorCount: 5 } })
      .resolves({ Attributes: changed });
    await expect(createHandler(runtime)(OUTCOME)).resolves.toEqual({ recorded: 'counted' });
    expect(rowWrites(dynamo)).toHaveLength(2);
    expect(told.map(([, what]) => what)).toEqual([
      'level changed',
      'LevelChanged',
      'level change not announced',
      'AnnounceFailed',
    ]);
  });

  test('that was not announced is announced by the tick, once', async () => {
    const published: unknown[] = [];
    const { dynamo, runtime } = givenLevelRuntime({
      publish: toldInto(published),
    });
    const tick = { ...OUTCOME, kind: 'tick', result: 'none', durationMs: null } as const;
    dynamo
      .on(GetCommand)
      .resolvesOnce({ Item: changed })
      .resolves({ Item: { ...changed, notifiedEpoch: 1 } });
    dynamo.on(UpdateCommand).resolves({ Attributes: {} });
    await createHandler(runtime)(tick);
    await createHandler(runtime)(tick);
    expect(published).toEqual([event]);
    expect(rowWrites(dynamo)).toHaveLength(1);
  });
});
