/** Files that were damaged or taken away: said in one line and in the status, kept aside, never silent. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { durable, syncWrites } from '../../lib/local/level-faults.ts';
import { droppedBytes } from '../../lib/local/table-files.ts';
import { clientOf, json } from '../flow/given.ts';
import { givenFolder, runCtl, runToEnd, startProcess, type ServerProcess } from './process.ts';

const TABLE = 'ServiceResiliencyTable-dev';
const FAR = { errorsToDegrade: 900, errorsToMaintenance: 1_000 } as const;

interface Storage {
  readonly storage?: { readonly problems: readonly string[] };
}

const problemsOf = async (server: ServerProcess) =>
  ((await clientOf(server.url).status()) as Storage).storage?.problems ?? [];

const told = (server: ServerProcess) =>
  server
    .output()
    .split('\n')
    .filter((line) => line.includes('"data may be lost"'));

/** A folder whose server was killed after 30 counted errors; all of them are in the log. */
async function givenKilled() {
  const DATA_DIR = await givenFolder();
  const server = await startProcess({ DATA_DIR });
  const { send, postTimes } = clientOf(server.url);
  await send('PUT', '/circuit-breaker/policy', json(FAR));
  await postTimes(30, true);
  await server.stop('SIGKILL');
  const place = join(DATA_DIR, 'tables', TABLE);
  const log = (await readdir(place)).find((name) => name.endsWith('.log')) ?? '';
  return { DATA_DIR, place, log: join(place, log) };
}

async function flip(file: string, at: number): Promise<Buffer> {
  const bytes = await readFile(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
  return bytes;
}

describe('a flipped byte in the log of a table', () => {
  test('is said with what it cost, in the status too, and the files are kept', async () => {
    const { DATA_DIR, log } = await givenKilled();
    const bytes = await flip(log, Math.floor((await stat(log)).size / 3));
    const server = await startProcess({ DATA_DIR });
    const kept = join(DATA_DIR, 'damaged', `${TABLE}-1`);
    expect(told(server)).toHaveLength(1);
    expect(told(server)[0]).toMatch(/"ERROR".*"problem":"\d+ bytes of the log of table Service/);
    expect(await problemsOf(server)).toEqual([expect.stringContaining(`are in ${kept}, delete`)]);
    const copies = await readdir(kept);
    const copy = copies.find((name) => name.endsWith('.log')) ?? '';
    expect((await readFile(join(kept, copy))).equals(bytes)).toBe(true);
    const { stdout } = await runCtl(['status', '--endpoint', server.url]);
    expect(stdout).toMatch(/^ {2}STORAGE \d+ bytes of the log/m);
    await server.stop('SIGTERM');
    // As long as nobody has seen to it.
    const later = await startProcess({ DATA_DIR });
    expect(told(later)).toEqual([]);
    expect(await problemsOf(later)).toEqual([`damaged files of before are in ${kept}`]);
    await rm(kept, { recursive: true });
    expect(await problemsOf(later)).toEqual([]);
  });

  test('that is gone is said, too', async () => {
    const { DATA_DIR, log } = await givenKilled();
    await rm(log);
    const server = await startProcess({ DATA_DIR });
    expect(told(server)[0]).toMatch(/the log of table Service[^"]* is gone/);
    await server.stop('SIGTERM');
  });

  test.each([0.1, 0.5, 0.9])('at %d of it is never silent', async (share) => {
    const { DATA_DIR, log } = await givenKilled();
    await flip(log, Math.floor((await stat(log)).size * share));
    const server = await startProcess({ DATA_DIR });
    const { errorCount } = await clientOf(server.url).status();
    if (errorCount < 30) expect(await problemsOf(server)).toHaveLength(1);
  });

  test('is not what a kill leaves, a record that is torn', async () => {
    const { DATA_DIR, log } = await givenKilled();
    await truncate(log, (await stat(log)).size - 3);
    const server = await startProcess({ DATA_DIR });
    expect(await clientOf(server.url).status()).toMatchObject({ errorCount: 29 });
    expect(await problemsOf(server)).toEqual([]);
    expect(existsSync(join(DATA_DIR, 'before-open', TABLE))).toBe(false);
  });
});

test.each([
  ['nothing', '2026/11/26-01:29:09.1 7f Delete type=3 #1\n', 0],
  [
    'one',
    '… (ignoring error) 000003.log: dropping 1207 bytes; Corruption: checksum mismatch\n',
    1207,
  ],
  ['two', '000003.log: dropping 7 bytes; a\n000003.log: dropping 5 bytes; b\n', 12],
])('a LOG that tells of %s', (_what, log, bytes) => {
  expect(droppedBytes(log)).toBe(bytes);
});

describe('a table', () => {
  test('without its CURRENT is refused and left as it is', async () => {
    const { DATA_DIR, place } = await givenKilled();
    await rm(join(place, 'CURRENT'));
    const before = await readdir(place);
    const { code, stderr } = await runToEnd({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^DATA_DIR .* is damaged \(tables\/.* has files, but no CURRENT\); .*\n$/,
    );
    expect(await readdir(place)).toEqual(before);
  });

  test('whose folder is gone at the next start begins anew, and says so', async () => {
    const { DATA_DIR, place } = await givenKilled();
    await rm(place, { recursive: true });
    const server = await startProcess({ DATA_DIR });
    const problem = `the files of table ${TABLE} are gone, with all that they held: its levels begin at 1`;
    expect(told(server)).toHaveLength(1);
    expect(await problemsOf(server)).toEqual([problem]);
  });

  test('that is taken away under the running server is told of', async () => {
    const DATA_DIR = await givenFolder();
    const server = await startProcess({ DATA_DIR });
    await rm(join(DATA_DIR, 'tables', TABLE), { recursive: true });
    await vi.waitUntil(() => told(server).length > 0, { timeout: 10_000 });
    const [problem] = await problemsOf(server);
    expect(problem).toMatch(/was taken away under the running server: what it counts .* is lost/);
  });

  test('whose file of sorted rows is damaged is refused', async () => {
    const { DATA_DIR, place } = await givenKilled();
    // A second start writes what the log had into such a file.
    await (await startProcess({ DATA_DIR })).stop('SIGTERM');
    const file = (await readdir(place)).find((name) => name.endsWith('.ldb')) ?? '';
    await truncate(join(place, file), 100);
    const { code, stderr } = await runToEnd({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR [^\n]+; move it away, or choose another folder\n$/);
  });
});

describe('one sentence and exit 1', () => {
  test('for a folder that cannot be made', async () => {
    const { code, stderr } = await runToEnd({ DATA_DIR: '/proc/x/y' });
    expect(code).toBe(1);
    expect(stderr).toBe('DATA_DIR /proc/x/y cannot be used (ENOENT); choose another folder\n');
  });

  test('for one table with two uses', async () => {
    const DATA_DIR = await givenFolder();
    const { code, stderr } = await runToEnd({ DATA_DIR, TABLE_NAME: 'AccountsTable-dev' });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'TABLE_NAME and ACCOUNTS_TABLE must be two tables, both are AccountsTable-dev\n',
    );
  });
});

test('with DURABILITY=fsync the writes below the folder are on the disk, and no others', () => {
  syncWrites('/durable');
  expect(durable('/durable/tables/x', ['key', 'value', { a: 1 }])).toEqual([
    'key',
    'value',
    { a: 1, sync: true },
  ]);
  expect(durable('/durable-not/tables/x', ['key', { a: 1 }])).toEqual(['key', { a: 1 }]);
});
