/** What never becomes an ordinary request: answered in the words of the contract, closed, logged once. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { exchange, givenFront, open } from './given.ts';

const HEAD = 'POST /service-api HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const problem = (status: number, message: string) => JSON.stringify({ status, message });

describe('a connection', () => {
  test.each([
    [
      'with no HTTP',
      'GARBAGE\r\n\r\n',
      400,
      'this is not an HTTP request: Invalid method encountered',
      { method: null, path: null },
    ],
    [
      'with too many headers',
      `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'the headers must be at most 16384 bytes, got more',
      { method: null, path: null },
    ],
    [
      'that asks for a tunnel',
      'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n',
      405,
      'CONNECT is for proxies, which this is not; it takes GET, POST, PUT and DELETE',
      { method: null, path: null },
    ],
    [
      'without a Host',
      'GET /circuit-breaker HTTP/1.1\r\n\r\n',
      400,
      'the Host header is missing',
      { method: 'GET', path: '/circuit-breaker' },
    ],
    [
      'with two Hosts',
      'GET /circuit-breaker HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n',
      400,
      'there must be one Host header',
      { method: 'GET', path: '/circuit-breaker' },
    ],
    [
      'that asks for the options of everything',
      'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      404,
      'there is no * here',
      { method: 'OPTIONS', path: '*' },
    ],
    [
      'with too long a part of the path',
      `GET /account/${'x'.repeat(12_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      414,
      'a part of the path must be at most 10240 characters',
      { method: 'GET' },
    ],
    [
      'with a number that is none',
      `${HEAD}Connection: close\r\nContent-Length: 15\r\n\r\n{"error":1e999}`,
      400,
      '"error" must be boolean, got Infinity',
      { method: 'POST', path: '/service-api' },
    ],
    [
      'that expects what there is not',
      `${HEAD}Expect: a cookie\r\nContent-Length: 2\r\n\r\n{}`,
      417,
      'Expect must be 100-continue, got "a cookie"',
      { method: 'POST', path: '/service-api' },
    ],
    [
      'with a path that is none',
      'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      400,
      'the path must be a valid URL path, got "/%zz"',
      { method: 'GET', path: '/%zz' },
    ],
    [
      'with two lengths of one body',
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      "this is not an HTTP request: Transfer-Encoding can't be present with Content-Length",
      { method: null, path: null },
    ],
  ])('%s is answered, closed and logged', async (_what, bytes, status, message, line) => {
    const { port, requestLines } = await givenFront();
    const answer = await exchange(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(problem(status, message));
    expect(answer).toMatch(/^content-type: application\/json; charset=utf-8\r$/im);
    expect(await requestLines(1)).toEqual([expect.objectContaining({ ...line, status })]);
  });

  test('that sends its headers or its body too slowly is answered 408', async () => {
    const { front, port, requestLines } = await givenFront();
    const message =
      'the request took too long to arrive: headers have 5000 ms, all of it has 10000 ms';
    const { headersTimeout, requestTimeout } = front.server;
    expect([headersTimeout, requestTimeout]).toEqual([5_000, 10_000]);
    // The same, sooner.
    Object.assign(front.server, { headersTimeout: 50, requestTimeout: 100 });
    const [headers, body] = await Promise.all([
      exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n'),
      exchange(port, `${HEAD}Content-Length: 9\r\n\r\n{"a"`),
    ]);
    for (const answer of [headers, body]) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain(problem(408, message));
    }
    expect(await requestLines(2)).toEqual([
      { method: null, path: null, status: 408 },
      expect.objectContaining({ method: 'POST', path: '/service-api', status: 408 }),
    ]);
  });
});

describe('the line of a request', () => {
  test('has who asked what, who served it and how long it took', async () => {
    const { url, requestLines } = await givenFront({ level: 2 });
    const body = '{}';
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
    await fetch(`${url}/service-api?x=secret&y=2`, init);
    await fetch(`${url}/nowhere/${'x'.repeat(300)}`);
    const lines = await requestLines(2);
    expect(lines).toEqual([
      {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        method: 'POST',
        path: '/service-api?x&y',
        status: 200,
        servedLevel: 2,
        durationMs: expect.any(Number),
        executionId: lines[0]?.['requestId'],
      },
      expect.objectContaining({
        path: `/nowhere/${'x'.repeat(191)}`,
        status: 404,
        servedLevel: null,
        executionId: null,
      }),
    ]);
  });

  test('of a control request has the id that the function is told', async () => {
    const { url, events, requestLines } = await givenFront();
    await fetch(`${url}/circuit-breaker/reset`, { method: 'POST' });
    const [line] = await requestLines(1);
    expect(events).toEqual([
      {
        httpMethod: 'POST',
        resource: '/circuit-breaker/reset',
        queryStringParameters: {},
        body: null,
        requestContext: {
          requestId: line?.['requestId'],
          identity: { user: expect.any(String) as string },
        },
      },
    ]);
  });

  test('of a client that went away has no status', async () => {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { front, port, requestLines } = await givenFront({
      service: {
        full: async () => {
          reached.resolve();
          await released.promise;
          return { outcome: 'none', statusCode: 200, headers: {}, body: {} };
        },
      },
    });
    const gone = new Promise<void>((resolve) => {
      front.server.once('request', (_request, response) => response.once('close', resolve));
    });
    const socket = open(port);
    socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`);
    await reached.promise;
    socket.destroy();
    await gone;
    released.resolve();
    expect(await requestLines(1)).toEqual([
      expect.objectContaining({ path: '/service-api', status: null }),
    ]);
  });
});

describe('at a stop', () => {
  test('an idle connection is closed, and a busy one told to close after its answer', async () => {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { front, port } = await givenFront({
      service: {
        full: async () => {
          reached.resolve();
          await released.promise;
          return { outcome: 'none', statusCode: 200, headers: {}, body: {} };
        },
      },
    });
    const idle = open(port);
    let kept = '';
    idle.on('data', (chunk: Buffer) => (kept += chunk.toString()));
    idle.write('GET /circuit-breaker HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(idle, 'data');
    expect(kept).toMatch(/^connection: keep-alive\r$/im);
    const busy = exchange(port, `${HEAD}Content-Length: 2\r\n\r\n{}`);
    await reached.promise;
    const closed = front.close();
    await once(idle, 'close');
    released.resolve();
    expect(await busy).toMatch(/^HTTP\/1\.1 200 [^]*^connection: close\r$/im);
    await closed;
  });
});
