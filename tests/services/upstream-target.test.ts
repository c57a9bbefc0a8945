/** Where a request goes at an upstream: exactly where it was sent, and never outside the configured URL. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { targetOf } from '../../lib/services/upstream-target.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

const BASE = new URL('https://api.example.com/v1/');
const PROXY = '/{proxy+}';
const asked = (proxy: string) => requestOf({ resource: PROXY, pathParameters: { proxy } });

describe('the path', () => {
  test.each([
    ['/orders', {}, '/v1/orders'],
    ['/', {}, '/v1/'],
    ['/orders/{id}', { id: '7' }, '/v1/orders/7'],
    ['/orders/{id}/items/{item}', { id: 'a%2Fb', item: '%20' }, '/v1/orders/a%2Fb/items/%20'],
    ['/orders/{proxy+}', { proxy: 'a//b/' }, '/v1/orders/a//b/'],
    ['/orders/{proxy+}', { proxy: '%C3%A9%c3%a9' }, '/v1/orders/%C3%A9%c3%a9'],
    ['/orders/{proxy+}', { proxy: "a;v=1/!$&'()*+,=:@~-._" }, "/v1/orders/a;v=1/!$&'()*+,=:@~-._"],
    ['/{proxy+}', { proxy: '{id}|"<>^`' }, '/v1/{id}|"<>^`'],
    ['/{proxy+}', { proxy: '%' }, '/v1/%'],
    ['/{proxy+}', { proxy: '%zz%2' }, '/v1/%zz%2'],
    ['/{proxy+}', { proxy: 'a/./b' }, '/v1/a/./b'],
    ['/{proxy+}', { proxy: '...' }, '/v1/...'],
    ['/{proxy+}', { proxy: 'a..b/..c/d..' }, '/v1/a..b/..c/d..'],
    ['/{proxy+}', { proxy: '%252e%252e/x' }, '/v1/%252e%252e/x'],
    ['/{proxy+}', { proxy: '/evil.example/' }, '/v1//evil.example/'],
    ['/{proxy+}', { proxy: 'http://evil.example/' }, '/v1/http://evil.example/'],
  ])('of %s with %o is appended whole: %s', (resource, pathParameters, path) => {
    const request = requestOf({ resource, pathParameters });
    expect(targetOf(BASE, request, true)).toEqual({ ok: true, path });
  });

  test.each([
    ['..'],
    ['../admin'],
    ['a/../../admin'],
    ['%2e%2e/admin'],
    ['%2E%2e'],
    ['.%2e/admin'],
    ['a/..'],
    ['..%2fadmin'],
    ['a%2F..%2Fadmin'],
    ['a%2f%2e%2e'],
    ['..;/admin'],
    ['..;jsessionid=1/admin'],
    ['..\\admin'],
    ['a\\b'],
    ['..%5cadmin'],
    ['a%5Cb'],
    ['a?b=c'],
    ['a#b'],
    ['a b'],
    ['a\r\nX: y'],
    ['a\u0000b'],
    ['más'],
    ['日本'],
  ])('%j is refused by 400, and asks nobody', async (proxy) => {
    const upstream = await givenUpstream();
    const { service, told } = givenService(upstream.url);
    for (const face of ['full', 'degraded'] as const) {
      expect(await service[face](asked(proxy), CONTEXT)).toMatchObject({
        outcome: 'none',
        statusCode: 400,
        body: { status: 400, message: expect.stringMatching(/^the path must /) as string },
      });
    }
    expect(upstream.seen).toEqual([]);
    expect(told).toEqual([]);
  });

  test('is that which came, where the gateway says it', () => {
    const request = requestOf({ ...asked('as/the/gateway has it'), rawPath: '/as/it/came/' });
    expect(targetOf(BASE, request, true)).toEqual({ ok: true, path: '/v1/as/it/came/' });
    expect(targetOf(BASE, { ...request, rawPath: '/a/%2e%2e/b' }, true).ok).toBe(false);
  });

  test.each(['http://evil.example/', '*', '', 'orders'])(
    'that came as %j is no path: it would follow the prefix without a slash',
    (rawPath) => {
      expect(targetOf(BASE, { ...asked('orders'), rawPath }, true).ok).toBe(false);
    },
  );

  test('is not appended where the URL itself is asked, or at the route of the product', () => {
    const path = '/v1/';
    expect(targetOf(BASE, asked('orders'), false)).toEqual({ ok: true, path });
    expect(targetOf(BASE, requestOf({ resource: '/service-api' }), true)).toEqual({
      ok: true,
      path,
    });
  });

  test('that the gateway does not fill is an error of this side', () => {
    const request = requestOf({ resource: '/orders/{id}' });
    expect(() => targetOf(BASE, request, true)).toThrow(/expected a value of \{id\}/);
  });

  test('whatever it is, it stays below the prefix for whoever resolves it, and is what was sent', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '%2e',
      '%2E',
      '/',
      '%2f',
      '%2F',
      '\\',
      '%5c',
      ';',
      'a',
      '%61',
      '?',
      '#',
      'é',
    );
    const proxies = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(proxies, (proxy) => {
        const target = targetOf(BASE, asked(proxy), true);
        if (!target.ok) return;
        expect(target.path).toBe(`/v1/${proxy}`);
        // A server that resolves as it came, and one that decodes before.
        for (const text of [target.path, decodeURIComponent(target.path)]) {
          expect(new URL(`http://x${text}`).pathname).toMatch(/^\/v1\//);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the query', () => {
  const asking = (search: string, given: Parameters<typeof requestOf>[0]) =>
    targetOf(new URL(`https://api.example.com/p${search}`), requestOf(given), false);

  test.each([
    ['', 'a=1&a=2&b', '/p?a=1&a=2&b'],
    ['', 'a=%2F+%20&&=x', '/p?a=%2F+%20&&=x'],
    ['', '', '/p'],
    ['', '?', '/p??'],
    ['?key=secret%2F', 'a=1', '/p?key=secret%2F&a=1'],
    ['?key=secret', 'key=mine&a=1&k%65y=mine&key', '/p?key=secret&a=1'],
    ['?key=secret', 'key=mine', '/p?key=secret'],
    ['', 'next=http://x/?y[]=\\', '/p?next=http://x/?y[]=\\'],
  ])('configured as %j, and sent as %j, is asked as %s', (search, queryText, path) => {
    const query = { a: 'not this one' };
    expect(asking(search, { query, queryText })).toEqual({ ok: true, path });
  });

  test('is that of the last values where the gateway hands over no more', () => {
    expect(asking('', { query: { a: 'x y&z', b: '' } })).toEqual({
      ok: true,
      path: '/p?a=x+y%26z&b=',
    });
  });

  test.each(['a=b c', 'a#b', 'a=\n', 'a=é'])('%j is refused', (queryText) => {
    expect(asking('', { queryText })).toEqual({
      ok: false,
      problem: 'the query must be visible ASCII, the rest percent-encoded',
    });
  });
});
