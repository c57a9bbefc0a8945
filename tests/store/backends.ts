/** The embedded DynamoDB that the store tests run on, beside the simulated table. */
import { PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { openTable, type TableConnection } from '../../lib/local/table.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import type { LevelStore } from '../../lib/store/level-store.ts';
import type { Backend } from './simulated-store.ts';

/** The embedded table, with what is needed to reach it through a client of another make. */
export interface DynamoBackend extends Backend {
  readonly connection: TableConnection;
  /** The real store on a client that the caller made. */
  storeOn(client: DynamoDBDocumentClient): LevelStore;
}

/** Opens an embedded DynamoDB in memory. */
export async function openDynamo(): Promise<DynamoBackend> {
  const tableName = 'ServiceResiliencyTable-test';
  const region = 'us-east-1';
  const table = await openTable({ tableName, region });
  const { connection } = table;
  const client = createDocumentClient(connection);
  return {
    store: new DynamoLevelStore(client, tableName),
    connection,
    storeOn: (other) => new DynamoLevelStore(other, tableName),
    async put(stateKey, attributes) {
      await client.send(
        new PutCommand({ TableName: tableName, Item: { ...attributes, PK: stateKey } }),
      );
    },
    async close() {
      client.destroy();
      await table.close();
    },
  };
}
