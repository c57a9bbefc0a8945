/** One item of a table that is keyed by PK: a read, and a write that is done on a condition. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { asStoreError } from './dynamo-errors.ts';
import type { expressionsOf } from './expressions.ts';

/** Where an item is. */
export interface Place {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly key: string;
}

type Attributes = Readonly<Record<string, unknown>>;

/**
 * Reads an item: half a read unit, one where it is read consistently.
 *
 * @returns undefined where there is none.
 * @throws StoreThrottledError, StoreUnavailableError
 */
export async function readItem(
  { client, tableName, key }: Place,
  consistently: boolean,
): Promise<Attributes | undefined> {
  const get = { TableName: tableName, Key: { PK: key }, ConsistentRead: consistently };
  try {
    const { Item: item } = await client.send(new GetCommand(get));
    return item;
  } catch (cause) {
    throw asStoreError('read', cause);
  }
}

/**
 * Writes an item by one UpdateItem.
 *
 * @returns The item as it is then; null where the condition does not hold.
 * @throws StoreThrottledError, StoreUnavailableError
 */
export async function writeItem(
  { client, tableName, key }: Place,
  expressions: ReturnType<typeof expressionsOf>,
): Promise<Attributes | null> {
  const update = {
    TableName: tableName,
    Key: { PK: key },
    ...expressions,
    ReturnValues: 'ALL_NEW' as const,
  };
  try {
    const { Attributes: item } = await client.send(new UpdateCommand(update));
    return item ?? {};
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return null;
    throw asStoreError('write', cause);
  }
}
