/** Which requests are sent again, and after what: nothing that may have run, unless it may run twice. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createUpstreamClient } from '../../lib/services/upstream-client.ts';
import { freePort } from '../listen.ts';
import {
  CLIENT,
  CONTEXT,
  givenService,
  givenSockets,
  givenUpstream,
  requestOf,
} from './upstreams.ts';

const POST = { method: 'POST', headers: {} };
const KEYED = { method: 'POST', headers: { 'idempotency-key': 'k-1' } };
const NO_KEY = { method: 'POST', headers: { 'idempotency-key': '' } };
const GET = { method: 'GET', headers: {} };
const PUT = { method: 'PUT', headers: {} };
const DELETE = { method: 'DELETE', headers: {} };
const OPTIONS = { method: 'OPTIONS', headers: {} };
const PATCH = { method: 'PATCH', headers: {} };

describe('after an answer', () => {
  test.each([
    [POST, 503, 1],
    [NO_KEY, 503, 1],
    [PATCH, 503, 1],
    [KEYED, 502, 3],
    [KEYED, 503, 3],
    [KEYED, 504, 3],
    [GET, 503, 3],
    [PUT, 503, 3],
    [DELETE, 503, 3],
    [OPTIONS, 503, 3],
    [GET, 500, 1],
    [KEYED, 500, 1],
    [GET, 404, 1],
    [GET, 429, 1],
  ])('%o and %i: %i requests', async (request, status, times) => {
    const upstream = await givenUpstream();
    upstream.answer(status, 'the last one');
    const { service } = givenService(upstream.url);
    const answer = await service.full(requestOf({ ...request, bodyText: '{"a":1}' }), CONTEXT);
    expect(answer).toMatchObject({ statusCode: status, bodyText: 'the last one' });
    expect(upstream.seen.map(({ body }) => body)).toEqual(Array(times).fill('{"a":1}'));
  });

  test('a later try that succeeds is a success', async () => {
    const upstream = await givenUpstream();
    upstream.respond((_seen, response) => {
      response.writeHead(upstream.seen.length < 3 ? 503 : 200).end('fine');
    });
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf(GET), CONTEXT)).toMatchObject({
      outcome: 'success',
      bodyText: 'fine',
    });
  });

  test.each(['3', '60'])('an upstream that asks to wait %s s is not asked again', async (wait) => {
    const upstream = await givenUpstream();
    upstream.answer(503, '', { 'Retry-After': wait });
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf(GET), CONTEXT)).toMatchObject({
      headers: { 'retry-after': wait },
    });
    expect(upstream.seen).toHaveLength(1);
  });

  test('retries are a small share of the traffic', async () => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    upstream.answer(503, 'the last one');
    expect(await service.full(requestOf(GET), CONTEXT)).toMatchObject({ bodyText: 'the last one' });
    expect(await service.full(requestOf(GET), CONTEXT)).toMatchObject({ bodyText: 'the last one' });
    expect(upstream.seen).toHaveLength(3 + 2);
  });
});

describe('after a lost connection', () => {
  /** Reads a request and closes; how often it was asked. */
  const givenResetting = async (onRequest: (socket: Socket) => void) => {
    let times = 0;
    const port = await givenSockets((socket) => {
      socket.once('data', () => {
        times += 1;
        onRequest(socket);
      });
    });
    return { url: new URL(`http://127.0.0.1:${port}`), times: () => times };
  };

  test.each([
    [POST, 1],
    [NO_KEY, 1],
    [PATCH, 1],
    [KEYED, 3],
    [GET, 3],
    [PUT, 3],
  ])('that was reset when it may have run, %o is sent %i times', async (request, times) => {
    const upstream = await givenResetting((socket) => socket.resetAndDestroy());
    const { service } = givenService(upstream.url);
    const answer = await service.full(requestOf(request), CONTEXT);
    expect(answer).toMatchObject({ outcome: 'error', statusCode: 502 });
    expect(upstream.times()).toBe(times);
  });

  test('that ends in the middle of the body, a POST is not sent again', async () => {
    const upstream = await givenResetting((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of');
    });
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf(), CONTEXT)).toEqual({
      outcome: 'error',
      statusCode: 502,
      headers: {},
      body: { status: 502, message: 'the upstream could not be reached, or broke off' },
    });
    expect(upstream.times()).toBe(1);
  });

  test.each(['HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 'no HTTP\r\n\r\n', ''])(
    'that answers %j, a POST is not sent again',
    async (text) => {
      const upstream = await givenResetting((socket) => socket.end(text));
      const { service } = givenService(upstream.url);
      expect(await service.full(requestOf(), CONTEXT)).toMatchObject({ statusCode: 502 });
      expect(upstream.times()).toBe(1);
    },
  );

  test.each([
    [POST, 3],
    [GET, 3],
  ])('that failed before anything was sent, %o is sent %i times', async (request, times) => {
    let connections = 0;
    const port = await givenSockets((socket) => {
      connections += 1;
      socket.destroy();
    });
    const { service } = givenService(new URL(`https://127.0.0.1:${port}`));
    const answer = await service.full(requestOf(request), CONTEXT);
    expect(answer).toMatchObject({ outcome: 'error', statusCode: 502 });
    expect(connections).toBe(times);
  });

  test.each(['127.0.0.1', 'localhost'])('that %s refused, a POST is sent again', async (host) => {
    const url = new URL(`http://${host}:${await freePort()}`);
    const client = createUpstreamClient('full', CLIENT);
    await expect(client.send(url, { ...POST, body: Buffer.from('{}') })).rejects.toMatchObject({
      code: 'UPSTREAM_NETWORK',
      wasSent: false,
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(client.breaker.getStats().failureCount).toBe(3);
  });

  test('that was kept, its request may have run', async () => {
    const upstream = await givenUpstream();
    const client = createUpstreamClient('full', CLIENT);
    const put = () => client.send(upstream.url, PUT);
    await put();
    upstream.respond((_seen, _response, { socket }) => socket.resetAndDestroy());
    const { port } = new URL(upstream.url);
    await expect(put()).rejects.toMatchObject({
      code: 'UPSTREAM_NETWORK',
      message: expect.stringContaining(`:${port} to answer, but the connection`) as string,
      wasSent: true,
    });
    expect(upstream.seen.length).toBeGreaterThan(1);
  });

  test('none is lost to a kept one that collects listeners', async () => {
    const warnings = vi.spyOn(process, 'emitWarning');
    onTestFinished(() => warnings.mockRestore());
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    const ports = new Set<number | undefined>();
    upstream.respond((_seen, response, { socket }) => {
      ports.add(socket.remotePort);
      response.end();
    });
    for (let times = 0; times < 20; times += 1) await service.full(requestOf(GET), CONTEXT);
    expect(ports.size).toBe(1);
    expect(warnings).not.toHaveBeenCalled();
  });

  test('that a kept one was closed while idle, a POST never runs into it', async () => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    const ports = new Set<number | undefined>();
    const closed: Promise<unknown>[] = [];
    upstream.respond((_seen, response, { socket }) => {
      ports.add(socket.remotePort);
      closed.push(once(socket, 'close'));
      response.end();
    });
    await service.full(requestOf(GET), CONTEXT);
    await service.full(requestOf(GET), CONTEXT);
    expect(ports.size).toBe(1);
    await service.full(requestOf(POST), CONTEXT);
    await closed[2];
    expect(ports.size).toBe(2);
  });
});
