/** What is no proper HTTP: an upstream's answer is broken then, and a client's request is refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEADLINE_MS, LONGEST_TRY_MS } from '../../lib/services/upstream-settings.ts';
import { readDefinition } from '../statemachines/definition.ts';
import { CONTEXT, givenService, givenSockets, givenUpstream, requestOf } from './upstreams.ts';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

describe('an answer of the upstream', () => {
  test.each([
    ['HTTP/1.1 099 Hm\r\nContent-Length: 0\r\n\r\n', 'has status 99'],
    ['HTTP/1.1 600 Hm\r\nContent-Length: 0\r\n\r\n', 'has status 600'],
    [
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      'has status 101',
    ],
  ])('%j is broken: 502, and an error', async (text, message) => {
    const port = await givenSockets((socket) => {
      socket.once('data', () => socket.write(text));
    });
    const { service } = givenService(new URL(`http://127.0.0.1:${port}`));
    expect(await service.full(requestOf(), CONTEXT)).toMatchObject({
      outcome: 'error',
      statusCode: 502,
      body: { status: 502, message: expect.stringContaining(message) as string },
    });
  });

  test.each(['identity', 'IDENTITY', 'Identity'])('%s is no encoding', async (encoding) => {
    const upstream = await givenUpstream();
    upstream.answer(200, 'plain', { 'Content-Encoding': encoding });
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf(), CONTEXT)).toMatchObject({
      outcome: 'success',
      bodyText: 'plain',
    });
  });
});

describe('a request', () => {
  test.each(['', 'GE T', 'GET\r\nX: y', 'CONNECT', 'TRACE', 'NONE-SUCH', 'get'])(
    'with the method %j is refused by 405, and counts for nothing',
    async (method) => {
      const upstream = await givenUpstream();
      const { service, told } = givenService(upstream.url);
      // More than open the breaker, had they counted there.
      for (let times = 0; times < 6; times += 1) {
        expect(await service.full(requestOf({ method }), CONTEXT)).toEqual({
          outcome: 'none',
          statusCode: 405,
          headers: { allow: METHODS },
          body: { status: 405, message: `method must be one of ${METHODS}` },
        });
      }
      expect(await service.full(requestOf(), CONTEXT)).toMatchObject({ outcome: 'success' });
      expect(upstream.seen).toHaveLength(1);
      expect(told).toEqual([]);
    },
  );
});

describe('the deadline of all tries', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const { functions } = parse(read('serverless.yml'), { logLevel: 'error' }) as {
    readonly functions: Readonly<Record<string, { readonly timeout: number }>>;
  };

  test.each([
    ['Full', 'full-service'],
    ['Degraded', 'degraded-service'],
  ])('leaves %s a second to start and to answer', (state, name) => {
    const functionMs = (functions[name]?.timeout ?? 0) * 1_000;
    const stateMs = (readDefinition().States[state]?.TimeoutSeconds ?? 0) * 1_000;
    expect(DEADLINE_MS + 1_000).toBeLessThanOrEqual(functionMs);
    expect(functionMs).toBeLessThan(stateMs);
    // A try that the deadline ends is no failure to the breaker.
    expect(LONGEST_TRY_MS).toBeLessThan(DEADLINE_MS);
  });
});
