/** The check of a DynamoDB table: whether it is there and takes requests. */
import type { CheckOptions, HealthCheck } from './check.ts';
import { HealthOptionsError } from './errors.ts';

/** What of a client of the AWS SDK is used. */
export interface TableDescriber {
  describe(
    tableName: string,
    signal: AbortSignal,
  ): Promise<{ readonly TableStatus?: string | undefined } | undefined>;
}

/** What a table says of itself while it takes requests. */
const SERVING: ReadonlySet<string> = new Set(['ACTIVE', 'UPDATING']);

/**
 * Whether a table is there and serves, by DescribeTable: it needs that permission, costs no capacity and
 * knows no key. The AWS SDK (`@aws-sdk/client-dynamodb`) is loaded by the first look.
 *
 * @param tableName Its name, which is not shown.
 * @param options.table How a table is described; by the AWS SDK with its own configuration by default.
 */
export function createDynamoDBHealthCheck(
  tableName: string,
  options: CheckOptions & { readonly table?: TableDescriber } = {},
): HealthCheck {
  const { table, ...rest } = options;
  let describer: Promise<TableDescriber> | null = null;
  return {
    name: 'database-connection',
    async check({ signal }) {
      describer ??= table === undefined ? sdkDescriber() : Promise.resolve(table);
      const described = await (await describer).describe(tableName, signal);
      const status = described?.TableStatus ?? 'unknown';
      return SERVING.has(status)
        ? { healthy: true, message: 'Database connection successful' }
        : { healthy: false, message: `The table is ${status}` };
    },
    ...rest,
  };
}

/** One attempt: the next look is the retry. */
async function sdkDescriber(): Promise<TableDescriber> {
  const { DescribeTableCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb').catch(
    (cause: unknown) => {
      throw new HealthOptionsError('expected @aws-sdk/client-dynamodb to be installed', { cause });
    },
  );
  const client = new DynamoDBClient({ maxAttempts: 1 });
  return {
    async describe(TableName, abortSignal) {
      const command = new DescribeTableCommand({ TableName });
      const { Table } = await client.send(command, { abortSignal });
      return Table;
    },
  };
}
