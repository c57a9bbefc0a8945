/** The queries of docs/monitoring/logs-insights.yml over the lines of a process that had a bad day. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { takeDataDir } from '../../lib/local/data-dir.ts';
import { openTable } from '../../lib/local/table.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { clientOf, json } from '../flow/given.ts';
import { givenFolder, startProcess } from '../local/process.ts';

type Line = Readonly<Record<string, unknown>>;

const FILE = new URL('../../docs/monitoring/logs-insights.yml', import.meta.url);

/** The part of the language that the queries use: `filter`, and the names in `fields` and `by`. */
function readQuery(query: string) {
  const [filter = '', ...rest] = query.trim().split('\n');
  const [, field = '', operator, given = ''] = /^filter (\w+) (=|in) (.+)$/.exec(filter) ?? [];
  const wanted = [JSON.parse(given) as unknown].flat();
  const names = rest.flatMap(
    (part) => /^\| (?:fields|stats .* by) (.+)$/.exec(part)?.[1]?.split(', ') ?? [],
  );
  expect(['=', 'in']).toContain(operator);
  return { field, wanted, names: names.filter((name) => !name.startsWith('@')) };
}

const at = (line: Line, name: string): unknown =>
  name.split('.').reduce<unknown>((value, part) => (value as Line | undefined)?.[part], line);

async function linesOfABadDay(): Promise<readonly Line[]> {
  const server = createServer((_request, response) => response.writeHead(503).end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service = await startProcess({
    DATA_DIR: await givenFolder(),
    FULL_UPSTREAM_URL: `${url}/full`,
    DEGRADED_UPSTREAM_URL: `${url}/lite`,
    PROBE_URL: `${url}/health`,
    POLICY: 'classic',
  });
  const { send } = clientOf(service.url);
  // As many as open the breaker and move the level; then one that may run twice.
  for (let times = 0; times < 5; times += 1) await send('POST', '/service-api', json({}));
  const { body, headers } = json({});
  const twice = { ...headers, 'Idempotency-Key': '1' };
  await send('POST', '/service-api', { ...(body !== undefined && { body }), headers: twice });
  await service.stop('SIGTERM');
  return linesIn(service.output());
}

function linesIn(output: string): readonly Line[] {
  const text = output.split('\n').filter((line) => line.startsWith('{'));
  return text.map((line) => JSON.parse(line) as Line);
}

/** Those of a process whose row nobody can read: a request is served open, and a tick cannot heal it. */
async function linesOfAnUnreadRow(): Promise<readonly Line[]> {
  const [dataDir, tableName] = [await givenFolder(), 'ServiceResiliencyTable-dev'];
  const folder = await takeDataDir(dataDir, tableName, () => {});
  const table = await openTable({ tableName, region: 'us-east-1', path: folder.tablePath });
  const Item = { PK: 'SYSTEM_STATE', currentLevel: 7, errorCount: 'many', epoch: 41 };
  await createDocumentClient(table.connection).send(new PutCommand({ TableName: tableName, Item }));
  await table.close();
  await folder.release();
  const service = await startProcess({ DATA_DIR: dataDir, TICK_SECONDS: '1' });
  const { post } = clientOf(service.url);
  expect((await post({ error: false })).headers.get('X-Service-Fail-Open')).toBe('true');
  await vi.waitUntil(() => /"message":"(tick unfinished|mutator failed)"/.test(service.output()), {
    timeout: 15_000,
  });
  await service.stop('SIGTERM');
  return linesIn(service.output());
}

test(
  'each query finds lines, and every name it asks for is in one of them',
  { timeout: 60_000 },
  async () => {
    const badDay = await linesOfABadDay();
    const lines = [...badDay, ...(await linesOfAnUnreadRow())];
    const queries = parse(await readFile(FILE, 'utf8')) as { question: string; query: string }[];
    const { executionId } = badDay.find(({ message }) => message === 'level changed') ?? {};
    expect(queries).toHaveLength(5);
    for (const { question, query } of queries) {
      const { field, wanted, names } = readQuery(
        query.replace('EXECUTION_ID', String(executionId)),
      );
      const found = lines.filter((line) => wanted.includes(at(line, field)));
      expect({ question, found: found.length > 0 }).toEqual({ question, found: true });
      const missing = names.filter((name) => found.every((line) => at(line, name) === undefined));
      expect({ question, missing }).toEqual({ question, missing: [] });
    }
  },
);

test('every message that a query names is one that the code writes', async () => {
  const queries = parse(await readFile(FILE, 'utf8')) as { query: string }[];
  const messages = queries.flatMap(({ query }) => readQuery(query).wanted.map(String));
  const files = [
    'functions/mutator.ts',
    'lib/services/serve-face.ts',
    'lib/services/upstream-face.ts',
    'lib/telemetry/resilience-log.ts',
    'lib/telemetry/report-change.ts',
  ];
  const code = (
    await Promise.all(
      files.map((file) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8')),
    )
  ).join('\n');
  const unknown = messages.filter((it) => it !== 'EXECUTION_ID' && !code.includes(`'${it}'`));
  expect(unknown).toEqual([]);
});
