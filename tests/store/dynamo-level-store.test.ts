/** The commands that the store sends: one for each read and one for each write, exactly these. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { asSeen, atLeast, atMost, type ConditionalWrite } from '../../lib/level/fence.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import { NOW, NOW_MS } from './steps.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
afterAll(() => dynamo.restore());
const client = createDocumentClient({ region: 'us-east-1' });
const store = new DynamoLevelStore(client, 'levels');

beforeEach(() => {
  dynamo.reset();
});

const sent = () => dynamo.calls().map((call) => call.args[0].input);

describe('a read', () => {
  test('is one strongly consistent GetItem of the whole row', async () => {
    const item = { PK: 'SYSTEM_STATE', currentLevel: 2 };
    dynamo.on(GetCommand).resolves({ Item: item });
    expect(await store.read('SYSTEM_STATE')).toEqual(item);
    await store.read('SYSTEM_STATE', { eventually: true });
    const read = { TableName: 'levels', Key: { PK: 'SYSTEM_STATE' } };
    expect(sent()).toEqual([
      { ...read, ConsistentRead: true },
      { ...read, ConsistentRead: false },
    ]);
  });
});

test('what fails says what it was', async () => {
  dynamo.rejects(new Error('away'));
  await expect(store.read('SYSTEM_STATE')).rejects.toMatchObject({ operation: 'read' });
  const write = store.write('SYSTEM_STATE', { expect: { kind: 'none' }, set: {} });
  await expect(write).rejects.toMatchObject({ operation: 'write', cause: { message: 'away' } });
});

/** Sends a write and returns the input of the one command that it became. */
const inputOf = async (write: ConditionalWrite) => {
  dynamo.on(UpdateCommand).resolves({ Attributes: {} });
  await store.write('SYSTEM_STATE#payments', write);
  const inputs = sent();
  expect(inputs).toHaveLength(1);
  return inputs[0];
};

describe('a write', () => {
  test('of evidence is one UpdateItem under the whole fence, which returns the whole row', async () => {
    const input = await inputOf({
      expect: { kind: 'evidence', level: 2, epoch: 7, atMs: NOW_MS, evidence: [] },
      set: { successCount: 0, lastUpdated: NOW },
      add: { errorCount: 1 },
    });
    expect(input).toEqual({
      TableName: 'levels',
      Key: { PK: 'SYSTEM_STATE#payments' },
      UpdateExpression:
        'SET #successCount = :set_successCount, #lastUpdated = :set_lastUpdated ADD #errorCount :add_errorCount',
      ConditionExpression:
        '#currentLevel = :currentLevel AND #epoch = :epoch' +
        ' AND (attribute_not_exists(#override) OR #override.#untilMs <= :atMs)',
      ExpressionAttributeNames: {
        '#currentLevel': 'currentLevel',
        '#epoch': 'epoch',
        '#errorCount': 'errorCount',
        '#lastUpdated': 'lastUpdated',
        '#override': 'override',
        '#successCount': 'successCount',
        '#untilMs': 'untilMs',
      },
      ExpressionAttributeValues: {
        ':add_errorCount': 1,
        ':atMs': NOW_MS,
        ':currentLevel': 2,
        ':epoch': 7,
        ':set_lastUpdated': NOW,
        ':set_successCount': 0,
      },
      ReturnValues: 'ALL_NEW',
    });
  });

  test('at the defaults lets absent attributes through, and only there', async () => {
    const input = await inputOf({
      expect: {
        kind: 'evidence',
        level: 1,
        epoch: 0,
        atMs: NOW_MS,
        evidence: [atLeast('errorCount', 1)],
      },
      set: { lastUpdated: NOW },
      add: { successCount: 1 },
    });
    expect(input).toMatchObject({
      ConditionExpression:
        '(attribute_not_exists(#currentLevel) OR #currentLevel = :currentLevel)' +
        ' AND (attribute_not_exists(#epoch) OR #epoch = :epoch)' +
        ' AND (attribute_not_exists(#override) OR #override.#untilMs <= :atMs)' +
        ' AND #errorCount >= :minErrorCount',
    });
  });

  test('under all that a fence may demand', async () => {
    const input = await inputOf({
      expect: {
        kind: 'evidence',
        level: 2,
        epoch: 7,
        atMs: NOW_MS,
        evidence: [
          atMost('canaryErrors', 3),
          asSeen('stepSinceMs', 5),
          asSeen('nextProbeAtMs', undefined),
        ],
        mostOneIn: 64,
        updatedBy: NOW,
      },
      set: {},
      add: { run: 1, E1: 2 },
      remove: ['a', 'b'],
    });
    expect(input).toMatchObject({
      UpdateExpression: 'ADD #run :add_run, #E1 :add_E1 REMOVE #a, #b',
      ConditionExpression: [
        '#currentLevel = :currentLevel',
        '#epoch = :epoch',
        '(attribute_not_exists(#override) OR #override.#untilMs <= :atMs)',
        '(attribute_not_exists(#canaryErrors) OR #canaryErrors <= :maxCanaryErrors)',
        '#stepSinceMs = :seenStepSinceMs',
        'attribute_not_exists(#nextProbeAtMs)',
        '(attribute_not_exists(#sampleUntilMs) OR #sampleUntilMs <= :atMs' +
          ' OR attribute_not_exists(#sampleOneIn) OR #sampleOneIn <= :mostOneIn)',
        '(attribute_not_exists(#lastUpdated) OR #lastUpdated <= :updatedBy)',
      ].join(' AND '),
      ExpressionAttributeNames: {
        '#canaryErrors': 'canaryErrors',
        '#stepSinceMs': 'stepSinceMs',
        '#nextProbeAtMs': 'nextProbeAtMs',
        '#sampleUntilMs': 'sampleUntilMs',
        '#sampleOneIn': 'sampleOneIn',
        '#lastUpdated': 'lastUpdated',
      },
      ExpressionAttributeValues: {
        ':maxCanaryErrors': 3,
        ':seenStepSinceMs': 5,
        ':mostOneIn': 64,
        ':updatedBy': NOW,
      },
    });
  });

  test('of a mark meets a row whose mark is of before, or is none', async () => {
    const input = await inputOf({
      expect: { kind: 'not-notified', epoch: 4 },
      set: { notifiedEpoch: 4 },
    });
    expect(input).toMatchObject({
      ConditionExpression:
        'attribute_exists(#PK) AND (attribute_not_exists(#notifiedEpoch)' +
        ' OR NOT attribute_type(#notifiedEpoch, :number) OR #notifiedEpoch < :epoch)',
      ExpressionAttributeNames: { '#PK': 'PK', '#notifiedEpoch': 'notifiedEpoch' },
      ExpressionAttributeValues: { ':number': 'N', ':epoch': 4, ':set_notifiedEpoch': 4 },
    });
  });

  test('without a fence is under no condition', async () => {
    const input = await inputOf({
      expect: { kind: 'none' },
      set: { C1: 1 },
      setIfAbsent: { run: 1, F1: 9 },
    });
    expect(input).toEqual({
      TableName: 'levels',
      Key: { PK: 'SYSTEM_STATE#payments' },
      UpdateExpression:
        'SET #C1 = :set_C1, #run = if_not_exists(#run, :set_run), #F1 = if_not_exists(#F1, :set_F1)',
      ExpressionAttributeNames: { '#C1': 'C1', '#run': 'run', '#F1': 'F1' },
      ExpressionAttributeValues: { ':set_C1': 1, ':set_run': 1, ':set_F1': 9 },
      ReturnValues: 'ALL_NEW',
    });
  });

  test('of an operator is held to a time where there is one', async () => {
    const input = await inputOf({
      expect: { kind: 'as-read', currentLevel: 2, epoch: 7, updatedBy: NOW },
      set: { epoch: 8 },
    });
    expect(input).toMatchObject({
      ConditionExpression:
        '#currentLevel = :currentLevel AND #epoch = :epoch' +
        ' AND (attribute_not_exists(#lastUpdated) OR #lastUpdated <= :updatedBy)',
    });
  });

  test('of a transition carries its evidence and removes what it replaces', async () => {
    const input = await inputOf({
      expect: {
        kind: 'evidence',
        level: 3,
        epoch: 7,
        atMs: NOW_MS,
        evidence: [atLeast('successCount', 10)],
      },
      set: { currentLevel: 2, epoch: 8 },
      remove: ['override'],
    });
    expect(input).toMatchObject({
      UpdateExpression:
        'SET #currentLevel = :set_currentLevel, #epoch = :set_epoch REMOVE #override',
      ConditionExpression: expect.stringMatching(/ AND #successCount >= :minSuccessCount$/),
      ExpressionAttributeValues: { ':currentLevel': 3, ':set_currentLevel': 2, ':set_epoch': 8 },
    });
  });

  test.each([
    [{ currentLevel: 2, epoch: 7 }, '#currentLevel = :currentLevel AND #epoch = :epoch'],
    [
      { currentLevel: undefined, epoch: undefined },
      'attribute_not_exists(#currentLevel) AND attribute_not_exists(#epoch)',
    ],
    [
      { currentLevel: 'two', epoch: undefined },
      '#currentLevel = :currentLevel AND attribute_not_exists(#epoch)',
    ],
  ])('of an operator is fenced by what was read: %o', async (read, condition) => {
    const input = await inputOf({ expect: { kind: 'as-read', ...read }, set: { epoch: 8 } });
    expect(input).toMatchObject({ ConditionExpression: condition });
  });

  test('returns the row that DynamoDB returned', async () => {
    const item = { PK: 'SYSTEM_STATE', currentLevel: 2, extra: true };
    dynamo.on(UpdateCommand).resolves({ Attributes: item });
    const expected = { kind: 'as-read', currentLevel: 1, epoch: 0 } as const;
    expect(await store.write('SYSTEM_STATE', { expect: expected, set: {} })).toEqual(item);
  });

  test.each([
    ['a condition that failed is null', true],
    ['any other error is not', false],
  ])('%s', async (_title, conditional) => {
    const failed = new ConditionalCheckFailedException({ $metadata: {}, message: 'as told' });
    dynamo.on(UpdateCommand).rejects(conditional ? failed : new Error('as told'));
    const expected = { kind: 'as-read', currentLevel: 1, epoch: 0 } as const;
    const write = store.write('SYSTEM_STATE', { expect: expected, set: {} });
    if (conditional) expect(await write).toBeNull();
    else await expect(write).rejects.toThrow(StoreUnavailableError);
    expect(sent()).toHaveLength(1);
  });
});
