/** The accounts on the embedded DynamoDB: what is read, and how often a balance is cached. */
import { BatchGetCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTable } from '../../lib/local/table.ts';
import { createBankService } from '../../lib/services/bank.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoAccounts } from '../../lib/store/dynamo-accounts.ts';
import { SEED_ACCOUNTS, seedAccounts } from '../../lib/store/seed-accounts.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { accountRequest, BANK_MS, callOf, CONTEXT, STEADY } from '../services/banks.ts';

/** Long before any test's own time: what is cached then is old. */
const SEEDED_MS = 1;
const TABLE = 'AccountsTable-test';
const MINUTE_MS = 60_000;

const givenTable = async () => {
  const table = await openTable({ tableName: TABLE, region: 'us-east-1' });
  const client = createDocumentClient(table.connection);
  onTestFinished(async () => {
    client.destroy();
    await table.close();
  });
  await seedAccounts(client, TABLE, SEEDED_MS);
  const operations: string[] = [];
  table.onOperation((operation) => operations.push(operation));
  const put = (item: Readonly<Record<string, unknown>>) =>
    client.send(new PutCommand({ TableName: TABLE, Item: item }));
  return { client, operations, put, accounts: new DynamoAccounts(client, TABLE) };
};

/** The bank on such a table, with a clock of its own. */
const givenBank = async () => {
  const { operations, accounts, put } = await givenTable();
  const clock = { now: BANK_MS };
  const written: boolean[] = [];
  const { telemetry } = rememberingTelemetry();
  const service = createBankService({
    bank: STEADY,
    faultSwitch: true,
    accounts: async () => ({
      read: (id) => accounts.read(id),
      readCached: (id) => accounts.readCached(id),
      async cache(...given) {
        const wasWritten = await accounts.cache(...given);
        written.push(wasWritten);
        return wasWritten;
      },
    }),
    clock: { nowMs: () => clock.now },
    chance: { random: () => 0, async pause() {} },
    telemetry,
  });
  const full = (times: number) =>
    Promise.all(
      Array.from({ length: times }, () => service.full(accountRequest('12345'), CONTEXT)),
    );
  return { service, full, clock, operations, written, put };
};

describe('an account', () => {
  test.each(SEED_ACCOUNTS)('$id is read as it was seeded, its balance cached', async (account) => {
    const { accounts } = await givenTable();
    const { id, balance } = account;
    const cached = { balance, cachedAtMs: SEEDED_MS };
    expect(await accounts.read(id)).toEqual({ account, cached });
  });

  test('that is not there is none', async () => {
    const { accounts } = await givenTable();
    expect(await accounts.read('777')).toEqual({ account: undefined, cached: undefined });
    expect(await accounts.readCached('777')).toBeUndefined();
  });

  test('shows its last five movements', async () => {
    const { accounts, put } = await givenTable();
    const movements = Array.from({ length: 7 }, (_, n) => ({
      at: `2026-01-0${n + 1}T00:00:00Z`,
      amountCents: n,
      text: '',
    }));
    await put({ PK: 'ACCOUNT#1', owner: 'A', balanceCents: 0, currency: 'EUR', movements });
    const { account } = await accounts.read('1');
    expect(account?.movements.map(({ amount }) => amount.cents)).toEqual([2, 3, 4, 5, 6]);
  });

  test.each([
    ['balanceCents', 1.5],
    ['balanceCents', '1'],
    ['owner', undefined],
    ['movements', [{ at: '', text: '' }]],
  ])('with a malformed %s (%j) is refused by its name', async (name, value) => {
    const { accounts, put } = await givenTable();
    const good = { owner: 'A', balanceCents: 0, currency: 'EUR', movements: [] };
    await put({ PK: 'ACCOUNT#1', ...good, [name]: value });
    await expect(accounts.read('1')).rejects.toMatchObject({
      name: 'AccountMalformedError',
      code: 'ACCOUNT_MALFORMED',
      message: expect.stringContaining(`item ACCOUNT#1 is no account: ${name}`) as string,
    });
  });
});

describe('a cached balance', () => {
  const balance = { cents: 5, currency: 'EUR' };

  test('is read alone, and beside its account', async () => {
    const { accounts } = await givenTable();
    const cached = { balance, cachedAtMs: BANK_MS };
    expect(await accounts.cache('12345', cached, BANK_MS - MINUTE_MS)).toBe(true);
    expect(await accounts.readCached('12345')).toEqual(cached);
    expect((await accounts.read('12345')).cached).toEqual(cached);
  });

  test.each([
    [MINUTE_MS, true],
    [MINUTE_MS - 1, false],
    [-1, false],
  ])('that is %i ms old is replaced: %s', async (ageMs, replaced) => {
    const { accounts } = await givenTable();
    await accounts.cache('12345', { balance, cachedAtMs: BANK_MS - ageMs }, SEEDED_MS);
    const next = { balance: { ...balance, cents: 6 }, cachedAtMs: BANK_MS };
    expect(await accounts.cache('12345', next, BANK_MS - MINUTE_MS)).toBe(replaced);
    expect((await accounts.readCached('12345'))?.balance.cents).toBe(replaced ? 6 : 5);
  });

  test('that is malformed is none, and harms no account', async () => {
    const { accounts, put } = await givenTable();
    await put({ PK: 'BALANCE#12345', balanceCents: 'much', currency: 'EUR', cachedAtMs: 1 });
    expect(await accounts.readCached('12345')).toBeUndefined();
    expect(await accounts.read('12345')).toEqual({
      account: SEED_ACCOUNTS[0],
      cached: undefined,
    });
  });

  test('is made at most once a minute, however many read', async () => {
    const { full, clock, written, operations } = await givenBank();
    const writes = () => written.filter(Boolean).length;
    await full(50);
    expect(writes()).toBe(1);
    clock.now += MINUTE_MS - 1;
    operations.length = 0;
    await full(50);
    expect(writes()).toBe(1);
    expect(operations).toEqual(Array(50).fill('BatchGetItem'));
    clock.now += 1;
    await full(50);
    expect(writes()).toBe(2);
  });
});

describe('what a call asks of the table', () => {
  test.each([
    ['full', '12345', ['BatchGetItem', 'UpdateItem'], ['BatchGetItem']],
    ['full', '777', ['BatchGetItem'], ['BatchGetItem']],
    ['degraded', '12345', ['GetItem'], ['GetItem']],
    ['probe', '12345', ['GetItem'], ['GetItem']],
    ['maintenance', '12345', [], []],
  ] as const)('%s of %s: %j, and from then on %j', async (call, id, first, later) => {
    const { service, operations } = await givenBank();
    await callOf(service, call)(accountRequest(id), CONTEXT);
    expect(operations).toEqual(first);
    operations.length = 0;
    await callOf(service, call)(accountRequest(id), CONTEXT);
    expect(operations).toEqual(later);
  });
});

describe('the seed', () => {
  test('is put once, and replaces nothing', async () => {
    const { client, accounts, put } = await givenTable();
    expect(await seedAccounts(client, TABLE, SEEDED_MS)).toBe(0);
    const own = { owner: 'Zoe', balanceCents: 1, currency: 'EUR', movements: [] };
    await put({ PK: 'ACCOUNT#12345', ...own });
    expect(await seedAccounts(client, TABLE, SEEDED_MS)).toBe(0);
    expect((await accounts.read('12345')).account?.owner).toBe('Zoe');
  });

  test('has accounts that the bank takes, with at most five movements', () => {
    for (const { id, movements } of SEED_ACCOUNTS) {
      expect(id).toMatch(/^\d{1,12}$/);
      expect(movements.length).toBeLessThanOrEqual(5);
    }
    expect(new Set(SEED_ACCOUNTS.map(({ id }) => id)).size).toBe(SEED_ACCOUNTS.length);
  });
});

describe('a table that fails', () => {
  test('is unavailable, with its error as the cause', async () => {
    const { client, accounts } = await givenTable();
    client.destroy();
    const dynamo = mockClient(DynamoDBDocumentClient);
    onTestFinished(() => dynamo.restore());
    dynamo.rejects(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
    const { balance } = { balance: { cents: 0, currency: 'EUR' } };
    for (const [operation, act] of [
      ['read', () => accounts.read('1')],
      ['read', () => accounts.readCached('1')],
      ['write', () => accounts.cache('1', { balance, cachedAtMs: 1 }, 0)],
    ] as const) {
      await expect(act()).rejects.toMatchObject({
        name: 'AccountsUnavailableError',
        code: 'ACCOUNTS_UNAVAILABLE',
        message: `expected the accounts table to answer a ${operation}, got ThrottlingException`,
        cause: { message: 'slow down' },
      });
    }
  });

  test('reads whole accounts strongly consistent: a payment must be seen', async () => {
    const dynamo = mockClient(DynamoDBDocumentClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(BatchGetCommand).resolves({ Responses: { [TABLE]: [] } });
    const client = createDocumentClient({ region: 'us-east-1' });
    await new DynamoAccounts(client, TABLE).read('12345');
    expect(dynamo.commandCalls(BatchGetCommand)[0]?.args[0].input).toEqual({
      RequestItems: {
        [TABLE]: {
          Keys: [{ PK: 'ACCOUNT#12345' }, { PK: 'BALANCE#12345' }],
          ConsistentRead: true,
        },
      },
    });
  });

  test('by half is unavailable: what was not read is not known to be missing', async () => {
    const dynamo = mockClient(DynamoDBDocumentClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(BatchGetCommand).resolves({
      Responses: { [TABLE]: [] },
      UnprocessedKeys: { [TABLE]: { Keys: [{ PK: 'ACCOUNT#12345' }] } },
    });
    const client = createDocumentClient({ region: 'us-east-1' });
    await expect(new DynamoAccounts(client, TABLE).read('12345')).rejects.toMatchObject({
      code: 'ACCOUNTS_UNAVAILABLE',
      message: 'expected the accounts table to answer a read, got UnprocessedKeys',
      cause: { message: 'a part was not read' },
    });
  });

  test('with what is no error is unavailable too', async () => {
    const dynamo = mockClient(DynamoDBDocumentClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(BatchGetCommand).callsFake(() => Promise.reject('away'));
    const client = createDocumentClient({ region: 'us-east-1' });
    await expect(new DynamoAccounts(client, TABLE).read('12345')).rejects.toThrow(
      'expected the accounts table to answer a read, got an unknown error',
    );
  });

  test('that answers nothing has no account', async () => {
    const dynamo = mockClient(DynamoDBDocumentClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(BatchGetCommand).resolves({});
    const client = createDocumentClient({ region: 'us-east-1' });
    const read = await new DynamoAccounts(client, TABLE).read('12345');
    expect(read).toEqual({ account: undefined, cached: undefined });
  });
});
