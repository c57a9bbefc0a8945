/** The folder of the process: whose it may be, and what a kill leaves in it. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, test } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenFolder, runToEnd, startProcess } from './process.ts';

const MARKER = 'resilient-service-system.json';
const DEV = 'ServiceResiliencyTable-dev';
const QA = 'ServiceResiliencyTable-qa';

describe('the folder', () => {
  test('is made where it is missing', async () => {
    const DATA_DIR = join(await givenFolder(), 'deep', 'er');
    await startProcess({ DATA_DIR });
  });

  test('of somebody else is refused and left as it is', async () => {
    const DATA_DIR = await givenFolder();
    await writeFile(join(DATA_DIR, 'thesis.doc'), 'mine');
    const { code, stderr } = await runToEnd({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR .* is not empty and not of this project .*\n$/);
  });

  test('that is a file is refused', async () => {
    const DATA_DIR = join(await givenFolder(), 'file');
    await writeFile(DATA_DIR, '');
    const { code, stderr } = await runToEnd({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR .* cannot be used \(E\w+\); choose another folder\n$/);
  });

  test('in use by another server is refused; a kill frees it at once', async () => {
    const DATA_DIR = await givenFolder();
    const first = await startProcess({ DATA_DIR });
    const second = await runToEnd({ DATA_DIR });
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^DATA_DIR .* is in use by another npm start; .*\n$/);
    await first.stop('SIGKILL');
    await startProcess({ DATA_DIR });
  });

  test('with the marker alone, as a kill during the first start leaves it, is fine', async () => {
    const DATA_DIR = await givenFolder();
    await mkdir(join(DATA_DIR, 'table'));
    await writeFile(join(DATA_DIR, MARKER), '');
    await startProcess({ DATA_DIR });
  });

  test('of another format is refused and left as it is', async () => {
    const DATA_DIR = await givenFolder();
    await writeFile(join(DATA_DIR, MARKER), '{"format":2}\n');
    const { code, stderr } = await runToEnd({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR .* is of another version: .* got .*format.*2.*\n$/);
    expect(await readFile(join(DATA_DIR, MARKER), 'utf8')).toBe('{"format":2}\n');
  });

  test('is marked once', async () => {
    const DATA_DIR = await givenFolder();
    await (await startProcess({ DATA_DIR })).stop('SIGTERM');
    const { mtimeMs } = await stat(join(DATA_DIR, MARKER));
    await startProcess({ DATA_DIR });
    expect(await stat(join(DATA_DIR, MARKER))).toHaveProperty('mtimeMs', mtimeMs);
  });

  test.each(['lock', join('tables', DEV)])('whose %s is damaged is refused', async (part) => {
    const DATA_DIR = await givenFolder();
    await (await startProcess({ DATA_DIR })).stop('SIGTERM');
    await writeFile(join(DATA_DIR, part, 'CURRENT'), 'garbage');
    const { code, stderr } = await runToEnd({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR .* is damaged \(.+\); move it away, .*\n$/);
  });

  test.each(['lock', join('tables', DEV)])('whose %s cannot be opened says why', async (part) => {
    const DATA_DIR = await givenFolder();
    await mkdir(join(DATA_DIR, 'tables'));
    await writeFile(join(DATA_DIR, MARKER), '');
    await writeFile(join(DATA_DIR, part), 'no folder');
    const { code, stderr } = await runToEnd({ DATA_DIR });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR .* cannot be opened \(E\w+: .+\); check .*\n$/);
  });
});

describe('the stages', () => {
  /** What a kill leaves that strikes while a table is made. */
  const abandon = async (path: string) => {
    const store = new ClassicLevel<string, object>(path, { valueEncoding: 'json' });
    await store.put(`table~${QA}`, { TableName: QA, TableStatus: 'CREATING' });
    await store.close();
  };

  const givenDevAtLevel2 = async () => {
    const DATA_DIR = await givenFolder();
    const dev = await startProcess({ DATA_DIR });
    await clientOf(dev.url).postTimes(5, true);
    await dev.stop('SIGTERM');
    return DATA_DIR;
  };

  const levelOf = async (env: Readonly<Record<string, string>>) => {
    const server = await startProcess(env);
    const { currentLevel } = await clientOf(server.url).status();
    await server.stop('SIGTERM');
    return currentLevel;
  };

  test('of one folder outlive each other: an abandoned table of qa takes nothing from dev', async () => {
    const DATA_DIR = await givenDevAtLevel2();
    await mkdir(join(DATA_DIR, 'tables', QA));
    await abandon(join(DATA_DIR, 'tables', QA));
    expect(await levelOf({ DATA_DIR, STAGE: 'qa' })).toBe(1);
    expect(await levelOf({ DATA_DIR })).toBe(2);
  });

  test('that once shared one place take their tables over from it', async () => {
    const DATA_DIR = await givenDevAtLevel2();
    await rename(join(DATA_DIR, 'tables', DEV), join(DATA_DIR, 'table'));
    await abandon(join(DATA_DIR, 'table'));
    expect(await levelOf({ DATA_DIR, STAGE: 'qa' })).toBe(1);
    expect(await levelOf({ DATA_DIR })).toBe(2);
    await clientOf((await startProcess({ DATA_DIR })).url).postTimes(5, true);
  });

  test('take it over once', async () => {
    const DATA_DIR = await givenDevAtLevel2();
    await rename(join(DATA_DIR, 'tables', DEV), join(DATA_DIR, 'table'));
    const dev = await startProcess({ DATA_DIR });
    await clientOf(dev.url).postTimes(5, true);
    await dev.stop('SIGKILL');
    expect(await levelOf({ DATA_DIR })).toBe(3);
  });
});

describe('kill -9', () => {
  test('loses no acknowledged outcome, wherever it strikes', async () => {
    const DATA_DIR = await givenFolder();
    let acknowledged = 0;
    for (const survivors of [1, 2, 3]) {
      const server = await startProcess({ DATA_DIR });
      const { post, status } = clientOf(server.url);
      expect((await status()).errorCount).toBeGreaterThanOrEqual(acknowledged);
      const sending = (async () => {
        for (;;) {
          await post({ error: true });
          acknowledged += 1;
          if (acknowledged >= survivors) server.child.kill('SIGKILL');
        }
      })();
      await expect(sending).rejects.toThrow('fetch failed');
    }
    const { status } = clientOf((await startProcess({ DATA_DIR })).url);
    // One more than acknowledged may be counted per kill: its answer was lost, not its count.
    const { errorCount, currentLevel } = await status();
    expect(errorCount).toBeGreaterThanOrEqual(Math.min(acknowledged, 5));
    expect(currentLevel).toBe(errorCount >= 5 ? 2 : 1);
  });

  test('leaves the level where it was', async () => {
    const DATA_DIR = await givenFolder();
    const first = await startProcess({ DATA_DIR });
    await clientOf(first.url).postTimes(10, true);
    await first.stop('SIGKILL');
    const second = await startProcess({ DATA_DIR });
    const { status, post } = clientOf(second.url);
    expect(await status()).toMatchObject({ currentLevel: 3, errorCount: 10, epoch: 2 });
    expect((await post({})).status).toBe(503);
  });
});
