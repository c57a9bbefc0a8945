/** How the process starts, what it refuses to start with, and what it logs. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeSettings } from '../../lib/runtime/config.ts';
import { clientOf } from '../flow/given.ts';
import { givenFolder, runToEnd, startProcess } from './process.ts';

/** How long a process has computed, in milliseconds; null where the system does not tell. */
function cpuMsOf(pid: number): number | null {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  // After the command in parentheses; user and system time, in ticks of 10 ms.
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

describe('starting', () => {
  test('takes less than 2 s', async () => {
    const server = await startProcess({ DATA_DIR: await givenFolder() });
    const { pid = 0 } = server.child;
    // Beside other tests a process waits for its turn; what it needs is the time it computes.
    expect(cpuMsOf(pid) ?? server.readyAfterMs).toBeLessThan(2_000);
  });

  test('prints one ready line and the curl lines to try', async () => {
    const server = await startProcess({ DATA_DIR: await givenFolder() });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(server.output().match(/Listening on/g)).toHaveLength(1);
    expect(server.output()).toContain(`curl -X POST ${server.url}/service-api`);
  });

  test.each([
    ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['::', /^http:\/\/\[::1\]:\d+$/],
  ])('on every address (%s) prints one that can be called', async (HOST, url) => {
    if (HOST === '::' && !(await hasIPv6())) return;
    const server = await startProcess({ DATA_DIR: await givenFolder(), HOST });
    expect(server.url).toMatch(url);
    expect((await clientOf(server.url).post({})).status).toBe(200);
  });

  test('--help lists every option and setting and starts nothing', async () => {
    const { code, stdout } = await runToEnd({}, ['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(describeSettings());
    for (const option of ['--engine', '--stage', '--region']) expect(stdout).toContain(option);
    expect(stdout).not.toContain('Listening');
  });

  test.each([
    ['a wrong setting', { PORT: 'x' }, [], /^PORT must be an integer from 0 to 65535, got "x"\n$/],
    ['a wrong engine', {}, ['--engine', 'gcp'], /^--engine must be local or aws, got gcp\n$/],
    [
      'a wrong region',
      {},
      ['--region', 'mars'],
      /^AWS_REGION must be a region such as us-east-1, got "mars"\n$/,
    ],
    ['an unknown option', {}, ['--prot'], /^Unknown option '--prot'/],
  ])('%s is one clear line and exit 1', async (_what, env, args, message) => {
    const { code, stderr } = await runToEnd({ ...env }, args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a taken port is one clear line and exit 1', async () => {
    const first = await startProcess({ DATA_DIR: await givenFolder() });
    const PORT = new URL(first.url).port;
    const { code, stderr } = await runToEnd({ PORT, DATA_DIR: await givenFolder() });
    expect(code).toBe(1);
    expect(stderr).toBe(
      `PORT: 127.0.0.1:${PORT} is taken; set PORT to another one, or to 0 for a free one\n`,
    );
  });
});

describe('the log', () => {
  test('has one JSON line per request and per transition, joined by the execution id', async () => {
    const server = await startProcess({ DATA_DIR: await givenFolder() });
    await clientOf(server.url).postTimes(5, true);
    await server.stop('SIGTERM');
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter((line) => line['message'] === 'request');
    const changes = lines.filter((line) => line['message'] === 'level changed');
    expect(requests).toHaveLength(5);
    expect(requests[4]).toMatchObject({
      level: 'INFO',
      method: 'POST',
      path: '/service-api',
      status: 500,
      servedLevel: 1,
    });
    expect(changes).toEqual([
      expect.objectContaining({
        level: 'WARN',
        scope: 'default',
        from: 1,
        to: 2,
        epoch: 1,
        reason: 'errors',
        executionId: requests[4]?.['executionId'],
      }),
    ]);
  });
});

async function hasIPv6(): Promise<boolean> {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen(0, '::1');
  return once(server, 'listening').then(
    () => true,
    () => false,
  );
}
