/** The accounts on DynamoDB: an account is one item, its cached balance another. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  GetCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import {
  MAX_MOVEMENTS,
  type Account,
  type Accounts,
  type CachedBalance,
} from '../services/accounts.ts';
import { issueWords } from './issue-words.ts';
import type { Item } from './level-store.ts';

/** The partition keys of an account's two items; the roles of the faces name the prefixes. */
export const accountKey = (id: string) => `ACCOUNT#${id}`;
const balanceKey = (id: string) => `BALANCE#${id}`;

/** The table did not answer, or refused: nothing is repeated. */
class AccountsUnavailableError extends Error {
  override readonly name = 'AccountsUnavailableError';
  readonly code = 'ACCOUNTS_UNAVAILABLE';
  constructor(operation: 'read' | 'write', options: { cause: unknown }) {
    const got = options.cause instanceof Error ? options.cause.name : 'an unknown error';
    super(`expected the accounts table to answer a ${operation}, got ${got}`, options);
  }
}

/** An item has attributes that are no account's. */
class AccountMalformedError extends Error {
  override readonly name = 'AccountMalformedError';
  readonly code = 'ACCOUNT_MALFORMED';
  constructor(key: string, issue: v.BaseIssue<unknown>) {
    super(`item ${key} is no account: ${v.getDotPath(issue) ?? ''} ${issueWords(issue)}`);
  }
}

const cents = v.pipe(v.number(), v.safeInteger());

const accountSchema = v.object({
  owner: v.string(),
  balanceCents: cents,
  currency: v.string(),
  movements: v.array(v.object({ at: v.string(), amountCents: cents, text: v.string() })),
});

const balanceSchema = v.object({
  balanceCents: cents,
  currency: v.string(),
  cachedAtMs: v.pipe(v.number(), v.safeInteger()),
});

/** Reads accounts and caches their balances in one table. */
export class DynamoAccounts implements Accounts {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async read(id: string): ReturnType<Accounts['read']> {
    const keys = [accountKey(id), balanceKey(id)];
    const request = { Keys: keys.map((PK) => ({ PK })), ConsistentRead: true };
    const { Responses: found, UnprocessedKeys: left } = await answered('read', () =>
      this.#client.send(new BatchGetCommand({ RequestItems: { [this.#tableName]: request } })),
    );
    if (Object.keys(left ?? {}).length > 0) {
      const cause = Object.assign(new Error('a part was not read'), { name: 'UnprocessedKeys' });
      throw new AccountsUnavailableError('read', { cause });
    }
    const items = found?.[this.#tableName] ?? [];
    const [account, cached] = keys.map((key) => items.find((item) => item['PK'] === key));
    return { account: accountOf(id, account), cached: cachedOf(cached) };
  }

  async readCached(id: string): Promise<CachedBalance | undefined> {
    const get = { TableName: this.#tableName, Key: { PK: balanceKey(id) } };
    const { Item: item } = await answered('read', () => this.#client.send(new GetCommand(get)));
    return cachedOf(item);
  }

  async cache(id: string, { balance, cachedAtMs }: CachedBalance, staleAtMs: number) {
    const update = new UpdateCommand({
      TableName: this.#tableName,
      Key: { PK: balanceKey(id) },
      UpdateExpression: 'SET #balanceCents = :cents, #currency = :currency, #cachedAtMs = :atMs',
      ConditionExpression: 'attribute_not_exists(#cachedAtMs) OR #cachedAtMs <= :staleAtMs',
      ExpressionAttributeNames: {
        '#balanceCents': 'balanceCents',
        '#currency': 'currency',
        '#cachedAtMs': 'cachedAtMs',
      },
      ExpressionAttributeValues: {
        ':cents': balance.cents,
        ':currency': balance.currency,
        ':atMs': cachedAtMs,
        ':staleAtMs': staleAtMs,
      },
    });
    return answered('write', async () => {
      try {
        await this.#client.send(update);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    });
  }
}

function accountOf(id: string, item: Item | undefined): Account | undefined {
  if (item === undefined) return undefined;
  const parsed = v.safeParse(accountSchema, item);
  if (!parsed.success) throw new AccountMalformedError(accountKey(id), parsed.issues[0]);
  const { owner, balanceCents, currency, movements } = parsed.output;
  return {
    id,
    owner,
    balance: { cents: balanceCents, currency },
    movements: movements
      .slice(-MAX_MOVEMENTS)
      .map(({ at, amountCents, text }) => ({ at, amount: { cents: amountCents, currency }, text })),
  };
}

/** A cache is not worth a failure: what is no balance is none. */
function cachedOf(item: Item | undefined): CachedBalance | undefined {
  const parsed = v.safeParse(balanceSchema, item);
  if (!parsed.success) return undefined;
  const { balanceCents, currency, cachedAtMs } = parsed.output;
  return { balance: { cents: balanceCents, currency }, cachedAtMs };
}

async function answered<T>(operation: 'read' | 'write', send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    throw new AccountsUnavailableError(operation, { cause });
  }
}
