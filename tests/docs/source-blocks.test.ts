/** The code of the source documents, where they are at hand (SOURCE_DOCUMENTS=folder): it compiles and runs with only its import changed. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;
/** Inside this package, so that a block finds it by its name. */
const FOLDER = join(ROOT, '.cache/source-blocks');
const SOURCES = process.env['SOURCE_DOCUMENTS'];

/** What the blocks use and do not define. */
const AMBIENT = `
declare const db: { query(text: string): Promise<unknown> };
declare const stripe: { paymentIntents: { create(data: unknown): Promise<unknown> } };
declare const healthManager: import('resilient-service-system/utils').HealthCheckManager;
declare function queuePaymentForManualProcessing(data: unknown): Promise<void>;
`;

/** The same at run time; a minute passes at once, and only one. */
const PRELOAD = `
import { createExternalServiceCircuitBreaker, HealthCheckManager } from 'resilient-service-system/utils';
createExternalServiceCircuitBreaker('orders');
globalThis.db = { query: async () => 1 };
globalThis.stripe = { paymentIntents: { create: async () => ({}) } };
globalThis.queuePaymentForManualProcessing = async () => {};
globalThis.healthManager = new HealthCheckManager({ serviceName: 'x', version: '1' });
globalThis.setInterval = (work) => setTimeout(() => void work(), 20);
`;

const exec = promisify(execFile);

interface Block {
  readonly name: string;
  readonly file: string;
  readonly code: string;
}

async function blocksOf(folder: string): Promise<readonly Block[]> {
  const name = (await readdir(folder)).find((file) => file.startsWith('004')) ?? '';
  const text = await readFile(join(folder, name), 'utf8');
  return text
    .split(/^#{2,3} /m)
    .flatMap((section) => {
      const [title = ''] = section.split('\n', 1);
      const code = [...section.matchAll(/^```typescript\n(.*?)^```$/gms)];
      return code.map(([, block = '']) => ({ title, block }));
    })
    .filter(({ block }) => /HealthCheck|ServiceDiscovery|ServiceLocator|PutMetricData/.test(block))
    .map(({ title, block }, index) => ({
      name: title,
      file: join(FOLDER, `${index + 1}.ts`),
      code: `${block.replaceAll("'@roadcall/utils'", "'resilient-service-system/utils'")}\nexport {};\n`,
    }));
}

/** An AWS that takes everything. */
async function givenAws() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const target = request.headers['x-amz-target'] ?? request.url ?? '';
    const operation = String(target).split(/[./]/).at(-1) ?? '';
    asked.push(operation);
    request.resume();
    const answers: Readonly<Record<string, object>> = {
      GetNamespace: { Namespace: { Name: 'internal' } },
      ListServices: {
        Services: ['payments-svc', 'my-service'].map((Name) => ({ Id: `srv-${Name}`, Name })),
      },
      DiscoverInstances: {
        Instances: [
          {
            InstanceId: 'a',
            Attributes: { AWS_INSTANCE_IPV4: '127.0.0.1', AWS_INSTANCE_PORT: '9' },
          },
        ],
      },
      DescribeTable: { Table: { TableStatus: 'ACTIVE' } },
      RegisterInstance: { OperationId: 'x' },
    };
    if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') {
      const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };
      // An empty map.
      response.writeHead(200, headers).end(Buffer.from([0xa0]));
      return;
    }
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify(answers[operation] ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe.runIf(SOURCES !== undefined)(
  'the blocks about health, discovery and metrics',
  async () => {
    const blocks = SOURCES === undefined ? [] : await blocksOf(SOURCES);
    let aws: Awaited<ReturnType<typeof givenAws>>;
    afterAll(() => {
      aws.server.close();
      aws.server.closeAllConnections();
    });

    beforeAll(async () => {
      aws = await givenAws();
      await rm(FOLDER, { recursive: true, force: true });
      await mkdir(FOLDER, { recursive: true });
      for (const { file, code } of blocks) {
        await writeFile(file, code);
        // Node alone would ask for the types, too, at run time.
        await writeFile(`${file}.mjs`, (await transform(code, { loader: 'ts' })).code);
      }
      await writeFile(join(FOLDER, 'ambient.d.ts'), AMBIENT);
      await writeFile(join(FOLDER, 'preload.ts'), PRELOAD);
      const compilerOptions = {
        strict: true,
        // As where they were written: what is caught has a message.
        useUnknownInCatchVariables: false,
        target: 'es2024',
        module: 'nodenext',
        types: ['node'],
        noEmit: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        resolveJsonModule: true,
      };
      const include = ['[0-9]*.ts', 'ambient.d.ts'];
      await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
    });

    test('are all there, and compile', async () => {
      expect(blocks.map(({ name }) => name)).toEqual([
        '1. Basic Health Check Setup',
        '2. Custom Health Checks',
        '1. Register Service with AWS Cloud Map',
        '2. Discover Other Services',
        '3. Update Health Status',
        'Complete Service Example',
        'CloudWatch Metrics',
      ]);
      const output = await exec(join(ROOT, 'node_modules/.bin/tsc'), ['-p', FOLDER]).then(
        () => '',
        (error: unknown) => (error as { readonly stdout: string }).stdout,
      );
      expect(output).toBe('');
    });

    /** What each must have asked of AWS when it has run. */
    const ASKS: Readonly<Record<string, readonly string[]>> = {
      '1. Register Service with AWS Cloud Map': ['ListServices', 'RegisterInstance'],
      '2. Discover Other Services': ['DiscoverInstances'],
      '3. Update Health Status': ['ListServices', 'UpdateInstanceCustomHealthStatus'],
      'Complete Service Example': ['ListServices', 'RegisterInstance'],
      'CloudWatch Metrics': ['PutMetricData'],
    };

    test.each(blocks)('$name runs', async ({ name, file }) => {
      aws.asked.length = 0;
      const env = {
        ...process.env,
        AWS_ENDPOINT_URL: aws.url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        CLOUD_MAP_NAMESPACE_ID: 'ns-abcdefgh12345678',
        INSTANCE_ID: 'i-1',
        TABLE_NAME: 'MyTable',
        API_KEY: 'key',
      };
      const args = ['--import', join(FOLDER, 'preload.ts'), `${file}.mjs`];
      const ended = exec(process.execPath, args, { env, timeout: 15_000 }).catch(
        (error: unknown) => error,
      );
      const { stderr } = (await ended) as { readonly stderr: string };
      // The port that was found is nobody's: what is done with it is the caller's.
      const told = stderr.includes('fetch failed') ? '' : stderr;
      expect(told).toBe('');
      for (const operation of ASKS[name] ?? []) expect(aws.asked).toContain(operation);
    });
  },
);
