/** The scopes: defaults, and what is refused in words. */
import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../lib/level/policy.ts';
import { alarmsOf, deployedIn, readScopes } from '../../lib/runtime/scopes.ts';
import { givenScopes } from './given-scopes.ts';

const alarms = (given: object) => ({ default: { alarms: given } });
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`scope-${index}`, {}]));

describe('the scopes', () => {
  test('have defaults', () => {
    expect(givenScopes({ default: {} })).toEqual({
      default: {
        routes: [{ method: 'GET', path: '/default' }],
        module: 'demo',
        readReplicas: 0,
        contentTypes: [],
        signals: 'direct',
        alarms: { errorRate: [0.25, 0.5], minRequests: 20, periodS: 60, periods: 1 },
        cors: { origins: ['*'], headers: ['Content-Type'], credentials: false },
        auth: 'none',
        tables: {},
        environment: { full: {}, degraded: {}, maintenance: {} },
      },
    });
  });

  test('are those of services.json', () => {
    expect(Object.keys(readScopes())).toEqual(expect.arrayContaining(['default', 'account']));
    expect(readScopes()['account']).toMatchObject({ policy: 'bank', signals: 'both' });
  });

  test('may be otherwise on a stage', () => {
    const entries = { default: { policy: 'bank', stages: { prod: { policy: 'production' } } } };
    expect(givenScopes(entries)['default']?.policy).toBe('bank');
    expect(givenScopes(entries, 'prod')['default']?.policy).toBe('production');
  });

  test('have alarms by the policy of the scope, else by the deployed one', () => {
    const scoped = alarmsOf(
      givenScopes({ default: {}, account: { policy: 'bank' } }),
      'dev',
      'classic',
    );
    const probes = scoped.filter(({ alarm }) => alarm.from === 3);
    expect(probes.map(({ alarm: { scope, periodS } }) => [scope, periodS])).toEqual([
      ['default', 600],
      ['account', 180],
    ]);
  });

  test.each([
    [{}, /must have a service/],
    [{ default: {}, 'Not Lower': {} }, /lower-case/],
    [many(31), /at most 30 services/],
    [{ default: { polic: 'bank' } }, /did you mean policy/],
    [{ default: { policy: 'nope' } }, /classic, bank, production/],
    [{ default: { overrides: { dwelMs: 1 } } }, /did you mean dwellMs/],
    [{ default: { overrides: { dwellMs: -1 } } }, /dwellMs must be an integer from 0/],
    [
      { default: { readReplicas: 10 } },
      /default: readReplicas must be an integer from 0 to 9, got 10/,
    ],
    [{ default: { readReplicas: 1.5 } }, /readReplicas must be an integer from 0 to 9, got 1\.5/],
    [{ default: { signals: 'none' } }, /direct, alarms, both/],
    // All of it would be in the message, had the schema's own words told it.
    [
      { default: { environment: { full: 'x'.repeat(3_000) } } },
      /default: environment\.full Invalid type: Expected Object but received "x{39}…$/,
    ],
    [alarms({ errorRate: [0.5] }), /errorRate/],
    [alarms({ errorRate: [0, 0.5] }), /errorRate/],
    [alarms({ errorRate: [0.5, 1.1] }), /errorRate/],
    [alarms({ minRequests: 0 }), /minRequests/],
    [alarms({ periodS: 90 }), /periodS/],
    [alarms({ periodS: 7_200 }), /periodS/],
    [alarms({ periods: 25 }), /periods/],
    [alarms({ period: 60 }), /did you mean period/],
    [{ default: { routes: [] } }, /must have a route/],
    [{ default: { routes: ['GET orders'] } }, /routes\.0 must be a route such as "GET \/orders/],
    [{ default: { routes: ['FETCH /orders'] } }, /must be a route/],
    [{ default: { routes: ['GET /a/{proxy+}/b'] } }, /must be a route/],
    [{ default: { routes: ['GET /a/{id}/{id}'] } }, /must be a route/],
    [{ default: { routes: ['GET /health'] } }, /the product's own path/],
    [
      { default: { routes: ['GET /a', 'OPTIONS /a'] } },
      /default: routes has OPTIONS \/a, which cors answers in the service's place; leave it out, or set cors to "off"$/,
    ],
    [{ default: { routes: ['ANY /circuit-breaker/{x}'] } }, /the product's own path/],
    [{ default: { routes: ['GET /a', 'GET /a'] } }, /GET \/a is there twice/],
    [
      { default: { routes: ['GET /a/{id}', 'GET /a/{key}/b'] } },
      /has \{key\} where another route has/,
    ],
    [{ default: { module: '../demo' } }, /a file in services/],
    [{ default: { module: undefined } }, /either module or upstream/],
    [{ default: { upstream: { url: 'https://a.example' } } }, /either module or upstream/],
    [
      { default: { module: undefined, upstream: { url: 'a.example' } } },
      /upstream\.url must be a URL/,
    ],
    [{ default: { auth: 'nobody' } }, /none, iam, apiKey/],
    [{ default: { cors: { origins: ['www.example.com'] } } }, /an origin such as/],
    [{ default: { cors: { credentials: true } } }, /must name its origins/],
    [{ default: { cors: { origin: '*' } } }, /did you mean origins/],
    [{ default: { tables: { accounts: {} } } }, /logical id/],
    [
      { default: { stages: { prod: { polic: 'bank' } } } },
      /default\.stages\.prod: .*did you mean policy/,
    ],
  ])('%j are refused', (given, words) => {
    expect(() => givenScopes(given)).toThrow(words);
    expect(() => givenScopes(given)).toThrow(/^services\.json: /);
  });
});

test('an API of one’s own has production unless its entry names another; a module has that of the deployment', () => {
  const upstream = { url: 'https://api.example.com' };
  const presetOf = (entry: object) =>
    deployedIn(givenScopes({ orders: entry }), 'orders', 'classic').preset;
  expect(presetOf({ module: undefined, upstream })).toBe('production');
  expect(presetOf({ module: undefined, upstream, policy: 'bank' })).toBe('bank');
  expect(presetOf({})).toBe('classic');
});

describe('a breaker that a fleet shares', () => {
  const upstream = { url: 'https://api.example.com', sharedBreaker: true };
  const given = (entry: object) =>
    givenScopes({ orders: { module: undefined, upstream, ...entry } });

  test.each([
    ['by its entry', { policy: 'production' }, 'classic'],
    ['which an entry before an API has unless it names another', {}, 'classic'],
    ['by what it has otherwise', { overrides: { ...PRESETS.production } }, 'classic'],
  ] as const)('is refused beside a policy that judges a rate, %s', (_title, entry, preset) => {
    expect(() => deployedIn(given(entry), 'orders', preset)).toThrow(
      /^services\.json: orders\.upstream\.sharedBreaker must be absent where the policy judges a rate/,
    );
  });

  test('is taken beside one that counts, and where it is off', () => {
    expect(deployedIn(given({ policy: 'bank' }), 'orders', 'production').preset).toBe('bank');
    const off = { ...upstream, sharedBreaker: false };
    expect(deployedIn(given({ upstream: off }), 'orders', 'classic').preset).toBe('production');
  });
});
