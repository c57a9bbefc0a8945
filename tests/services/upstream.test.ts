/** The upstream service: what passes to the upstream and back, and what each answer shows. */
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { checkAnswer } from '../../lib/services/check-answer.ts';
import { MAX_BODY_BYTES, type TextAnswer } from '../../lib/services/service.ts';
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
    ['what is not UTF-8', 200, Buffer.from([0x89, 0x50, 0x4e, 0x47]), {}, /not UTF-8 text/],
    ['Latin-1', 200, Buffer.from('más', 'latin1'), {}, /not UTF-8 text/],
    [
      'what is compressed all the same',
      200,
      gzipSync('{}'),
      { 'Content-Encoding': 'gzip' },
      /encoded \(gzip\)/,
    ],
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
      response.writeHead(500, { 'Content-Encoding': 'gzip' }).end(gzipSync('{}'));
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

  test.each<[string, Record<string, string>, Record<string, unknown>]>([
    [
      'what the client says of itself',
      { authorization: 'Bearer t', cookie: 'a=b; c=d', 'x-own': '1' },
      { authorization: 'Bearer t', cookie: 'a=b; c=d', 'x-own': '1' },
    ],
    [
      'the type of the body',
      { 'content-type': 'application/json' },
      { 'content-type': 'application/json' },
    ],
    ['the name of the execution', { 'x-execution-id': 'forged' }, { 'x-execution-id': 'x-1' }],
    ['no other host', { host: 'evil.example' }, { host: expect.stringMatching(/^127\.0\.0\.1:/) }],
    [
      'no wish for compression',
      { 'accept-encoding': 'gzip, br' },
      { 'accept-encoding': 'identity' },
    ],
    [
      'no header of one connection',
      {
        te: 'trailers',
        'keep-alive': 'x',
        upgrade: 'h2c',
        'proxy-authorization': 'x',
        trailer: 'a',
      },
      {
        te: undefined,
        'keep-alive': undefined,
        upgrade: undefined,
        'proxy-authorization': undefined,
        trailer: undefined,
      },
    ],
    [
      'none that Connection names',
      { connection: 'close, X-Hop', 'x-hop': '1', 'x-end': '2' },
      { 'x-hop': undefined, 'x-end': '2' },
    ],
    [
      'no second length',
      { 'content-length': '9999', 'transfer-encoding': 'chunked', expect: '100-continue' },
      { 'content-length': '2', 'transfer-encoding': undefined, expect: undefined },
    ],
    [
      'none that HTTP cannot carry',
      { 'x-bad': 'a\nb', 'x-wide': '日本', 'bad name': 'x', 'x-good': 'é' },
      { 'x-bad': undefined, 'x-wide': undefined, 'x-good': 'é' },
    ],
  ])('goes %s', async (_what, headers, sent) => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    const answer = await service.full(requestOf({ headers, bodyText: '{}' }), CONTEXT);
    expect(answer.outcome).toBe('success');
    for (const [name, value] of Object.entries(sent)) {
      expect(upstream.seen[0]?.headers[name]).toEqual(value);
    }
  });
});

describe('back to the client', () => {
  test.each<[string, Record<string, string | string[]>, Record<string, unknown>]>([
    [
      'what the upstream says',
      { 'Content-Type': 'text/html', ETag: '"x"', 'Retry-After': '7', 'X-A': 'é' },
      {
        'Content-Type': 'text/html',
        'content-type': undefined,
        etag: '"x"',
        'retry-after': '7',
        'x-a': 'é',
      },
    ],
    ['repeated headers as one', { Vary: ['A', 'B'] }, { vary: 'A, B' }],
    ['no cookies', { 'Set-Cookie': ['a=b', 'c=d'] }, { 'set-cookie': undefined }],
    [
      'no header of one connection, nor of a proxy',
      {
        Connection: 'close, X-Hop',
        'X-Hop': '1',
        'Keep-Alive': 'timeout=9',
        Upgrade: 'h2c',
        'Proxy-Authenticate': 'Basic',
        'Proxy-Status': 'cdn',
      },
      {
        connection: undefined,
        'x-hop': undefined,
        'keep-alive': undefined,
        upgrade: undefined,
        'proxy-authenticate': undefined,
        'proxy-status': undefined,
      },
    ],
    [
      'no length of another transfer',
      { 'Content-Length': '2' },
      { 'content-length': undefined, 'transfer-encoding': undefined },
    ],
    [
      'nothing that is for the front to say',
      { 'X-Service-Level': '9', 'Access-Control-Allow-Origin': 'x', 'Alt-Svc': 'h3' },
      {
        'x-service-level': undefined,
        'access-control-allow-origin': undefined,
        'alt-svc': undefined,
      },
    ],
  ])('goes %s', async (_what, headers, expected) => {
    const upstream = await givenUpstream();
    upstream.respond((_seen, response) => void response.writeHead(200, headers).end('{}'));
    const { service } = givenService(upstream.url);
    const answer = checkAnswer(await service.full(requestOf(), CONTEXT));
    for (const [name, value] of Object.entries(expected)) {
      expect(answer.headers[name]).toEqual(value);
    }
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
