/** A Location of the upstream's, as its clients can follow it. */
import { describe, expect, test } from 'vitest';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

const ORDERS = requestOf({ resource: '/{proxy+}', pathParameters: { proxy: 'orders' } });

interface Given {
  readonly at?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly location?: 'rewrite' | 'pass';
}

const locationOf = async (
  given: string | ((base: URL) => string),
  { at = '/v1', headers = {}, location = 'rewrite' }: Given = {},
) => {
  const upstream = await givenUpstream();
  const base = new URL(at, upstream.url);
  const Location = typeof given === 'string' ? given : given(base);
  upstream.answer(201, '', { Location });
  const { service } = givenService(base, { location });
  return (await service.full({ ...ORDERS, headers }, CONTEXT)).headers['location'];
};

describe('a Location is rewritten', () => {
  test.each<[string, string | ((base: URL) => string), string]>([
    ['within the URL', ({ href }) => `${href}/orders/7?a=b#c`, '/orders/7?a=b#c'],
    ['that is a path', '/v1/orders/7', '/orders/7'],
    ['that is relative', 'orders/7', '/orders/7'],
    ['that leads up and stays within', '../v1/orders/7', '/orders/7'],
    ['that is the URL itself', ({ href }) => href, '/'],
    ['with escapes', '/v1/orders/a%2Fb%20c', '/orders/a%2Fb%20c'],
    ['that would begin with a host', '/v1//evil.example/x', '/evil.example/x'],
  ])('%s', async (_what, given, expected) => {
    expect(await locationOf(given)).toBe(expected);
  });

  test.each<[string, string | ((base: URL) => string)]>([
    ['of another host', 'https://elsewhere.example/v1/orders/7'],
    ['of another port', ({ hostname }) => `http://${hostname}:1/v1/orders`],
    ['beside the URL', '/v2/orders/7'],
    ['that only begins like it', '/v10/orders'],
    ['with credentials', ({ host }) => `http://me@${host}/v1/orders`],
    ['that is none', 'http://['],
  ])('but not one %s', async (_what, given) => {
    const upstream = await givenUpstream();
    const base = new URL('/v1', upstream.url);
    const Location = typeof given === 'string' ? given : given(base);
    upstream.answer(302, '', { Location });
    const { service } = givenService(base, { location: 'rewrite' });
    expect((await service.full(ORDERS, CONTEXT)).headers['location']).toBe(Location);
  });

  test('behind what the gateway puts before every path', async () => {
    const headers = { 'x-forwarded-prefix': '/prod' };
    expect(await locationOf('/v1/orders/7', { headers })).toBe('/prod/orders/7');
  });

  test.each(['//evil.example', 'https://evil.example', '/a b', '/'])(
    'and not behind %j, which is no prefix',
    async (prefix) => {
      const headers = { 'x-forwarded-prefix': prefix };
      expect(await locationOf('/v1/orders/7', { headers })).toBe('/orders/7');
    },
  );

  test('where the URL has no path', async () => {
    expect(await locationOf('/orders/7', { at: '/' })).toBe('/orders/7');
  });
});

test('a Location passes as it is where nothing else is said', async () => {
  expect(await locationOf('/v1/orders/7', { location: 'pass' })).toBe('/v1/orders/7');
});
