/** The accounts that a new table begins with. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PROBED_ID, type Account } from '../services/accounts.ts';
import { accountKey, DynamoAccounts } from './dynamo-accounts.ts';

const eur = (cents: number) => ({ cents, currency: 'EUR' });
const usd = (cents: number) => ({ cents, currency: 'USD' });

/** Invented people; their movements are examples, and not all that made the balance. */
export const SEED_ACCOUNTS: readonly Account[] = [
  {
    id: PROBED_ID,
    owner: 'Ana Torres',
    balance: eur(123_450),
    movements: [
      { at: '2026-01-02T08:00:00Z', amount: eur(210_000), text: 'Salary' },
      { at: '2026-01-03T09:15:00Z', amount: eur(-78_000), text: 'Rent' },
      { at: '2026-01-05T17:42:00Z', amount: eur(-6_395), text: 'Groceries' },
      { at: '2026-01-08T12:05:00Z', amount: eur(-1_250), text: 'Café' },
      { at: '2026-01-09T19:30:00Z', amount: eur(-905), text: 'Bus' },
    ],
  },
  {
    id: '23456',
    owner: 'Ben Miller',
    balance: usd(5_000_099),
    movements: [{ at: '2026-01-07T10:00:00Z', amount: usd(99), text: 'Interest' }],
  },
  {
    id: '34567',
    owner: 'Chloé Martin',
    balance: eur(-4_205),
    movements: [
      { at: '2026-01-04T11:20:00Z', amount: eur(-12_000), text: 'Train' },
      { at: '2026-01-06T14:00:00Z', amount: eur(-205), text: 'Overdraft' },
    ],
  },
  { id: '45678', owner: 'David Cohen', balance: usd(0), movements: [] },
  {
    id: '900000000001',
    owner: 'Emi Sato',
    balance: eur(1),
    movements: [{ at: '2026-01-01T00:00:00Z', amount: eur(1), text: 'Opening' }],
  },
];

/**
 * Puts the seed set into a table with its balances cached, and leaves what is there already as it is.
 * Without a cached balance the degraded face knows no account, and nothing would count as recovery.
 *
 * @param atMs Epoch milliseconds of the caching.
 * @returns How many accounts were put.
 * @throws what the client throws.
 */
export async function seedAccounts(
  client: DynamoDBDocumentClient,
  tableName: string,
  atMs: number,
): Promise<number> {
  const accounts = new DynamoAccounts(client, tableName);
  const put = await Promise.all(
    SEED_ACCOUNTS.map(async (account) => {
      const { id, balance } = account;
      // No cached balance is so old that it would be replaced.
      await accounts.cache(id, { balance, cachedAtMs: atMs }, 0);
      return putIfAbsent(client, tableName, account);
    }),
  );
  return put.filter(Boolean).length;
}

async function putIfAbsent(
  client: DynamoDBDocumentClient,
  tableName: string,
  { id, owner, balance, movements }: Account,
): Promise<boolean> {
  const item = {
    PK: accountKey(id),
    owner,
    balanceCents: balance.cents,
    currency: balance.currency,
    movements: movements.map(({ at, amount, text }) => ({ at, amountCents: amount.cents, text })),
  };
  try {
    const condition = 'attribute_not_exists(PK)';
    await client.send(
      new PutCommand({ TableName: tableName, Item: item, ConditionExpression: condition }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
