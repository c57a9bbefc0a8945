/** The laptop's table against other implementations of DynamoDB: the store's contract, and every expression in use. */
import { readdirSync, readFileSync } from 'node:fs';
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { openTable } from '../../lib/local/table.ts';
import { DynamoAccounts } from '../../lib/store/dynamo-accounts.ts';
import { DynamoBreakerStore } from '../../lib/store/dynamo-breaker-store.ts';
import { DynamoLastGood } from '../../lib/store/dynamo-last-good.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { seedAccounts } from '../../lib/store/seed-accounts.ts';
import { KEPT_FOR_MS } from '../../lib/services/last-good.ts';
import { allStates } from '../statemachines/definition.ts';
import { describeLevelStore } from '../store/contract.ts';
import { breakerWrites, levelWrites, rows, tidyRows } from './drawn-writes.ts';
import { formsIn, noteForms } from './forms.ts';
import { packagedDefinition } from './interpreter.ts';
import { openOther, OTHERS, TABLE, type OtherTable } from './other-tables.ts';

const NOW_MS = 1_767_323_045_000;

/** How many writes are drawn of a kind, always the same. */
const DRAWN = { numRuns: 250, seed: 19 };

type Client = OtherTable['client'];

/** The embedded table, as a client sees it. */
async function openEmbedded() {
  const table = await openTable({ tableName: TABLE, region: 'us-east-1' });
  const client = createDocumentClient(table.connection);
  return { client, close: () => table.close() };
}

/** What a write did: the row after it, that its condition did not hold, or that it was refused. */
async function outcomeOf(write: Promise<unknown>): Promise<unknown> {
  return write.catch((error: unknown) => (error as Error).name);
}

/** What a store says of an update that the table refuses. */
const REFUSED = 'StoreUnavailableError';

const withoutKey = (item: unknown) => ({ ...(item as object), PK: undefined });

/** What a client is asked beside the level store: one line each, with what came back. */
async function everythingElse(client: Client): Promise<Readonly<Record<string, unknown>>> {
  const accounts = new DynamoAccounts(client, TABLE);
  const did: Record<string, unknown> = {
    'no account': await accounts.read('12345'),
    seeded: await seedAccounts(client, TABLE, NOW_MS),
    'seeded again': await seedAccounts(client, TABLE, NOW_MS),
    account: await accounts.read('12345'),
    cached: await accounts.readCached('12345'),
  };
  const balance = { cents: 1, currency: 'EUR' };
  did['too early to cache'] = await accounts.cache('12345', { balance, cachedAtMs: 1 }, NOW_MS - 1);
  did['old enough to cache'] = await accounts.cache('12345', { balance, cachedAtMs: 1 }, NOW_MS);
  did['cached again'] = await accounts.readCached('12345');
  const answers = new DynamoLastGood(client, TABLE, { nowMs: () => NOW_MS });
  const kept = {
    headers: { a: 'b' },
    bodyText: 'é',
    keptAtMs: NOW_MS - KEPT_FOR_MS / 2,
    varied: {},
  };
  await answers.keep('ANSWER#1', kept, 0);
  await answers.keep('ANSWER#1', { ...kept, bodyText: 'too early' }, 0);
  did['kept'] = await answers.read('ANSWER#1');
  await answers.keep('ANSWER#1', { ...kept, bodyText: 'later' }, NOW_MS);
  did['kept again'] = await answers.read('ANSWER#1');
  const breakers = new DynamoBreakerStore(client, TABLE);
  const listed = await breakers.list();
  did['breakers'] = listed.map(({ PK: key }) => String(key)).toSorted();
  return did;
}

/** The workflow's own write, as Step Functions sends it. */
async function claims(client: Client): Promise<unknown> {
  const [, claim] = allStates(await packagedDefinition()).find(([name]) => name === 'Claim') ?? [];
  const parameters = claim?.Parameters as unknown as Readonly<Record<string, unknown>>;
  const value = (N: number) => ({ N: String(N) });
  const input = {
    TableName: TABLE,
    Key: { PK: { S: 'CLAIMED' } },
    UpdateExpression: String(parameters['UpdateExpression']),
    ConditionExpression: String(parameters['ConditionExpression']),
    ExpressionAttributeNames: parameters['ExpressionAttributeNames'] as Record<string, string>,
    ExpressionAttributeValues: {
      ':level': value(3),
      ':epoch': value(7),
      ':seen': value(5),
      ':now': value(NOW_MS),
      ':interval': value(1_000),
    },
  };
  const Key = { PK: { S: 'CLAIMED' } };
  const rowsToClaim = [
    {},
    { currentLevel: 3 },
    { currentLevel: 3, epoch: 7, nextProbeAtMs: 5 },
    { currentLevel: 3, epoch: 8 },
    { currentLevel: 3, epoch: 7, nextProbeAtMs: 6 },
    { currentLevel: 3, override: { reason: 'x' } },
    { currentLevel: 3, override: { untilMs: NOW_MS } },
    { currentLevel: 3, override: { untilMs: NOW_MS + 1 } },
  ];
  const did = [];
  for (const row of rowsToClaim) {
    await putRow(client, 'CLAIMED', row);
    const claimed = await outcomeOf(
      client.send(new UpdateItemCommand(input)).then(() => 'claimed'),
    );
    const { Item: item } = await client.send(new GetItemCommand({ TableName: TABLE, Key }));
    did.push([row, claimed, item]);
  }
  return did;
}

async function putRow(client: Client, key: string, row: object) {
  await client.send(new PutCommand({ TableName: TABLE, Item: { ...row, PK: key } }));
}

describe.each(OTHERS)('on $name', ({ name, start, follows }) => {
  const isStrict = follows === 'everything';
  const given = isStrict ? rows : tidyRows;
  let other: OtherTable;
  let here: Awaited<ReturnType<typeof openEmbedded>>;
  let forms: Set<string>;

  beforeAll(async () => {
    [other, here] = await Promise.all([openOther(start), openEmbedded()]);
    forms = noteForms(other.client);
  });
  afterAll(async () => {
    await Promise.all([other?.close(), here?.close()]);
  });

  // It is ended above: the contract and the rest share it.
  if (isStrict) describeLevelStore(name, async () => ({ ...other, close: async () => {} }));

  test('every drawn write to a level row does what it does here', async () => {
    let applied = 0;
    const stores = [here, other].map(({ client }) => new DynamoLevelStore(client, TABLE));
    const property = fc.asyncProperty(given, levelWrites, async (row, write) => {
      const key = `DRAWN#${(count += 1)}`;
      const did = [];
      for (const [index, { client }] of [here, other].entries()) {
        if (row !== null) await putRow(client, key, row);
        const answer = await outcomeOf(stores[index]?.write(key, write) ?? Promise.resolve());
        did.push({
          answer: typeof answer === 'string' ? answer : withoutKey(answer),
          row: await stores[index]?.read(key),
        });
        applied += typeof answer === 'object' && answer !== null ? 1 : 0;
      }
      fc.pre(isStrict || did[0]?.answer !== REFUSED);
      expect(did[1]).toEqual(did[0]);
    });
    let count = 0;
    await fc.assert(property, DRAWN);
    expect(applied).toBeGreaterThan(DRAWN.numRuns / 4);
  });

  test('every drawn write to a breaker’s row does what it does here', async () => {
    let count = 0;
    const property = fc.asyncProperty(given, breakerWrites, async (row, write) => {
      const key = `BREAKER#drawn-${(count += 1)}`;
      const did = [];
      for (const { client } of [here, other]) {
        const store = new DynamoBreakerStore(client, TABLE);
        if (row !== null) await putRow(client, key, row);
        const answer = await outcomeOf(store.write(key, write));
        did.push({ answer, row: await store.read(key) });
      }
      fc.pre(isStrict || did[0]?.answer !== REFUSED);
      expect(did[1]).toEqual(did[0]);
    });
    await fc.assert(property, DRAWN);
  });

  test('accounts, answers and the list of breakers are read and written as here', async () => {
    expect(await everythingElse(other.client)).toEqual(await everythingElse(here.client));
  });

  test('the workflow claims a probe as here', async () => {
    expect(await claims(other.client)).toEqual(await claims(here.client));
  });

  test('has been asked every form of expression that there is', () => {
    expect(
      [...forms].filter((form) => /^(SET|ADD|REMOVE|DELETE|IF) /.test(form)).toSorted(),
    ).toEqual([...FORMS].toSorted());
    expect([...forms].filter((form) => !form.includes(' ')).toSorted()).toEqual(OPERATIONS);
  });
});

/** Every operation of DynamoDB that the product asks for. */
const OPERATIONS = ['BatchGetItem', 'GetItem', 'PutItem', 'Scan', 'UpdateItem'];

/** Every form of a clause or a condition that the product sends. */
const FORMS = [
  'ADD # :',
  'REMOVE #',
  'SET # = :',
  'SET # = : + :',
  'SET # = if_not_exists(#, :)',
  'IF # = :',
  'IF # >= :',
  'IF attribute_exists(#)',
  'IF attribute_not_exists(#)',
  'IF attribute_not_exists(#) OR # <= :',
  'IF begins_with(#, :)',
  'IF (attribute_not_exists(#) OR # < :)',
  'IF (attribute_not_exists(#) OR # <= :)',
  'IF (attribute_not_exists(#) OR # = :)',
  'IF (attribute_not_exists(#) OR #.# <= :)',
  'IF (attribute_not_exists(#) OR # <= : OR attribute_not_exists(#) OR # <= :)',
  'IF (attribute_not_exists(#) OR NOT attribute_type(#, :) OR # < :)',
];

test('expressions are written in these files alone', () => {
  const root = new URL('../../lib', import.meta.url).pathname;
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /\w+Expression['"]?:/.test(readFileSync(`${root}/${file}`, 'utf8')));
  expect(files.toSorted()).toEqual([
    'store/dynamo-accounts.ts',
    'store/dynamo-breaker-store.ts',
    'store/dynamo-last-good.ts',
    'store/expressions.ts',
    'store/seed-accounts.ts',
  ]);
});

test('a form is an expression without its names and values', () => {
  const input = {
    UpdateExpression: 'SET #a = :a, #b = if_not_exists(#b, :b) ADD #c :c REMOVE #d, #e',
    ConditionExpression: '#a = :a AND (attribute_not_exists(#b) OR #b.#c <= :d)',
  };
  expect(formsIn(input)).toEqual([
    'SET # = :',
    'SET # = if_not_exists(#, :)',
    'ADD # :',
    'REMOVE #',
    'REMOVE #',
    'IF # = :',
    'IF (attribute_not_exists(#) OR #.# <= :)',
  ]);
});
