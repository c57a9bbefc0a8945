/** The front matches a path as the gateway does: what names a segment goes before a parameter, that before the rest. */
import fc from 'fast-check';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { patternOf } from '../../lib/local/routes.ts';
import { urlOf } from '../../lib/local/service-routes.ts';
import { matchPath, methodsOf, routeFor } from '../../lib/runtime/route-table.ts';
import { readScopes } from '../../lib/runtime/scopes.ts';
import { givenScopes } from '../runtime/given-scopes.ts';
import { givenFront } from './given.ts';

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

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

test('for any method and path the front serves what the gateway would, and refuses all else', async () => {
  const routes = [
    'GET /orders/{id}',
    'ANY /orders/{proxy+}',
    'PUT /people/me',
    'GET /people/{proxy+}',
    'ANY /{proxy+}',
  ];
  const upstream = { url: 'https://api.example.com' };
  const scopes = readScopes('dev', { default: { routes, upstream, cors: 'off' } });
  const { front } = await givenFront({ scopes });
  // Of `/` there is a greeting.
  const paths = path.filter((raw) => raw !== '/' && !raw.startsWith('//'));
  const property = fc.asyncProperty(fc.constantFrom(...METHODS), paths, async (method, url) => {
    const { statusCode } = await front.inject({ method, url });
    const isServed = routeFor(scopes, method, url) !== null;
    expect([method, url, statusCode === 200]).toEqual([method, url, isServed]);
  });
  const examples: [(typeof METHODS)[number], string][] = [
    ['PUT', '/orders/7'],
    ['PUT', '/orders/7/8'],
    ['GET', '/people/me'],
    ['OPTIONS', '/anything'],
  ];
  await fc.assert(property, { numRuns: 300, examples });
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
