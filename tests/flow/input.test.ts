/** What the front makes of good and bad input: nothing bad is counted, nothing says more than it should. */
import { describe, expect, test } from 'vitest';
import { givenService, json } from './given.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('valid bodies', () => {
  test.each([
    ['an empty object', '{}'],
    ['nothing', ''],
    ['unknown fields', '{"error": false, "colour": "red", "deep": {"er": [1, null]}}'],
    ['a prototype key', '{"__proto__": {"error": true}, "constructor": {"prototype": 1}}'],
    ['text beyond ASCII', '{"name": "\\u2028 \\u0000 💥 \\" \\\\ #set($x)"}'],
    ['a body of 250 KiB', JSON.stringify({ a: 'x'.repeat(250 * 1024) })],
    ['a body 64 levels deep', nested(64)],
  ])('%s is served', async (_what, body) => {
    const service = await givenService();
    const reply = await service.send('POST', '/service-api', { body, headers: JSON_TYPE });
    expect(reply).toMatchObject({ status: 200, body: { level: 1 } });
    expect(reply.headers.get('X-Service-Level')).toBe('1');
    expect(reply.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  });

  test('a charset in the content type is fine', async () => {
    const service = await givenService();
    const headers = { 'Content-Type': 'application/json; charset=utf-8' };
    expect((await service.send('POST', '/service-api', { body: '{}', headers })).status).toBe(200);
  });
});

describe('bad input', () => {
  test.each([
    [
      'no JSON',
      '{"error": tru',
      JSON_TYPE,
      400,
      'the body must be JSON: Unexpected end of JSON input',
    ],
    [
      'a token that is none',
      '{"error": maybe}',
      JSON_TYPE,
      400,
      `the body must be JSON: Unexpected token 'm', "{"error": maybe}" is not valid JSON`,
    ],
    [
      'JSON and more',
      '{} {}',
      JSON_TYPE,
      400,
      'the body must be JSON: Unexpected non-whitespace character after JSON at position 3 (line 1 column 4)',
    ],
    [
      'an error that is no boolean',
      '{"error": "true"}',
      JSON_TYPE,
      400,
      '"error" must be boolean, got "true"',
    ],
    [
      'an error that is null',
      '{"error": null}',
      JSON_TYPE,
      400,
      '"error" must be boolean, got null',
    ],
    ['an array', '[]', JSON_TYPE, 400, 'the body must be object, got []'],
    ['null', 'null', JSON_TYPE, 400, 'the body must be object, got null'],
    ['a string', '"x"', JSON_TYPE, 400, 'the body must be object, got "x"'],
    ['65 levels', nested(65), JSON_TYPE, 400, 'the body must nest at most 64 levels deep'],
    [
      '100,000 levels',
      `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      JSON_TYPE,
      400,
      'the body must nest at most 64 levels deep',
    ],
    [
      '100,000 levels under a field that is checked',
      `{"error":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      JSON_TYPE,
      400,
      'the body must nest at most 64 levels deep',
    ],
    [
      'another type',
      'a=b',
      { 'Content-Type': 'text/plain' },
      415,
      'Content-Type must be application/json, got text/plain',
    ],
    [
      'over 256 KiB',
      JSON.stringify({ a: 'x'.repeat(256 * 1024) }),
      JSON_TYPE,
      413,
      "the request must be at most 258048 bytes as the workflow's input, got 262152",
    ],
    [
      'under 256 KiB, but beyond ASCII',
      JSON.stringify({ a: 'ñ'.repeat(50 * 1024) }),
      JSON_TYPE,
      413,
      expect.stringMatching(/ got 307\d{3}$/) as string,
    ],
    [
      'under 256 KiB, but not as text in the input',
      JSON.stringify({ a: '"'.repeat(66 * 1024) }),
      JSON_TYPE,
      413,
      expect.stringMatching(
        /^the request must be at most 258048 bytes as the workflow's input, got 27\d{4}$/,
      ) as string,
    ],
  ])('%s: %#', async (_what, body, headers, status, message) => {
    const service = await givenService();
    const reply = await service.send('POST', '/service-api', { body, headers });
    expect({ status: reply.status, body: reply.body }).toEqual({
      status,
      body: { status, message },
    });
    expect((await service.status()).lastUpdated).toBeNull();
  });

  test.each([
    ['POST', '/service-api/', 404, 'there is no /service-api/ here', null],
    ['GET', '/service-api', 405, '/service-api takes POST, got GET', 'POST'],
    ['DELETE', '/service-api?x=1', 405, '/service-api takes POST, got DELETE', 'POST'],
    ['POST', '/circuit-breaker', 405, '/circuit-breaker takes GET, HEAD, got POST', 'GET, HEAD'],
    [
      'GET',
      '/circuit-breaker/override',
      405,
      '/circuit-breaker/override takes PUT, DELETE, got GET',
      'PUT, DELETE',
    ],
    ['GET', '/%zz', 400, 'the path must be a valid URL path, got "/%zz"', null],
    ['HEAD', '/service-api', 405, null, 'POST'],
    [
      'OPTIONS',
      '/circuit-breaker/reset',
      405,
      '/circuit-breaker/reset takes POST, got OPTIONS',
      'POST',
    ],
  ])('%s %s is %i', async (method, path, status, message, allow) => {
    const service = await givenService();
    const reply = await service.send(method, path);
    expect({ status: reply.status, body: reply.body }).toEqual({
      status,
      body: message === null ? {} : { status, message },
    });
    expect(reply.headers.get('Allow')).toBe(allow);
  });
});

describe('other origins', () => {
  test('may call the service from a page', async () => {
    const service = await givenService();
    const preflight = await service.send('OPTIONS', '/service-api', {
      headers: {
        Origin: 'https://shop.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toBe('POST');
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe('Content-Type');

    const { headers } = await service.send('POST', '/service-api', {
      body: '{}',
      headers: { ...JSON_TYPE, Origin: 'https://shop.example' },
    });
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(headers.get('Access-Control-Expose-Headers')).toBe(
      'X-Service-Level, X-Service-Fail-Open, X-Service-Shielded, Retry-After',
    );
  });

  test.each([
    ['/service-api', 'POST'],
    ['/circuit-breaker', 'GET, HEAD'],
    ['/openapi.json', 'GET, HEAD'],
  ])(
    'an OPTIONS of %s that is no preflight names %s, the methods it takes',
    async (path, methods) => {
      const service = await givenService();
      const reply = await service.send('OPTIONS', path);
      expect(reply.status).toBe(204);
      expect(reply.headers.get('Access-Control-Allow-Methods')).toBe(methods);
    },
  );

  test.each([
    ['POST', '/circuit-breaker/reset'],
    ['PUT', '/circuit-breaker/override'],
    ['DELETE', '/circuit-breaker/override'],
    ['PUT', '/circuit-breaker/policy'],
  ])('are told nothing by %s %s', async (method, path) => {
    const service = await givenService();
    for (const asked of ['OPTIONS', method]) {
      const { headers } = await service.send(asked, path, {
        headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': method },
      });
      const cors = [...headers.keys()].filter((name) => name.startsWith('access-control-'));
      expect(cors).toEqual([]);
    }
  });

  test('may read a refusal too', async () => {
    const service = await givenService();
    const reply = await service.send('POST', '/service-api', {
      ...json({ error: 1 }),
      headers: { ...JSON_TYPE, Origin: 'https://shop.example' },
    });
    expect(reply.status).toBe(400);
    expect(reply.headers.get('Access-Control-Allow-Origin')).toBe('*');
  });
});

describe('the fault switch', () => {
  test('is off on stage prod: error is validated, and ignored', async () => {
    const service = await givenService({ STAGE: 'prod' });
    const replies = await service.postTimes(12, true);
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([200]));
    expect((await service.post({ error: 1 })).status).toBe(400);
    expect((await service.status()).lastUpdated).toBeNull();
  });
});
