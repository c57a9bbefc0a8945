/** A disk that takes no more: the service lives, says so, and finds at the next start what it had counted. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenFolder, START, startProcess, type ServerProcess } from './process.ts';

const run = promisify(execFile);

/** No file may grow beyond 16 KiB; the signal that comes with it is ignored, as a full disk has none. */
const ON_A_SMALL_DISK = [
  'bash',
  '-c',
  'trap "" XFSZ; ulimit -S -f 16; exec "$@"',
  'bash',
  ...START,
];

const failures = (server: ServerProcess) =>
  server
    .output()
    .split('\n')
    .filter((line) => line.includes('"mutator failed"'));

// prlimit is Linux's.
describe.runIf(process.platform === 'linux')('on a full disk', () => {
  test('an outcome that cannot be counted is one ERROR line, and the process lives', async () => {
    const DATA_DIR = await givenFolder();
    const server = await startProcess({ DATA_DIR }, ON_A_SMALL_DISK);
    const { post, send, status } = clientOf(server.url);
    for (let sent = 0; failures(server).length === 0; sent += 1) {
      expect(sent).toBeLessThan(200);
      await post({ error: true });
    }
    expect((await post({ error: true })).status).toBe(503);
    // The log comes behind the answers, so some more may have failed.
    await vi.waitUntil(() => failures(server).length > 1, { timeout: 20_000 });
    const [first, ...later] = failures(server);
    expect(first).toMatch(/"ERROR".*LEVEL_IO_ERROR/);
    for (const line of later) expect(line).toMatch(/"ERROR".*make space and start again/);
    expect((await send('POST', '/circuit-breaker/reset')).status).toBe(503);
    const before = await status();
    expect(await server.stop('SIGTERM')).toMatchObject({ code: 0 });
    const again = await startProcess({ DATA_DIR });
    expect(await clientOf(again.url).status()).toEqual(before);
  });

  test('nothing is acknowledged that the next start would not find', async () => {
    const DATA_DIR = await givenFolder();
    const server = await startProcess({ DATA_DIR }, ON_A_SMALL_DISK);
    const { post, send, status } = clientOf(server.url);
    for (let sent = 0; failures(server).length === 0; sent += 1) await post({ error: true });
    const before = await status();
    await givenSpace(server);
    expect((await send('POST', '/circuit-breaker/reset')).status).toBe(503);
    await server.stop('SIGKILL');
    const again = await startProcess({ DATA_DIR });
    expect(await clientOf(again.url).status()).toEqual(before);
  });
});

/** Lifts the limit from a running server. */
async function givenSpace({ child }: ServerProcess): Promise<void> {
  await run('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
}
