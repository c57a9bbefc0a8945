/** Tenants in services.json: which scopes they make, never more than are written there, and what is refused in words. */
import { describe, expect, test } from 'vitest';
import { faceEntries } from '../../lib/runtime/face-entries.ts';
import { alarmsOf, deployedIn, readScopes, servedScopes } from '../../lib/runtime/scopes.ts';
import { scopesByTenant } from '../../lib/runtime/tenants.ts';
import { serviceOf } from '../../lib/store/level-store.ts';
import type { UpstreamSettings } from '../../lib/services/upstream-settings.ts';
import { givenScopes } from './given-scopes.ts';

const UPSTREAM: UpstreamSettings = {
  fullUrl: new URL('https://api.example.com'),
  degraded: 'last-good',
  timeoutMs: 1_000,
  breakAfter: 5,
  append: true,
  location: 'pass',
  passCors: true,
  credentials: [],
};
const BY_HEADER = { by: 'header X-Tenant', own: { acme: 'acme', globex: 'g1' } };
const POOL = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc';
const served = (entries: Readonly<Record<string, object>>, stage?: string) =>
  servedScopes(givenScopes(entries, stage), {});
const many = (count: number, before = 't') =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${before}${index}`, `v${index}`]),
  );

describe('tenants of a service', () => {
  test('are scopes behind it: its policy, no routes, no alarms, no tables of their own', () => {
    const scopes = served({
      quotes: {},
      orders: {
        policy: 'bank',
        signals: 'both',
        tenants: BY_HEADER,
        environment: { full: { A_B: '1' } },
      },
    });
    expect(Object.keys(scopes)).toEqual(['quotes', 'orders', 'orders.acme', 'orders.globex']);
    expect(scopes['orders.acme']).toMatchObject({
      module: 'demo',
      routes: [],
      signals: 'direct',
      environment: { full: {} },
    });
    expect(deployedIn(scopes, 'orders.acme', 'classic').preset).toBe('bank');
    const alarmed = alarmsOf(scopes, 'dev', 'classic').map(({ alarm }) => alarm.scope);
    expect([...new Set(alarmed)]).toEqual(['quotes', 'orders']);
    expect(['orders', 'orders.acme', 'default.t-1'].map(serviceOf)).toEqual([
      'orders',
      'orders',
      'default',
    ]);
  });

  test('go with it: where it is not served, they are not', () => {
    const scopes = givenScopes({ quotes: {}, orders: { tenants: BY_HEADER } });
    expect(Object.keys(servedScopes(scopes, { services: ['quotes'] }))).toEqual(['quotes']);
    expect(() => servedScopes(scopes, { services: ['orders.acme'] })).toThrow(
      'SERVICES must list some of quotes, orders, got "orders.acme"',
    );
  });

  test.each([
    ['all', {}],
    ['those that are listed', { services: ['orders'] }],
    ['an API of one’s own that the environment names', { upstream: UPSTREAM }],
  ])('are known to the faces as to all else: %s', async (_what, config) => {
    const entry = { module: 'demo', cors: 'off' };
    const file = {
      default: { ...entry, routes: ['GET /a'], tenants: { by: 'host', own: { constructor: 'a' } } },
      quotes: { ...entry, routes: ['GET /b'] },
      orders: { ...entry, routes: ['GET /c'], stages: { prod: { tenants: BY_HEADER } } },
    };
    for (const stage of ['dev', 'prod']) {
      const faces = await faceEntries({ stage, policy: 'classic', ...config }, file);
      const scopes = servedScopes(readScopes(stage, file), config);
      expect(Object.keys(faces).toSorted()).toEqual(Object.keys(scopes).toSorted());
      for (const [scope, face] of Object.entries(faces)) {
        expect([scope, face]).toEqual([scope, faces[serviceOf(scope)]]);
      }
    }
  });

  test('of a stage may be otherwise: keys are of a stage', () => {
    const prod = { tenants: { by: 'header X-Tenant', own: { initech: 'i' } } };
    const entry = { tenants: BY_HEADER, stages: { prod } };
    expect(Object.keys(served({ orders: entry }, 'prod'))).toEqual(['orders', 'orders.initech']);
  });

  test('may have the names of an object’s own: none is left out', () => {
    const own = { constructor: 'a', prototype: 'b', valueof: 'constructor' };
    const scopes = served({ orders: { tenants: { by: 'host', own } } });
    expect(Object.keys(scopes)).toHaveLength(4);
    const { tenants } = scopes['orders'] ?? {};
    expect(tenants && scopesByTenant('orders', tenants).get('a')).toBe('orders.constructor');
    expect(tenants && scopesByTenant('orders', tenants).get('__proto__')).toBeUndefined();
  });

  test.each([
    [{ tenants: { own: {} } }, /tenants\.by is missing/],
    [{ tenants: { ...BY_HEADER, key: 1 } }, /did you mean by/],
    [
      { tenants: { ...BY_HEADER, by: 'body tenant' } },
      /tenants\.by must be apiKey, account, "claim NAME", host, "path NAME" or "header NAME"/,
    ],
    [{ tenants: { ...BY_HEADER, by: 'header' } }, /tenants\.by must be apiKey/],
    [{ tenants: { ...BY_HEADER, by: 'header a")#end' } }, /tenants\.by must be apiKey/],
    [{ tenants: { ...BY_HEADER, by: 'claim custom:tenant' } }, /tenants\.by must be apiKey/],
    [{ tenants: { ...BY_HEADER, own: ['acme'] } }, /tenants\.own must be an object of names/],
    [{ tenants: { ...BY_HEADER, own: {} } }, /tenants\.own must name a tenant/],
    [
      { tenants: { ...BY_HEADER, own: many(51) } },
      /tenants\.own must have at most 50 tenants, got 51; all others share/,
    ],
    [
      { tenants: { ...BY_HEADER, own: { Acme: 'a' } } },
      /tenants\.own has "Acme", which must be up to 32 lower-case/,
    ],
    [{ tenants: { ...BY_HEADER, own: { 'a.b': 'a' } } }, /has "a\.b", which/],
    [
      { tenants: { ...BY_HEADER, own: JSON.parse('{"__proto__": "a"}') as object } },
      /has "__proto__", which/,
    ],
    [
      { tenants: { ...BY_HEADER, own: { acme: "a')#set($x=1)" } } },
      /has acme, which must be known by up to 128 letters/,
    ],
    [{ tenants: { ...BY_HEADER, own: { acme: '' } } }, /has acme, which .*got ""/],
    [{ tenants: { ...BY_HEADER, own: { acme: 7 } } }, /has acme, which .*got 7/],
    [
      { tenants: { ...BY_HEADER, own: { acme: 'a', globex: 'a' } } },
      /has "a" twice, the second time as globex/,
    ],
    [
      { tenants: { by: 'host', own: { acme: 'A.example', globex: 'a.example' } } },
      /tenants\.own must have hosts in lower case, got A\.example/,
    ],
    [
      { tenants: { ...BY_HEADER, by: 'apiKey' } },
      /orders: auth must be apiKey where tenants\.by is apiKey, got none: nothing else knows it/,
    ],
    [
      { tenants: { ...BY_HEADER, by: 'account' }, auth: 'apiKey' },
      /auth must be iam where tenants\.by is account, got apiKey/,
    ],
    [
      { tenants: { ...BY_HEADER, by: 'claim sub' }, auth: 'iam' },
      /auth must be the ARN of a Lambda authorizer or a Cognito user pool/,
    ],
    [
      { tenants: { ...BY_HEADER, by: 'path tenant' } },
      /tenants\.by must name a parameter of a route, got tenant; there is none/,
    ],
    [
      { tenants: { ...BY_HEADER, by: 'path rest' }, routes: ['GET /{id}/{rest+}'] },
      /got rest; there is id/,
    ],
    [
      { tenants: BY_HEADER, signals: 'alarms' },
      /signals must be direct or both where there are tenants/,
    ],
    [
      {
        tenants: BY_HEADER,
        module: undefined,
        policy: 'bank',
        upstream: { url: 'https://a.example', sharedBreaker: true },
      },
      /upstream\.sharedBreaker must be absent where there are tenants/,
    ],
    [
      { stages: { prod: { tenants: { by: 'apiKey', own: { a: 'a' } } } } },
      /orders\.stages\.prod: auth must be apiKey/,
    ],
  ])('%j are refused', (entry, words) => {
    expect(() => givenScopes({ orders: entry })).toThrow(words);
    expect(() => givenScopes({ orders: entry })).toThrow(/^services\.json: orders/);
  });

  test.each([
    [{ by: 'apiKey', auth: 'apiKey' }],
    [{ by: 'account', auth: 'iam' }],
    [{ by: 'claim sub', auth: POOL }],
    [{ by: 'host' }],
    [{ by: 'path tenant', routes: ['GET /{tenant}/a', 'GET /b'] }],
  ])('%j are taken', ({ by, ...entry }) => {
    const tenants = { by, own: { acme: '111122223333' } };
    expect(Object.keys(served({ orders: { ...entry, tenants } }))).toContain('orders.acme');
  });

  test('are a hundred with the services at the most', () => {
    const own = (before: string) => ({ by: 'host', own: many(49, before) });
    const two = { a: { tenants: own('a') }, b: { tenants: own('b') } };
    expect(Object.keys(served(two))).toHaveLength(100);
    expect(() => givenScopes({ ...two, c: {} })).toThrow(
      'services.json: must have at most 100 services and tenants together, got 101',
    );
  });
});
