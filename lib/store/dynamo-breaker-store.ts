/** The rows of breakers on DynamoDB: each read is half a read unit, each write one UpdateItem. */
import { ScanCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { KEY_PREFIX } from '../shared/breaker-row.ts';
import type { BreakerStore, Demand, RowItem, RowWrite } from '../shared/row-write.ts';
import { createDocumentClient } from './dynamo-client.ts';
import { asStoreError } from './dynamo-errors.ts';
import { readItem, writeItem, type Place } from './dynamo-items.ts';
import { expressionsOf, type Name, type Value } from './expressions.ts';

/** The most pages of a table that a list reads. */
const MAX_PAGES = 100;

/** Reads and writes the rows of breakers in one table. */
export class DynamoBreakerStore implements BreakerStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  /** @param how.consistently Whether the row of a moment ago will not do: for operators. */
  read(
    key: string,
    { consistently = false }: { readonly consistently?: boolean } = {},
  ): Promise<RowItem | undefined> {
    return readItem(this.#place(key), consistently);
  }

  write(key: string, write: RowWrite): Promise<RowItem | null> {
    const conditions = (name: Name, value: Value) =>
      write.expect.map((demand) => conditionOf(demand, name, value));
    return writeItem(this.#place(key), expressionsOf(write, conditions));
  }

  #place(key: string): Place {
    return { client: this.#client, tableName: this.#tableName, key };
  }

  /**
   * Every row, by the whole table: for operators. It holds few other rows.
   *
   * @throws StoreThrottledError, StoreUnavailableError
   */
  async list(): Promise<readonly RowItem[]> {
    const items: RowItem[] = [];
    let from: RowItem | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const scan = {
        TableName: this.#tableName,
        FilterExpression: 'begins_with(PK, :prefix)',
        ExpressionAttributeValues: { ':prefix': `${KEY_PREFIX}#` },
        ExclusiveStartKey: from,
      };
      try {
        const { Items: found = [], LastEvaluatedKey: last } = await this.#client.send(
          new ScanCommand(scan),
        );
        items.push(...found);
        if (last === undefined) break;
        from = last;
      } catch (cause) {
        throw asStoreError('read', cause);
      }
    }
    return items;
  }
}

/**
 * Makes the store with a client of its own: one attempt, short time limits, the region and credentials of
 * the environment.
 */
export function dynamoBreakerStore({ table }: { readonly table: string }): DynamoBreakerStore {
  return new DynamoBreakerStore(createDocumentClient({}), table);
}

function conditionOf(demand: Demand, name: Name, value: Value): string {
  const { attribute, is } = demand;
  const path = name(attribute);
  const compared = `${path} ${is} ${value(`is_${attribute}`, demand.value)}`;
  const mayBeAbsent = demand.is === '<' || demand.orAbsent;
  return mayBeAbsent ? `(attribute_not_exists(${path}) OR ${compared})` : compared;
}
