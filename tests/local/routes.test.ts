/** The front matches a path as the gateway does: what names a segment goes before a parameter, that before the rest. */
import fc from 'fast-check';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { patternOf } from '../../lib/local/routes.ts';
import { urlOf } from '../../lib/local/service-routes.ts';
import { matchPath, methodsOf, routeFor } from '../../lib/runtime/route-table.ts';
import { givenScopes } from '../runtime/given-scopes.ts';

const PATTERNS = [
  '/',
  '/orders',
  '/orders/{id}',
  '/orders/new',
  '/orders/{id}/items',
  '/orders/{id}/items/{item}',
  '/orders/{proxy+}',
  '/people/{proxy+}',
  '/people/me',
  '/v1:beta/a.b~c',
];

const segment = fc.constantFrom(
  'orders',
  'people',
  'me',
  'new',
  'items',
  '7',
  'a%2Fb',
  'a%20b',
  'v1:beta',
  'a.b~c',
  '',
  '%7Bid%7D',
);
const path = fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);

test('for any path the router chooses the pattern that the gateway would', async () => {
  const router = Fastify();
  onTestFinished(() => router.close());
  const chosen = new Map(PATTERNS.map((pattern) => [urlOf(pattern), pattern]));
  const methods = new Map([...chosen.keys()].map((url) => [url, ['GET']]));
  for (const [url, pattern] of chosen) router.get(url, () => pattern);
  await router.ready();
  const property = fc.asyncProperty(path, async (raw) => {
    const { statusCode, body } = await router.inject({ method: 'GET', url: raw });
    const gateway = matchPath(PATTERNS, raw)?.path ?? null;
    expect([raw, chosen.get(patternOf(raw, methods)) ?? null]).toEqual([raw, gateway]);
    // The router takes an empty parameter too: the front refuses it by its pattern.
    if (gateway !== null) expect([statusCode, body]).toEqual([200, gateway]);
  });
  await fc.assert(property, { numRuns: 3_000 });
});

test.each([
  ['GET', '/orders/new', { path: '/orders/new', parameters: {} }],
  ['GET', '/orders/a%2Fb', { path: '/orders/{id}', parameters: { id: 'a%2Fb' } }],
  ['GET', '/orders/1/items', { path: '/orders/{id}/items', parameters: { id: '1' } }],
  ['GET', '/orders/1/2/3', { path: '/orders/{proxy+}', parameters: { proxy: '1/2/3' } }],
  ['GET', '/orders/', null],
  ['GET', '/people', null],
  ['POST', '/orders/new', null],
])('%s %s', (method, raw, expected) => {
  const routes = PATTERNS.map((pattern) => `GET ${pattern}`);
  const found = routeFor(givenScopes({ default: { routes } }), method, raw);
  expect(found && { path: found.path, parameters: found.parameters }).toEqual(expected);
});

test('HEAD is wherever GET is, and ANY all that no other route has', () => {
  const scopes = givenScopes({
    default: { routes: ['GET /a', 'ANY /b', 'POST /c'] },
    other: { routes: ['POST /b'], cors: 'off' },
  });
  const methods = Object.values(scopes).flatMap((entry) => [...methodsOf(entry, scopes)]);
  expect(methods).toEqual([
    ['/a', ['GET', 'HEAD']],
    ['/b', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']],
    ['/c', ['POST']],
    ['/b', ['POST']],
  ]);
});
