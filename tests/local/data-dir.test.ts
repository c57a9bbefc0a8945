/** The folder of the process: whose it may be, and what a kill leaves in it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenFolder, runToEnd, startProcess } from './process.ts';

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
    expect(second.stderr).toMatch(/^DATA_DIR .* is in use by another server; .*\n$/);
    await first.stop('SIGKILL');
    await startProcess({ DATA_DIR });
  });

  test('with the marker alone, as a kill during the first start leaves it, is fine', async () => {
    const DATA_DIR = await givenFolder();
    await mkdir(join(DATA_DIR, 'table'));
    await writeFile(join(DATA_DIR, 'resilient-service-system.json'), '');
    await startProcess({ DATA_DIR });
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
