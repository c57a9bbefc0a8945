/** The accounts that a new table begins with: put once, with their balances cached. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { SEED_ACCOUNTS, seedAccounts } from '../../lib/store/seed-accounts.ts';
import { NOW_MS } from './steps.ts';

const dynamo = mockClient(DynamoDBDocumentClient);
afterAll(() => dynamo.restore());
beforeEach(() => {
  dynamo.reset();
  dynamo.on(UpdateCommand).resolves({});
});

const client = createDocumentClient({ region: 'us-east-1' });
const seed = () => seedAccounts(client, 'accounts', NOW_MS);

test('each is one item, where there is none yet', async () => {
  dynamo.on(PutCommand).resolves({});
  expect(await seed()).toBe(SEED_ACCOUNTS.length);
  const puts = dynamo.commandCalls(PutCommand).map((call) => call.args[0].input);
  const [first] = puts;
  expect(first).toMatchObject({
    TableName: 'accounts',
    ConditionExpression: 'attribute_not_exists(PK)',
    Item: {
      PK: 'ACCOUNT#12345',
      owner: 'Ana Torres',
      balanceCents: 123_450,
      currency: 'EUR',
    },
  });
  expect(first?.Item?.['movements'][0]).toEqual({
    at: '2026-01-02T08:00:00Z',
    amountCents: 210_000,
    text: 'Salary',
  });
  const caches = dynamo.commandCalls(UpdateCommand).map((call) => call.args[0].input);
  expect(caches).toHaveLength(SEED_ACCOUNTS.length);
  expect(caches[0]).toMatchObject({
    Key: { PK: 'BALANCE#12345' },
    ExpressionAttributeValues: { ':cents': 123_450, ':atMs': NOW_MS, ':staleAtMs': 0 },
  });
});

test('those that are there already stay as they are', async () => {
  const refusal = new ConditionalCheckFailedException({ message: '', $metadata: {} });
  dynamo.on(PutCommand).resolvesOnce({}).rejects(refusal);
  expect(await seed()).toBe(1);
});

test('what the table says else is thrown', async () => {
  dynamo.on(PutCommand).rejects(new Error('away'));
  await expect(seed()).rejects.toThrow('away');
});

test('the people are invented, each with a balance and movements of the example', () => {
  expect(SEED_ACCOUNTS.map(({ movements }) => movements.length)).toEqual([5, 1, 2, 0, 1]);
  const overdrawn = SEED_ACCOUNTS.filter(({ balance }) => balance.cents < 0);
  expect(overdrawn.map(({ id }) => id)).toEqual(['34567']);
  for (const { id, owner, balance, movements } of SEED_ACCOUNTS) {
    expect(id).toMatch(/^\d{5,12}$/);
    expect(owner).toMatch(/^\p{Lu}\p{L}+ \p{Lu}\p{L}+$/u);
    expect(balance.currency).toMatch(/^(EUR|USD)$/);
    for (const { at, amount, text } of movements) {
      expect(at).toMatch(/^2026-01-\d\dT\d\d:\d\d:00Z$/);
      expect(amount.currency).toBe(balance.currency);
      expect(text).toMatch(/^\p{Lu}\p{Ll}+$/u);
      expect(amount.cents > 0).toBe(['Salary', 'Interest', 'Opening'].includes(text));
    }
  }
});
