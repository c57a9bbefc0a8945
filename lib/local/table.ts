/** The embedded DynamoDB: dynalite in this process, on disk or in memory. */
import { rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { inject } from 'light-my-request';
import { answerLevelFaults } from './level-faults.ts';

/** A running table. */
export interface EmbeddedTable {
  /** Where it answers the AWS SDK and CLI. */
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** GetItem as Step Functions' direct integration calls it: DynamoDB's JSON in and out, no SDK. */
  getItem(input: unknown): Promise<unknown>;
  /** Tells of each operation before it is carried out, by its name: for counting. */
  onOperation(listener: (operation: string) => void): void;
  close(): Promise<void>;
}

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

/** dynalite checks that a request is signed, not by whom. */
const GET_ITEM_HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.GetItem',
  'x-amz-date': '20260101T000000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local',
};

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
  let server = await listen(path);
  if ((await ensureTable(server, tableName, region)) === 'abandoned' && path !== undefined) {
    // A kill during the very first start: the table never became active, so it holds nothing.
    await close(server);
    await rm(path, { recursive: true });
    server = await listen(path);
    await ensureTable(server, tableName, region);
  }
  return {
    endpoint: endpointOf(server),
    credentials: CREDENTIALS,
    getItem: (input) => getItem(server, input),
    onOperation: (listener) => {
      server.prependListener('request', (request: IncomingMessage) => {
        listener(String(request.headers['x-amz-target']).split('.').at(-1) ?? '');
      });
    },
    close: () => close(server),
  };
}

async function listen(path: string | undefined): Promise<Server> {
  const server = dynalite({ createTableMs: 0, ...(path !== undefined && { path }) });
  refuseBrowsers(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

/** dynalite lets any web page in (CORS *); the row must not be open to pages that the front refuses. */
function refuseBrowsers(server: Server): void {
  const [answer] = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.headers.origin === undefined) answer?.(request, response);
    else response.writeHead(403).end();
  });
}

async function ensureTable(
  server: Server,
  tableName: string,
  region: string,
): Promise<'active' | 'abandoned'> {
  const endpoint = endpointOf(server);
  const client = new DynamoDBClient({ region, endpoint, credentials: CREDENTIALS });
  try {
    const found = await status(client, tableName);
    if (found === 'ACTIVE') return 'active';
    if (found !== undefined) return 'abandoned';
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
      }),
    );
    for (let waitedMs = 0; waitedMs < TABLE_READY_MS; waitedMs += 5) {
      if ((await status(client, tableName)) === 'ACTIVE') return 'active';
      await pause(5);
    }
    throw new Error(`table ${tableName} did not become active within ${TABLE_READY_MS} ms`);
  } finally {
    client.destroy();
  }
}

async function status(client: DynamoDBClient, tableName: string): Promise<string | undefined> {
  try {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return table?.TableStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function getItem(server: Server, input: unknown): Promise<unknown> {
  const response = await inject((request, reply) => server.emit('request', request, reply), {
    method: 'POST',
    url: '/',
    headers: GET_ITEM_HEADERS,
    payload: JSON.stringify(input),
  });
  const body = JSON.parse(response.payload) as { __type?: string; message?: string };
  if (response.statusCode === 200) return body;
  const error = new Error(body.message ?? `GetItem answered ${response.statusCode}`);
  error.name = `DynamoDB.${body.__type?.split('#').at(-1) ?? 'InternalServerError'}`;
  throw error;
}

function endpointOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
