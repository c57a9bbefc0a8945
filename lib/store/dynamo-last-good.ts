/** The last good answers on DynamoDB: an answer is one item, and the table's TTL removes it. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { KEPT_FOR_MS, type KeptAnswer, type LastGoodStore } from '../services/last-good.ts';

const texts = v.record(v.string(), v.string());

const keptSchema = v.object({
  headers: texts,
  bodyText: v.string(),
  bodyIsBase64: v.optional(v.literal(true)),
  keptAtMs: v.pipe(v.number(), v.safeInteger()),
  varied: texts,
});

/** Keeps answers in a table with the partition key PK and the TTL attribute expiresAtS. */
export class DynamoLastGood implements LastGoodStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #clock: { nowMs(): number };

  constructor(client: DynamoDBDocumentClient, tableName: string, clock: { nowMs(): number }) {
    this.#client = client;
    this.#tableName = tableName;
    this.#clock = clock;
  }

  async read(key: string): Promise<KeptAnswer | undefined> {
    const get = { TableName: this.#tableName, Key: { PK: key } };
    const { Item: item } = await this.#client.send(new GetCommand(get));
    const parsed = v.safeParse(keptSchema, item);
    // DynamoDB removes an item within days of its time, and what is no answer is none.
    const isFresh = parsed.success && parsed.output.keptAtMs + KEPT_FOR_MS > this.#clock.nowMs();
    return isFresh ? parsed.output : undefined;
  }

  async keep(key: string, answer: KeptAnswer, staleAtMs: number): Promise<void> {
    const put = new PutCommand({
      TableName: this.#tableName,
      Item: { PK: key, ...answer, expiresAtS: Math.ceil((answer.keptAtMs + KEPT_FOR_MS) / 1_000) },
      ConditionExpression: 'attribute_not_exists(#keptAtMs) OR #keptAtMs <= :staleAtMs',
      ExpressionAttributeNames: { '#keptAtMs': 'keptAtMs' },
      ExpressionAttributeValues: { ':staleAtMs': staleAtMs },
    });
    try {
      await this.#client.send(put);
    } catch (error) {
      // Another environment has kept one within its minute.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
