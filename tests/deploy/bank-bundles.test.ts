/** The bundles of the faces that serve the bank: the AWS SDK in them is asleep until an account is read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { NO_REQUEST } from '../../lib/runtime/workflow.ts';
import { openTable } from '../../lib/local/table.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { seedAccounts } from '../../lib/store/seed-accounts.ts';
import { serveTable } from '../store/served-table.ts';
import { packaged, type Packaged } from './packaged.ts';

/** What the SDK requires of Node where its modules are evaluated, and nothing else here does. */
const OF_THE_SDK = 'node:https';

/** Long before any test's own time: what is cached then is old. */
const SEEDED_MS = 1;
const TABLE = 'AccountsTable-bundles';

let service: Packaged;

beforeAll(async () => {
  service = await packaged('dev');
}, 240_000);

/** A bundle inside a function, so that what it requires can be listened to. */
type Wrapped = (require: unknown, module: unknown, exports: unknown) => void;

/** Loads a function's bundle, and remembers what it requires. */
const load = (name: string) => {
  const { files } = service.archive(name);
  const code = (files.get(`functions/${name}.js`) ?? Buffer.alloc(0)).toString();
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'index.js');
  writeFileSync(path, `module.exports = function (require, module, exports) {${code}\n};`);
  const realRequire = createRequire(path);
  const required: string[] = [];
  const remembering = (id: string): unknown => {
    required.push(id);
    return realRequire(id) as unknown;
  };
  const bundle = { exports: {} as { handler: (event: unknown) => Promise<unknown> } };
  (realRequire(path) as Wrapped)(remembering, bundle, bundle.exports);
  return { required, handler: (event: unknown) => bundle.exports.handler(event) };
};

const EVENT = { executionId: 'x', failOpen: false, readLevel: 1 };
const DEFAULT_EVENT = { ...EVENT, scope: 'default', request: NO_REQUEST };
const ACCOUNT_EVENT = {
  ...EVENT,
  scope: 'account',
  request: { ...NO_REQUEST, pathParameters: { id: '12345' } },
};

/** The accounts, where the functions look for them. */
const givenAccounts = async () => {
  const region = 'us-east-1';
  const table = await openTable({ tableName: TABLE, region });
  const { endpoint } = await serveTable(table);
  const client = createDocumentClient(table.connection);
  await seedAccounts(client, TABLE, SEEDED_MS);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    client.destroy();
    await table.close();
  });
  vi.stubEnv('LOG_LEVEL', 'silent');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  vi.stubEnv('ACCOUNTS_TABLE', TABLE);
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
};

describe.each(['full-service', 'degraded-service'])('%s', (name) => {
  test('serves the default service without the SDK, and wakes it for the first account', async () => {
    await givenAccounts();
    const { required, handler } = load(name);
    expect(await handler(DEFAULT_EVENT)).toMatchObject({ outcome: 'success' });
    expect(required).not.toContain(OF_THE_SDK);
    await handler(ACCOUNT_EVENT);
    expect(required).toContain(OF_THE_SDK);
  });
});

describe('an account', () => {
  test('is served by the bundled faces, from full to maintenance', async () => {
    await givenAccounts();
    const degraded = load('degraded-service');
    expect(await degraded.handler(ACCOUNT_EVENT)).toMatchObject({ outcome: 'success' });
    expect(await load('full-service').handler(ACCOUNT_EVENT)).toMatchObject({
      outcome: 'success',
      body: expect.stringContaining('"owner":"Ana Torres"') as string,
    });
    expect(await degraded.handler({ ...ACCOUNT_EVENT, probe: true })).toEqual({
      outcome: 'success',
    });
    const maintenance = load('maintenance-service');
    expect(await maintenance.handler(ACCOUNT_EVENT)).toMatchObject({
      outcome: 'none',
      statusCode: 503,
      body: expect.stringContaining('"account":{"id":"12345"}') as string,
    });
    expect(maintenance.required).not.toContain(OF_THE_SDK);
  });
});
