/** Headers: which of them pass to the upstream, and which back. */
import { describe, expect, test } from 'vitest';
import { checkAnswer } from '../../lib/services/check-answer.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

describe('to the upstream', () => {
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
    ['its name as that of the request', {}, { 'x-request-id': 'x-1' }],
    [
      'the name and the trace that the client has',
      { 'x-request-id': 'r-1', traceparent: '00-a-b-01', tracestate: 'v=1', baggage: 'a=b' },
      { 'x-request-id': 'r-1', traceparent: '00-a-b-01', tracestate: 'v=1', baggage: 'a=b' },
    ],
    [
      'who asked, as the gateway says it',
      {
        'x-forwarded-for': '203.0.113.7, 10.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'api.example.com',
        'x-forwarded-prefix': '/prod',
      },
      {
        'x-forwarded-for': '203.0.113.7, 10.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'api.example.com',
        'x-forwarded-prefix': undefined,
      },
    ],
    ['who forwards', {}, { via: '1.1 resilient-service' }],
    ['who forwards, last', { via: '1.1 cdn' }, { via: '1.1 cdn, 1.1 resilient-service' }],
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
    [
      'the first of several cookies',
      { 'Set-Cookie': ['a=b; Path=/', 'c=d'] },
      { 'set-cookie': 'a=b; Path=/' },
    ],
    [
      'what is said of bytes that do not change',
      { 'Content-MD5': 'x', 'Content-Digest': 'y', Via: '1.1 cdn' },
      { 'content-md5': 'x', 'content-digest': 'y', via: '1.1 cdn' },
    ],
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

test('the CORS headers of the upstream pass where they are the upstream’s to say', async () => {
  const upstream = await givenUpstream();
  upstream.answer(200, '{}', { 'Access-Control-Allow-Origin': 'https://shop.example' });
  const { service } = givenService(upstream.url, { passCors: true });
  expect((await service.full(requestOf(), CONTEXT)).headers).toMatchObject({
    'access-control-allow-origin': 'https://shop.example',
  });
});
