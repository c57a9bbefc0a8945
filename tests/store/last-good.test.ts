/** The last good answers in memory and in a table: one contract. */
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTable } from '../../lib/local/table.ts';
import { memoryLastGood } from '../../lib/services/last-good-memory.ts';
import type { KeptAnswer, LastGoodStore } from '../../lib/services/last-good.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLastGood } from '../../lib/store/dynamo-last-good.ts';

const TABLE = 'LastGoodTable-test';
const DAY_MS = 24 * 3_600_000;
const START_MS = Date.UTC(2026, 0, 2);

const answerAt = (keptAtMs: number, given: Partial<KeptAnswer> = {}): KeptAnswer => ({
  headers: { 'Content-Type': 'text/plain', etag: '"1"' },
  bodyText: 'más \u0000 🙂',
  keptAtMs,
  varied: { accept: '', 'accept-language': 'es' },
  ...given,
});

const givenTable = async (clock: { nowMs(): number }) => {
  const table = await openTable({ tableName: TABLE, region: 'us-east-1' });
  const client = createDocumentClient(table.connection);
  onTestFinished(async () => {
    client.destroy();
    await table.close();
  });
  return { client, store: new DynamoLastGood(client, TABLE, clock) };
};

const STORES: Readonly<Record<string, (clock: { nowMs(): number }) => Promise<LastGoodStore>>> = {
  memory: async (clock) => memoryLastGood(clock),
  DynamoDB: async (clock) => (await givenTable(clock)).store,
};

describe.each(Object.keys(STORES))('in %s', (name) => {
  const given = async () => {
    const time = { atMs: START_MS };
    const store = await STORES[name]?.({ nowMs: () => time.atMs });
    if (store === undefined) throw new Error(`no store ${name}`);
    return { store, time };
  };

  test('an answer is read as it was kept', async () => {
    const { store } = await given();
    expect(await store.read('a')).toBeUndefined();
    for (const answer of [
      answerAt(START_MS),
      answerAt(START_MS, { bodyIsBase64: true, varied: {} }),
    ]) {
      await store.keep('a', answer, START_MS);
      expect(await store.read('a')).toEqual(answer);
    }
    expect(await store.read('b')).toBeUndefined();
  });

  test('a young one stays', async () => {
    const { store } = await given();
    await store.keep('a', answerAt(START_MS), START_MS - 60_000);
    await store.keep('a', answerAt(START_MS + 59_999), START_MS - 1);
    expect(await store.read('a')).toMatchObject({ keptAtMs: START_MS });
    await store.keep('a', answerAt(START_MS + 60_000), START_MS);
    expect(await store.read('a')).toMatchObject({ keptAtMs: START_MS + 60_000 });
  });

  test('one is served for a day', async () => {
    const { store, time } = await given();
    await store.keep('a', answerAt(START_MS), START_MS);
    time.atMs += DAY_MS - 1;
    expect(await store.read('a')).toBeDefined();
    time.atMs += 1;
    expect(await store.read('a')).toBeUndefined();
  });

  test('one of 100 KiB, whatever it holds, fits', async () => {
    const { store } = await given();
    const large = answerAt(START_MS, { bodyText: '\u0001'.repeat(100 * 1024) });
    await store.keep('a', large, START_MS);
    expect(await store.read('a')).toEqual(large);
  });
});

test('memory holds the hundred that were kept last', async () => {
  const store = memoryLastGood({ nowMs: () => START_MS });
  for (let n = 0; n <= 100; n += 1) await store.keep(`k${n}`, answerAt(START_MS), START_MS);
  expect(await store.read('k0')).toBeUndefined();
  expect(await store.read('k1')).toBeDefined();
  expect(await store.read('k100')).toBeDefined();
});

describe('an item', () => {
  test('says to the table in seconds when its time is up', async () => {
    const { client, store } = await givenTable({ nowMs: () => START_MS });
    await store.keep('a', answerAt(START_MS), START_MS);
    const { Item: item } = await client.send(
      new GetCommand({ TableName: TABLE, Key: { PK: 'a' } }),
    );
    expect(item?.['expiresAtS']).toBe((START_MS + DAY_MS) / 1_000);
  });

  test('that is no answer is none', async () => {
    const { client, store } = await givenTable({ nowMs: () => START_MS });
    const Item = { PK: 'a', ...answerAt(START_MS), headers: 'x' };
    await client.send(new PutCommand({ TableName: TABLE, Item }));
    expect(await store.read('a')).toBeUndefined();
  });

  test('is not read from a table that fails, nor written', async () => {
    const store = new DynamoLastGood(
      DynamoDBDocumentClient.from((await givenTable({ nowMs: () => 0 })).client),
      'NoTable',
      { nowMs: () => 0 },
    );
    await expect(store.read('a')).rejects.toThrow(/not found/);
    await expect(store.keep('a', answerAt(0), 0)).rejects.toThrow(/not found/);
  });
});
