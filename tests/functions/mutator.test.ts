/** The mutator: what it counts, what it tells, and when it throws so that the workflow may repeat it. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/mutator.ts';
import { givenLevelRuntime, NOW_MS, OUTCOME, rowWrites } from './events.ts';

type AwsStub = ReturnType<typeof givenLevelRuntime>['dynamo'];

const staleError = () => new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
const serviceError = (name: string) =>
  new DynamoDBServiceException({ name, message: 'no', $fault: 'server', $metadata: {} });

describe('an outcome', () => {
  test('is counted with one write', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo.on(UpdateCommand).resolves({ Attributes: { errorCount: 1 } });
    await expect(createHandler(runtime)(OUTCOME)).resolves.toEqual({ recorded: 'counted' });
    expect(rowWrites(dynamo)).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('that moves the level is told once, with the execution that did it', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const change = {
      epoch: 1,
      from: 1,
      to: 2,
      at: new Date(NOW_MS).toISOString(),
      reason: 'errors',
    };
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { errorCount: 5 } })
      .resolves({ Attributes: { currentLevel: 2, errorCount: 5, epoch: 1, history: [change] } });
    await createHandler(runtime)(OUTCOME);
    expect(rowWrites(dynamo)).toHaveLength(2);
    expect(told).toEqual([
      [
        'warn',
        'level changed',
        { scope: 'default', from: 1, to: 2, epoch: 1, reason: 'errors', executionId: 'x-1' },
      ],
      ['count', 'LevelChanged', 1],
    ]);
  });

  test('that is stale is counted in a metric only', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo.on(UpdateCommand).rejects(staleError());
    await expect(createHandler(runtime)(OUTCOME)).resolves.toEqual({ recorded: 'stale' });
    expect(rowWrites(dynamo)).toHaveLength(1);
    expect(told.map(([kind, what]) => [kind, what])).toEqual([
      ['debug', 'outcome stale'],
      ['count', 'StaleOutcome'],
    ]);
  });

  test('whose write was throttled throws by the name that the workflow repeats', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo.on(UpdateCommand).rejects(serviceError('ThrottlingException'));
    await expect(createHandler(runtime)(OUTCOME)).rejects.toMatchObject({
      name: 'StoreThrottledError',
    });
    expect(told.map(([, what]) => what)).toEqual(['mutator failed', 'MutatorFailed']);
  });

  test.each(['InternalServerError', 'TimeoutError', 'ResourceNotFoundException'])(
    'whose write ended with %s may be counted, so it throws by another name',
    async (name) => {
      const { dynamo, runtime } = givenLevelRuntime();
      dynamo.on(UpdateCommand).rejects(serviceError(name));
      await expect(createHandler(runtime)(OUTCOME)).rejects.toMatchObject({
        name: 'StoreUnavailableError',
        code: 'STORE_UNAVAILABLE',
      });
      expect(rowWrites(dynamo)).toHaveLength(1);
    },
  );

  test('whose second write fails is counted all the same: told, and not thrown', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { errorCount: 5 } })
      .rejects(serviceError('ThrottlingException'));
    await expect(createHandler(runtime)(OUTCOME)).resolves.toEqual({ recorded: 'counted' });
    expect(told.map(([, what]) => what)).toEqual(['transition unfinished', 'MutatorFailed']);
  });

  test.each([
    ['no level', { ...OUTCOME, readLevel: 4 }],
    ['no epoch', { ...OUTCOME, epoch: 1.5 }],
    ['another result', { ...OUTCOME, result: 'maybe' }],
    ['nothing', {}],
    ['null', null],
  ])('that is malformed (%s) writes nothing', async (_what, event) => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    await expect(createHandler(runtime)(event)).rejects.toThrow(/^payload /);
    expect(told.map(([, what]) => what)).toEqual(['mutator failed', 'MutatorFailed']);
    expect(dynamo.calls()).toHaveLength(0);
  });
});

describe('a tick', () => {
  const TICK = { ...OUTCOME, kind: 'tick', result: 'none', durationMs: null } as const;

  test('that finds nothing to do costs one read', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { errorCount: 2 } });
    await expect(createHandler(runtime)(TICK)).resolves.toEqual({ recorded: 'none' });
    expect(dynamo.calls()).toHaveLength(1);
  });

  test('finishes a passed threshold', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { errorCount: 6 } });
    dynamo.on(UpdateCommand).resolves({ Attributes: { currentLevel: 2, errorCount: 5, epoch: 1 } });
    await createHandler(runtime)(TICK);
    expect(rowWrites(dynamo)).toHaveLength(1);
  });

  test('leaves a pinned level alone', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { errorCount: 6, override: { reason: 'drill' } } });
    await createHandler(runtime)(TICK);
    expect(rowWrites(dynamo)).toHaveLength(0);
  });

  test('ends an override that has expired', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const override = { reason: 'drill', untilMs: NOW_MS };
    const at = new Date(NOW_MS).toISOString();
    const history = [{ epoch: 1, from: 1, to: 1, at, reason: 'override-expired' }];
    dynamo.on(GetCommand).resolves({ Item: { override } });
    dynamo.on(UpdateCommand).resolves({ Attributes: { epoch: 1, history } });
    await createHandler(runtime)(TICK);
    expect(rowWrites(dynamo)[0]?.UpdateExpression).toMatch(/REMOVE .*#override/);
    expect(told[0]?.slice(0, 2)).toEqual(['info', 'epoch began']);
  });

  test('that is throttled after its probe was counted is left to the next one, not repeated', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const row = { currentLevel: 3, errorCount: 10, successCount: 1, epoch: 2 };
    dynamo.on(UpdateCommand).resolves({ Attributes: row });
    dynamo.on(GetCommand).rejects(serviceError('ThrottlingException'));
    const event = { ...TICK, readLevel: 3, servedLevel: 3, epoch: 2, result: 'success' };
    await expect(createHandler(runtime)(event)).resolves.toEqual({ recorded: 'counted' });
    expect(told.map(([, what]) => what)).toEqual([
      'ProbeResult',
      'tick unfinished',
      'MutatorFailed',
    ]);
  });

  test('counts a probe first', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    const row = { currentLevel: 3, errorCount: 10, successCount: 1, epoch: 2 };
    dynamo.on(UpdateCommand).resolves({ Attributes: row });
    dynamo.on(GetCommand).resolves({ Item: row });
    const event = { ...TICK, readLevel: 3, servedLevel: 3, epoch: 2, result: 'success' };
    await expect(createHandler(runtime)(event)).resolves.toEqual({ recorded: 'counted' });
    expect(rowWrites(dynamo)).toHaveLength(1);
  });
});

describe('the result of a probe', () => {
  const ROW = { currentLevel: 3, errorCount: 10, successCount: 1, epoch: 2 };
  const PROBED = { ...OUTCOME, readLevel: 3, servedLevel: 3, epoch: 2, durationMs: null } as const;

  /** The values counted of probes, after one event. */
  const countedOf = async (event: object, update: (dynamo: AwsStub) => void) => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: ROW });
    update(dynamo);
    const settled = await Promise.allSettled([createHandler(runtime)({ ...PROBED, ...event })]);
    const values = told.filter(([, what]) => what === 'ProbeResult').map(([, , value]) => value);
    return { values, status: settled[0].status };
  };

  const written = (dynamo: AwsStub) => dynamo.on(UpdateCommand).resolves({ Attributes: ROW });
  const refused = (dynamo: AwsStub) => dynamo.on(UpdateCommand).rejects(staleError());
  const fails = (name: string) => (dynamo: AwsStub) =>
    dynamo.on(UpdateCommand).rejects(serviceError(name));
  const malformed = (dynamo: AwsStub) =>
    dynamo.on(UpdateCommand).resolves({ Attributes: { ...ROW, errorCount: -1 } });
  const halfDone = (dynamo: AwsStub) =>
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { ...ROW, successCount: 10 } })
      .rejects(serviceError('ThrottlingException'));
  const noTick = (dynamo: AwsStub) =>
    written(dynamo).on(GetCommand).rejects(serviceError('ThrottlingException'));

  const meetings: [string, (dynamo: AwsStub) => void, 'fulfilled' | 'rejected'][] = [
    ['is counted', written, 'fulfilled'],
    ['is stale', refused, 'fulfilled'],
    ['may have been counted', fails('TimeoutError'), 'rejected'],
    ['meets a malformed row', malformed, 'rejected'],
    ['reaches its threshold and the move fails', halfDone, 'fulfilled'],
    ['leaves a tick unfinished', noTick, 'fulfilled'],
  ];

  const kinds = ['outcome', 'tick'] as const;
  const results = [
    ['success', 1],
    ['error', 0],
  ] as const;
  const cases = kinds.flatMap((kind) =>
    results.flatMap(([result, value]) =>
      meetings.map(([what, update, status]) => ({ kind, result, value, what, update, status })),
    ),
  );

  test.each(cases)(
    'is told once: kind $kind, $result, one that $what',
    async ({ kind, result, value, update, status }) => {
      const told = await countedOf({ kind, result }, update);
      expect(told).toEqual({ values: [value], status });
    },
  );

  test('is left to the repeat where the table was throttled, which then tells it', async () => {
    const throttled = await countedOf({ result: 'error' }, fails('ThrottlingException'));
    expect(throttled).toEqual({ values: [], status: 'rejected' });
    expect(await countedOf({ result: 'error' }, written)).toMatchObject({ values: [0] });
  });

  test.each([
    ['an error at level 1', { readLevel: 1, servedLevel: 1, result: 'error' }],
    ['a success at level 2', { readLevel: 2, servedLevel: 2, result: 'success' }],
    ['a tick that probed nothing', { kind: 'tick', result: 'none' }],
    ['a malformed payload', { result: 'success', epoch: 0.5 }],
  ])('is not told of %s', async (_what, event) => {
    expect(await countedOf(event, written)).toMatchObject({ values: [] });
  });
});
