/** The embedded DynamoDB: dynalite in this process, on disk or in memory, reached without a socket. */
import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynaliteError, openDynalite, type Dynalite } from './dynalite-calls.ts';
import { answerLevelFaults } from './level-faults.ts';

/** A running table. */
export interface EmbeddedTable {
  /** What a client of the AWS SDK is made with to reach it. */
  readonly connection: TableConnection;
  /**
   * An operation as Step Functions' direct integration calls it: DynamoDB's JSON in and out, no SDK.
   *
   * @throws Error named as the integration names it, for example `DynamoDB.ResourceNotFoundException`.
   */
  call(operation: string, input: unknown): Promise<unknown>;
  /** Tells of each operation before it is carried out, by its name: for counting. */
  onOperation(listener: (operation: string) => void): void;
  close(): Promise<void>;
}

/** Where a client of the AWS SDK finds a table of this process. */
export interface TableConnection extends Required<
  Pick<DynamoDBClientConfig, 'credentials' | 'signer'>
> {
  readonly region: string;
  /** No server listens there: the request handler goes to the table itself. */
  readonly endpoint: string;
  readonly requestHandler: { handle(request: SdkRequest): Promise<{ response: SdkResponse }> };
}

/** What of the SDK's HTTP request is read. */
interface SdkRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const TABLE_READY_MS = 5_000;

answerLevelFaults();

/**
 * Opens the table, and creates it where there is none yet.
 *
 * @param options.path Its folder, which no other table may use; in memory without one.
 * @throws Error if the table does not become active within 5 s.
 */
export async function openTable(options: {
  readonly tableName: string;
  readonly region: string;
  readonly path?: string;
}): Promise<EmbeddedTable> {
  const { tableName, region, path } = options;
  let dynalite = openDynalite(path);
  if ((await ensuredOrClosed(dynalite, tableName)) === 'abandoned' && path !== undefined) {
    // A kill during the very first start: the table never became active, so it holds nothing.
    await dynalite.close();
    await rm(path, { recursive: true });
    dynalite = openDynalite(path);
    await ensureTable(dynalite, tableName);
  }
  const listeners: ((operation: string) => void)[] = [];
  const call: Dynalite['call'] = (operation, input) => {
    for (const listener of listeners) listener(operation);
    return dynalite.call(operation, input);
  };
  return {
    connection: connectionTo(call, region),
    async call(operation, input) {
      try {
        return await call(operation, input);
      } catch (error) {
        if (error instanceof DynaliteError) throw integrationError(error);
        throw error;
      }
    },
    onOperation: (listener) => listeners.push(listener),
    close: () => dynalite.close(),
  };
}

/** An error as a direct integration names it. */
function integrationError(cause: DynaliteError): Error {
  const error = new Error(cause.message, { cause });
  error.name = `DynamoDB.${cause.type}`;
  return error;
}

/**
 * A network of the SDK's that is a call in this process. Nothing is signed: there is nobody in between.
 */
function connectionTo(call: Dynalite['call'], region: string): TableConnection {
  return {
    region,
    endpoint: 'http://table.invalid',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    signer: { sign: async (request) => request },
    requestHandler: {
      async handle({ headers, body }: SdkRequest) {
        const operation = headers['x-amz-target']?.split('.').at(-1) ?? '';
        try {
          return answer(200, await call(operation, JSON.parse(new TextDecoder().decode(body))));
        } catch (error) {
          if (error instanceof DynaliteError) return answer(error.statusCode, error.body);
          throw error;
        }
      },
    },
  };
}

function answer(statusCode: number, body: unknown) {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { response: { statusCode, headers, body: Buffer.from(JSON.stringify(body)) } };
}

/** A store that is not closed would be open still when the next one tries. */
async function ensuredOrClosed(dynalite: Dynalite, tableName: string) {
  try {
    return await ensureTable(dynalite, tableName);
  } catch (error) {
    await dynalite.close();
    throw error;
  }
}

async function ensureTable(dynalite: Dynalite, tableName: string): Promise<'active' | 'abandoned'> {
  const found = await status(dynalite, tableName);
  if (found === 'ACTIVE') return 'active';
  if (found !== undefined) return 'abandoned';
  await dynalite.call('CreateTable', {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
  });
  for (let waitedMs = 0; waitedMs < TABLE_READY_MS; waitedMs += 5) {
    if ((await status(dynalite, tableName)) === 'ACTIVE') return 'active';
    await pause(5);
  }
  throw new Error(`table ${tableName} did not become active within ${TABLE_READY_MS} ms`);
}

async function status(dynalite: Dynalite, tableName: string): Promise<string | undefined> {
  try {
    const { Table: table } = (await dynalite.call('DescribeTable', { TableName: tableName })) as {
      readonly Table?: { readonly TableStatus?: string };
    };
    return table?.TableStatus;
  } catch (error) {
    if (error instanceof DynaliteError && error.type === 'ResourceNotFoundException') {
      return undefined;
    }
    throw error;
  }
}
