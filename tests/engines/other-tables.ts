/** DynamoDB by others: moto's and MiniStack's, each in a process of its own, with a note of all that is sent to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { vi } from 'vitest';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { setup as installMiniStack } from '../deploy/emulator/install.ts';
import { startMiniStack } from '../deploy/emulator/ministack.ts';
import { freePort } from '../listen.ts';
import type { Backend } from '../store/simulated-store.ts';
import { pythonWith } from './install.ts';

/** The table's name, as in a stage of its own. */
export const TABLE = 'ServiceResiliencyTable-test';

const REGION = 'us-east-1';

/** How long it may take to be ready, in milliseconds. */
const READY_MS = 60_000;

/** A busy machine is no fault of the table. */
const PATIENT = { connectionMs: 10_000, requestMs: 30_000 };

/** A table behind the port, with its client. */
export interface OtherTable extends Backend {
  readonly client: DynamoDBDocumentClient;
}

interface Server {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** One that is started. */
interface Other {
  readonly name: string;
  readonly start: () => Promise<Server>;
  /**
   * What it does as DynamoDB's documentation has it: everything; or what is well typed, since moto keeps half of an update that
   * it refuses, and fails where values of two types are compared.
   */
  readonly follows: 'everything' | 'what is well typed';
}

export const OTHERS: readonly Other[] = [
  { name: 'moto', start: startMoto, follows: 'what is well typed' },
  {
    name: 'MiniStack',
    async start() {
      await installMiniStack();
      return startMiniStack({ auth: false });
    },
    follows: 'everything',
  },
];

/** Runs for as long as its standard input is open, so that it cannot outlive a killed test run. */
const MOTO = `
import os, signal, sys, threading
def end_with_parent():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
from moto.server import main
main(['-H', '127.0.0.1', '-p', sys.argv[1]])
`;

async function startMoto(): Promise<Server> {
  const python = await pythonWith('moto.requirements.txt');
  const port = await freePort();
  const child = spawn(python, ['-c', MOTO, String(port)], { stdio: ['pipe', 'ignore', 'ignore'] });
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  };
  const isUp = () =>
    fetch(`${endpoint}/moto-api/data.json`).then(
      ({ ok }) => ok,
      () => false,
    );
  await vi.waitUntil(isUp, { timeout: READY_MS, interval: 100 });
  return { endpoint, stop };
}

/** Starts one, with an empty table. */
export async function openOther(start: () => Promise<Server>): Promise<OtherTable> {
  const server = await start();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const connection = { endpoint: server.endpoint, region: REGION, credentials };
  const client = createDocumentClient(connection, PATIENT);
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
    }),
  );
  return {
    client,
    store: new DynamoLevelStore(client, TABLE),
    async put(stateKey, attributes) {
      await client.send(
        new PutCommand({ TableName: TABLE, Item: { ...attributes, PK: stateKey } }),
      );
    },
    async close() {
      client.destroy();
      await server.stop();
    },
  };
}
