/** The commands that the store of breakers sends: one for each read, write and page, exactly these. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DynamoBreakerStore, dynamoBreakerStore } from '../../lib/store/dynamo-breaker-store.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
afterAll(() => dynamo.restore());
beforeEach(() => {
  dynamo.reset();
});

const store = new DynamoBreakerStore(createDocumentClient({ region: 'us-east-1' }), 'breakers');
const sent = () => dynamo.calls().map((call) => call.args[0].input);
const KEY = { TableName: 'breakers', Key: { PK: 'BREAKER#a#b' } };

test('a read is half a unit, and a whole one for operators', async () => {
  dynamo.on(GetCommand).resolves({ Item: { state: 'OPEN' } });
  expect(await store.read('BREAKER#a#b')).toEqual({ state: 'OPEN' });
  await store.read('BREAKER#a#b', { consistently: true });
  expect(sent()).toEqual([
    { ...KEY, ConsistentRead: false },
    { ...KEY, ConsistentRead: true },
  ]);
});

test('a store of its own takes a table by its name', async () => {
  dynamo.on(GetCommand).resolves({});
  expect(await dynamoBreakerStore({ table: 'breakers' }).read('BREAKER#a#b')).toBeUndefined();
  expect(sent()).toEqual([{ ...KEY, ConsistentRead: false }]);
});

describe('a write', () => {
  test('is one UpdateItem under all of its demands', async () => {
    dynamo.on(UpdateCommand).resolves({ Attributes: { epoch: 5 } });
    const after = await store.write('BREAKER#a#b', {
      expect: [
        { attribute: 'state', is: '=', value: 'CLOSED', orAbsent: true },
        { attribute: 'epoch', is: '=', value: 4, orAbsent: false },
        { attribute: 'taken', is: '<', value: 2 },
      ],
      set: { ok: 1 },
      setIfAbsent: { S1: 7 },
      add: { taken: 1 },
      remove: ['reason', 'openings'],
    });
    expect(after).toEqual({ epoch: 5 });
    expect(sent()).toEqual([
      {
        ...KEY,
        UpdateExpression:
          'SET #ok = :set_ok, #S1 = if_not_exists(#S1, :set_S1) ADD #taken :add_taken REMOVE #reason, #openings',
        ConditionExpression:
          '(attribute_not_exists(#state) OR #state = :is_state) AND #epoch = :is_epoch' +
          ' AND (attribute_not_exists(#taken) OR #taken < :is_taken)',
        ExpressionAttributeNames: {
          '#state': 'state',
          '#epoch': 'epoch',
          '#taken': 'taken',
          '#ok': 'ok',
          '#S1': 'S1',
          '#reason': 'reason',
          '#openings': 'openings',
        },
        ExpressionAttributeValues: {
          ':is_state': 'CLOSED',
          ':is_epoch': 4,
          ':is_taken': 2,
          ':set_ok': 1,
          ':set_S1': 7,
          ':add_taken': 1,
        },
        ReturnValues: 'ALL_NEW',
      },
    ]);
  });

  test('without demands has no condition', async () => {
    dynamo.on(UpdateCommand).resolves({});
    expect(await store.write('BREAKER#a#b', { expect: [], set: { ok: 1 } })).toEqual({});
    expect(sent()[0]).not.toHaveProperty('ConditionExpression');
    expect(sent()[0]).toMatchObject({ UpdateExpression: 'SET #ok = :set_ok' });
  });

  test('that is refused by its demands is none', async () => {
    const refusal = new ConditionalCheckFailedException({ message: '', $metadata: {} });
    dynamo.on(UpdateCommand).rejects(refusal);
    expect(await store.write('BREAKER#a#b', { expect: [] })).toBeNull();
  });
});

describe('a list', () => {
  const SCAN = {
    TableName: 'breakers',
    FilterExpression: 'begins_with(PK, :prefix)',
    ExpressionAttributeValues: { ':prefix': 'BREAKER#' },
  };

  test('is of every page', async () => {
    dynamo
      .on(ScanCommand)
      .resolvesOnce({ Items: [{ PK: 'BREAKER#a' }], LastEvaluatedKey: { PK: 'x' } })
      .resolvesOnce({ LastEvaluatedKey: { PK: 'y' } })
      .resolvesOnce({ Items: [{ PK: 'BREAKER#b' }] });
    expect(await store.list()).toEqual([{ PK: 'BREAKER#a' }, { PK: 'BREAKER#b' }]);
    expect(sent()).toEqual([
      SCAN,
      { ...SCAN, ExclusiveStartKey: { PK: 'x' } },
      { ...SCAN, ExclusiveStartKey: { PK: 'y' } },
    ]);
  });

  test('ends after a hundred pages', async () => {
    dynamo.on(ScanCommand).resolves({ Items: [{ PK: 'a' }], LastEvaluatedKey: { PK: 'x' } });
    expect(await store.list()).toHaveLength(100);
    expect(sent()).toHaveLength(100);
  });

  test('that fails says so', async () => {
    dynamo.on(ScanCommand).rejects(new Error('away'));
    await expect(store.list()).rejects.toThrow(StoreUnavailableError);
    await expect(store.list()).rejects.toMatchObject({ operation: 'read' });
  });
});
