/** The upstream service: what passes to the upstream and back, and what each answer shows. */
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  MAX_BINARY_BYTES,
  MAX_BINARY_HEAD_BYTES,
  MAX_BODY_BYTES,
  type TextAnswer,
} from '../../lib/services/service.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

describe('an answer of the upstream', () => {
  test.each([
    [200, 'success'],
    [201, 'success'],
    [204, 'success'],
    [304, 'success'],
    [301, 'none'],
    [303, 'none'],
    [307, 'none'],
    [400, 'none'],
    [401, 'none'],
    [404, 'none'],
    [408, 'none'],
    [429, 'none'],
    [500, 'error'],
    [501, 'error'],
    [503, 'error'],
    [599, 'error'],
  ] as const)('with status %i is passed on, with outcome %s', async (status, outcome) => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    const body = status === 204 || status === 304 ? '' : `status ${status}`;
    upstream.answer(status, body, { 'X-From': 'upstream' });
    for (const face of ['full', 'degraded'] as const) {
      const answer = await service[face](requestOf(), CONTEXT);
      expect(answer).toMatchObject({ outcome, statusCode: status, bodyText: body });
      expect(answer.headers).toMatchObject({ 'x-from': 'upstream' });
    }
    expect(upstream.seen).toHaveLength(2);
  });

  test('that redirects is passed on, and no other host is asked', async () => {
    const [upstream, other] = [await givenUpstream(), await givenUpstream()];
    upstream.answer(302, 'elsewhere', { Location: other.url.href });
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf({ method: 'GET' }), CONTEXT)).toMatchObject({
      statusCode: 302,
      headers: { location: other.url.href },
    });
    expect(await service.probe('degraded', requestOf(), CONTEXT)).toBe('error');
    expect(other.seen).toEqual([]);
  });

  test('that is 5xx is told in the log, without its content, one that is 4xx is not', async () => {
    const upstream = await givenUpstream();
    const { service, told } = givenService(upstream.url);
    upstream.answer(404);
    await service.full(requestOf(), CONTEXT);
    expect(told).toEqual([]);
    upstream.answer(500, 'personal data');
    await service.full(requestOf(), CONTEXT);
    const fields = { scope: 'default', face: 'full', executionId: 'x-1' };
    expect(told).toEqual([['warn', 'upstream failed', expect.objectContaining(fields)]]);
    const [, , { error }] = told[0] as unknown as [string, string, { readonly error: object }];
    expect(inspect(error, { depth: null })).toContain('to answer below 400, got 500');
    expect(JSON.stringify({ ...error })).toBe(
      '{"name":"UpstreamStatusError","code":"UPSTREAM_STATUS"}',
    );
  });
});

describe('a body passes unchanged, both ways:', () => {
  test.each([
    ['no body', ''],
    ['numbers beyond a double', '{"a":12345678901234567890,"b":1.0,"c":1e400,"d":-0}'],
    ['white space and the order of keys', '{ "b" : 1,\r\n\t"a": [ ] , "b": 2 }\n'],
    ['escapes', String.raw`{"a":"\u00e9\/\\\"\ud83d\u0000","b":"\\\\"}`],
    ['quotes and backslashes', String.raw`["'", "\"", "\\", "\\'"]`],
    ['other alphabets', '{"a":"más, 日本語, 🙂, \u2028\u2029"}'],
    ['a byte order mark', '\uFEFF{"a":1}'],
    ['a bare string', '"text"'],
    ['200 KiB', JSON.stringify('x'.repeat(200 * 1024))],
  ])('%s', async (_what, bodyText) => {
    const upstream = await givenUpstream();
    upstream.respond(({ body }, response) => void response.end(body));
    const { service } = givenService(upstream.url);
    const answer = (await service.full(requestOf({ bodyText }), CONTEXT)) as TextAnswer;
    expect(upstream.seen[0]?.body).toBe(bodyText);
    expect(answer.bodyText).toBe(bodyText);
    expect(answer.outcome).toBe('success');
  });

  test.each<[string, number, string | Buffer, Readonly<Record<string, string>>, RegExp]>([
    ['a byte more than fits', 200, 'x'.repeat(MAX_BODY_BYTES - 6), {}, /too large/],
    ['quotes that need escapes', 200, '"'.repeat(MAX_BODY_BYTES / 2), {}, /too large/],
    ['much', 200, 'x'.repeat(4 * MAX_BODY_BYTES), {}, /too large/],
    ['headers beside the body', 200, 'x'.repeat(MAX_BODY_BYTES - 50), { X: 'x' }, /too large/],
    ['binary beyond its limit', 200, Buffer.alloc(MAX_BINARY_BYTES + 1, 0xff), {}, /too large/],
    [
      'binary with many headers',
      200,
      Buffer.from([0xff]),
      { X: 'x'.repeat(MAX_BINARY_HEAD_BYTES) },
      /too large/,
    ],
    ['an unknown encoding', 200, 'x', { 'Content-Encoding': 'compress' }, /encoded \(compress\)/],
    ['what is not encoded as it says', 200, 'x', { 'Content-Encoding': 'gzip' }, /not encoded/],
    [
      'what is cut off',
      200,
      gzipSync('{}').subarray(0, -4),
      { 'Content-Encoding': 'gzip' },
      /not encoded/,
    ],
    [
      'little that is much',
      200,
      gzipSync(Buffer.alloc(64 * 1024 * 1024)),
      { 'Content-Encoding': 'gzip' },
      /too large/,
    ],
    [
      'encoded thrice',
      200,
      'x',
      { 'Content-Encoding': 'gzip, gzip, gzip' },
      /encoded \(gzip, gzip, gzip\)/,
    ],
    ['a part of what is encoded', 206, gzipSync('{}'), { 'Content-Encoding': 'gzip' }, /encoded/],
  ])(
    '%s is refused by 502, which says nothing of health',
    async (_what, status, body, headers, message) => {
      const upstream = await givenUpstream();
      upstream.respond((_seen, response) => void response.writeHead(status, headers).end(body));
      const { service } = givenService(upstream.url);
      expect(await service.full(requestOf(), CONTEXT)).toMatchObject({
        outcome: 'none',
        statusCode: 502,
        body: { status: 502, message: expect.stringMatching(message) as string },
      });
    },
  );

  test('what cannot pass is still an error if the upstream failed', async () => {
    const upstream = await givenUpstream();
    upstream.respond((_seen, response) => {
      response.writeHead(500, { 'Content-Encoding': 'gzip' }).end('no gzip');
    });
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf(), CONTEXT)).toMatchObject({
      outcome: 'error',
      statusCode: 502,
    });
  });

  test('an endless one is cut off, and its connection closed', async () => {
    const upstream = await givenUpstream();
    const closed = Promise.withResolvers<void>();
    upstream.respond((_seen, response) => {
      const more = () => {
        while (response.write('x'.repeat(16_384)));
      };
      response.on('drain', more).on('close', () => closed.resolve());
      more();
    });
    const { service } = givenService(upstream.url);
    expect(await service.full(requestOf(), CONTEXT)).toMatchObject({ statusCode: 502 });
    await closed.promise;
  });
});

describe('to the upstream', () => {
  test('goes exactly the configured URL, with the method', async () => {
    const upstream = await givenUpstream();
    const { service } = givenService(new URL('/v1/a%20b/?x=%2F+1&y', upstream.url));
    for (const method of ['POST', 'GET', 'PUT', 'DELETE', 'PATCH']) {
      await service.full(requestOf({ method }), CONTEXT);
    }
    expect(upstream.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(
      ['POST', 'GET', 'PUT', 'DELETE', 'PATCH'].map((method) => `${method} /v1/a%20b/?x=%2F+1&y`),
    );
  });

  test.each([
    ['/', { a: '1', b: 'x y&z=?#' }, '/?a=1&b=x+y%26z%3D%3F%23'],
    ['/?key=secret%2F', { a: '1' }, '/?key=secret%2F&a=1'],
    ['/?key=secret', { key: 'mine', a: '1' }, '/?key=secret&a=1'],
    ['/p', { '': '', '../x': 'http://other/' }, '/p?=&..%2Fx=http%3A%2F%2Fother%2F'],
  ])("goes the client's query behind the configured one: %s and %o", async (path, query, sent) => {
    const upstream = await givenUpstream();
    const { service } = givenService(new URL(path, upstream.url));
    await service.full(requestOf({ query }), CONTEXT);
    expect(upstream.seen[0]?.path).toBe(sent);
  });
});

test('in maintenance it answers by itself', async () => {
  const upstream = await givenUpstream();
  const { service } = givenService(upstream.url);
  expect(await service.maintenance(requestOf(), CONTEXT)).toMatchObject({
    outcome: 'none',
    statusCode: 503,
    body: { message: 'Nivel 3: Sistema bajo mantenimiento, intente más tarde' },
  });
  expect(upstream.seen).toEqual([]);
});
