/** The log's output: never in the way of a request, and whole at a normal stop. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenFolder, startProcess } from './process.ts';

const LOG = new URL('../../lib/local/log.ts', import.meta.url).href;
/** More lines than a pipe and its reader hold. */
const MANY = 2_000;

describe('a standard output that nobody reads', () => {
  test('stops no request, and holds up no stop', async () => {
    const server = await startProcess({ DATA_DIR: await givenFolder() });
    server.child.stdout?.pause();
    const client = clientOf(server.url);
    const path = `/circuit-breaker?scope=default&${'x'.repeat(200)}`;
    for (let sent = 0; sent < MANY; sent += 50) {
      const replies = await Promise.all(Array.from({ length: 50 }, () => client.send('GET', path)));
      for (const { status } of replies) expect(status).toBe(200);
    }
    const { code, afterMs } = await server.stop('SIGTERM');
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(5_000);
  });
});

describe('a standard output that is read', () => {
  /** Runs a program that logs. */
  const linesOf = async (program: string): Promise<Record<string, unknown>[]> => {
    const source = `import { createLog } from ${JSON.stringify(LOG)};
      const log = createLog({ level: 'info', pretty: false });
      ${program}`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  test.each([
    ['that ends by itself', ''],
    ['that is ended', 'process.exit(0);'],
  ])('gets every line of a process %s, in order', async (_how, ending) => {
    const lines = await linesOf(`
      for (let n = 0; n < ${MANY}; n += 1) log.info('line', { n, filler: 'x'.repeat(200) });
      log.warn('level changed', { from: 1, to: 2 });
      ${ending}`);
    expect(lines.map(({ n, message }) => n ?? message)).toEqual([
      ...Array.from({ length: MANY }, (_, n) => n),
      'level changed',
    ]);
  });

  test('is told how many lines there was no room for', async () => {
    const lines = await linesOf(`
      for (let n = 0; n < 20; n += 1) log.info('line', { n, filler: 'x'.repeat(100_000) });`);
    const kept = lines.filter(({ message }) => message === 'line').length;
    const dropped = lines.find(({ message }) => message === 'log lines dropped');
    expect(kept).toBeGreaterThan(5);
    expect(dropped).toMatchObject({ level: 'WARN', lines: 20 - kept });
  });
});
