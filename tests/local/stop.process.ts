/** How the process stops: what is in flight ends well, and nobody can hold it up. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenServer } from '../store/local-servers.ts';
import { givenFolder, spawnProcess, START, startProcess } from './process.ts';

describe('SIGTERM and SIGINT', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s exits 0 within 5 s', async (signal) => {
    const server = await startProcess({ DATA_DIR: await givenFolder() });
    await clientOf(server.url).post({});
    const { code, afterMs } = await server.stop(signal);
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(5_000);
  });

  test('finish what is in flight and lose nothing', async () => {
    const DATA_DIR = await givenFolder();
    const server = await startProcess({ DATA_DIR });
    const inFlight = await openRequest(server.url);
    const stopped = server.stop('SIGTERM');
    await refused(server.url);
    inFlight.write('{"error": true}');
    expect(await rest(inFlight)).toMatch(/^HTTP\/1\.1 500 [\s\S]*Internal Server Error/);
    expect((await stopped).code).toBe(0);
    const again = await startProcess({ DATA_DIR });
    expect(await clientOf(again.url).status()).toMatchObject({ errorCount: 1 });
  });

  test('do not wait for a client that never ends its request', async () => {
    const server = await startProcess({ DATA_DIR: await givenFolder() });
    const hanging = await openRequest(server.url);
    hanging.on('error', () => {});
    const { code, afterMs } = await server.stop('SIGTERM');
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(5_000);
  });

  test('end at once when they come a second time', async () => {
    const server = await startProcess({ DATA_DIR: await givenFolder() });
    const hanging = await openRequest(server.url);
    hanging.on('error', () => {});
    server.child.kill('SIGTERM');
    await refused(server.url);
    const { code, afterMs } = await server.stop('SIGINT');
    expect(code).toBe(1);
    expect(afterMs).toBeLessThan(3_000);
  });

  test('end a start that has not come to its end', async () => {
    const asked = Promise.withResolvers<void>();
    const silent = await givenServer(() => asked.resolve());
    const env = { AWS_ENDPOINT_URL: silent.endpoint, ...CREDENTIALS };
    const { child, output } = spawnProcess(env, [...START, '--engine', 'aws']);
    await asked.promise;
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(output()).toBe('');
  });
});

describe('SIGTERM to npm start', () => {
  test('ends node too', async () => {
    const HOME = await givenFolder();
    const env = { HOME, DATA_DIR: await givenFolder(), npm_config_update_notifier: 'false' };
    const server = await startProcess(env, ['npm', 'start', '--silent']);
    // The output ends with the last process that has it.
    const closed = once(server.child, 'close');
    server.child.kill('SIGTERM');
    await closed;
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });
});

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** Sends a request up to its body and waits until the server has seen it. */
async function openRequest(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const head = ['POST /service-api HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  const more = ['Content-Length: 15', 'Expect: 100-continue', '', ''];
  socket.write([...head, ...more].join('\r\n'));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('100 Continue');
  return socket;
}

/** Waits until a server takes no more connections. */
async function refused(url: string): Promise<void> {
  for (;;) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['connect']),
      once(socket, 'close').then(() => ['close']),
    ]).catch(() => ['close']);
    socket.destroy();
    if (event === 'close') return;
  }
}

async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  return text;
}
