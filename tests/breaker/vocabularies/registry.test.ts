/** The registry: one breaker per key, a bound, and who gives way when it is reached. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  BreakerOptionsError,
  BreakerRegistry,
  breakerName,
  CircuitBreaker,
  getAllCircuitBreakerStats,
  newDefaultCircuitBreaker,
  sharedRegistry,
} from '../../../lib/entries/utils.ts';

const make = (name: string) => new CircuitBreaker({ name, resetTimeout: 30_000 });

function given(limit: number) {
  const registry = new BreakerRegistry({ limit });
  const use = (service: string) => registry.obtain({ service }, CircuitBreaker, make);
  const names = () =>
    registry
      .list()
      .map(({ name }) => name)
      .toSorted();
  return { registry, use, names };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a key', () => {
  test.each([
    [{ service: 'stripe' }, 'stripe'],
    [{ service: 'cognito', operation: 'verifyJWT' }, 'cognito#verifyJWT'],
    [{ service: 'cognito', operation: 'verifyJWT', tenant: 'acme' }, 'cognito#verifyJWT#acme'],
    [{ service: 'token', tenant: 'acme' }, 'token##acme'],
    [{ service: 'a#b', operation: 'c%23d' }, 'a%23b#c%2523d'],
  ])('%j has the name %s', (key, name) => {
    expect(breakerName(key)).toBe(name);
  });

  test('two different keys never have the same name', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '#', '%', '2', '3'), minLength: 1 });
    const key = fc.record(
      { service: part, operation: part, tenant: part },
      { requiredKeys: ['service'] },
    );
    fc.assert(
      fc.property(key, key, (one, other) => {
        const same = (['service', 'operation', 'tenant'] as const).every(
          (name) => one[name] === other[name],
        );
        return (breakerName(one) === breakerName(other)) === same;
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [{ service: '' }, "expected service to be a string of 1 to 256 characters, got ''"],
    [{ service: 's', operation: 'o'.repeat(257) }, 'expected operation to be a string of 1 to 256'],
    [{ service: 's', operation: '' }, 'expected operation to be a string of 1 to 256'],
    [
      { service: 's', tenant: 7 as never },
      'expected tenant to be a string of 1 to 256 characters, got 7',
    ],
  ])('%j is refused', (key, message) => {
    const registry = new BreakerRegistry();
    const obtain = () => registry.obtain(key, CircuitBreaker, make);
    expect(obtain).toThrow(BreakerOptionsError);
    expect(obtain).toThrow(message);
    expect(() => registry.keep(key, make('kept'))).toThrow(message);
    expect(() => registry.get(key)).toThrow(message);
    expect(registry.size).toBe(0);
    // Also where a breaker answers to what is left of the key.
    registry.obtain({ service: 's' }, CircuitBreaker, make);
    expect(obtain).toThrow(message);
  });

  test('has one breaker, made at the first use', () => {
    const { use, names } = given(10);
    expect(use('a')).toBe(use('a'));
    expect(use('b')).not.toBe(use('a'));
    expect(names()).toEqual(['a', 'b']);
  });

  test('of another kind of breaker is refused by both names', () => {
    const { registry, use } = given(10);
    use('mongodb');
    expect(() => newDefaultCircuitBreaker('mongodb', registry)).toThrow(
      'expected mongodb to name a Gobreaker, got a CircuitBreaker made before; give one of them another name',
    );
  });
});

describe('a full registry', () => {
  test('gives the place of the least recently used CLOSED breaker', () => {
    const { registry, use, names } = given(3);
    for (const name of ['a', 'b', 'c', 'a']) use(name);
    use('d');
    expect(names()).toEqual(['a', 'c', 'd']);
    expect(registry.get({ service: 'b' })).toBeUndefined();
  });

  test('to look at a breaker or to list it is no use', () => {
    const { registry, use, names } = given(2);
    use('a');
    use('b');
    registry.get({ service: 'a' });
    registry.list();
    use('c');
    expect(names()).toEqual(['b', 'c']);
  });

  test('to keep a breaker is a use', () => {
    const { registry, use, names } = given(2);
    const a = use('a');
    use('b');
    registry.keep({ service: 'a' }, a);
    registry.keep({ service: 'b' }, a);
    use('c');
    expect(names()).toEqual(['a', 'c']);
  });

  test('keeps the OPEN and the HALF_OPEN, whoever was used last', () => {
    const { registry, use, names } = given(3);
    use('half-open').open({ forMs: 5 });
    use('open').open();
    use('closed');
    vi.advanceTimersByTime(5);
    use('new');
    expect(names()).toEqual(['half-open', 'new', 'open']);
    expect(registry.list().map(({ stats }) => stats.state)).toEqual([
      'HALF_OPEN',
      'OPEN',
      'CLOSED',
    ]);
    expect(registry.unlisted).toBe(0);
  });

  test('keeps what somebody holds by hand, also if it is CLOSED', () => {
    const { use, names } = given(3);
    use('disabled').disable();
    use('watched').metricsOnly();
    use('closed');
    use('new');
    expect(names()).toEqual(['disabled', 'new', 'watched']);
  });

  test('of breakers that are not CLOSED lists no new one, which works all the same', async () => {
    const { registry, use, names } = given(2);
    use('a').open();
    use('b').open();
    const unlisted = use('c');
    expect(await unlisted.execute(async () => 'passed')).toBe('passed');
    expect(names()).toEqual(['a', 'b']);
    expect(registry.unlisted).toBe(1);
  });

  test('looks for a CLOSED one again after a second', () => {
    const { registry, use, names } = given(2);
    const [a] = [use('a'), use('b')];
    a.open();
    use('b').open();
    use('c');
    a.close();
    vi.advanceTimersByTime(999);
    use('d');
    expect(names()).toEqual(['a', 'b']);
    vi.advanceTimersByTime(1);
    use('e');
    expect(names()).toEqual(['b', 'e']);
    expect(registry.unlisted).toBe(2);
  });

  test('never holds more than its limit, and never loses one that is not CLOSED', () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      what: fc.constantFrom('open', 'close', 'wait', 'nothing'),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, limit) => {
          const { registry, use } = given(limit);
          for (const { name, what } of steps) {
            const before = registry.list().filter(({ stats }) => stats.state !== 'CLOSED');
            const breaker = use(name);
            const after = new Set(registry.list().map((listed) => listed.name));
            for (const listed of before) expect(after).toContain(listed.name);
            expect(registry.size).toBeLessThanOrEqual(limit);
            if (what === 'open') breaker.open({ forMs: 100 });
            if (what === 'close') breaker.close();
            if (what === 'wait') vi.advanceTimersByTime(600);
          }
        },
      ),
    );
  });
});

describe('a registry', () => {
  test.each([
    [{ limit: 0 }, 'expected limit to be an integer from 1 to 100,000, got 0'],
    [{ limt: 5 }, 'got limt; did you mean limit?'],
  ])('refuses %j', (options, message) => {
    expect(() => new BreakerRegistry(options as never)).toThrow(message);
  });

  test('holds 1,000 by default', () => {
    const registry = new BreakerRegistry();
    for (let made = 0; made < 1_100; made += 1) {
      registry.obtain({ service: `tenant ${made}` }, CircuitBreaker, make);
    }
    expect(registry.size).toBe(1_000);
    expect(registry.get({ service: 'tenant 99' })).toBeUndefined();
    expect(registry.get({ service: 'tenant 100' })).toBeDefined();
  });

  test('lists keys, names and stats', () => {
    const registry = new BreakerRegistry();
    registry.obtain({ service: 'db', operation: 'read', tenant: 't' }, CircuitBreaker, make);
    expect(registry.list()).toMatchObject([
      {
        service: 'db',
        operation: 'read',
        tenant: 't',
        name: 'db#read#t',
        stats: { state: 'CLOSED' },
      },
    ]);
  });

  test('a breaker made by hand can be listed', () => {
    const { registry } = given(10);
    const byHand = new CircuitBreaker({ name: 'by hand' });
    expect(getAllCircuitBreakerStats(registry)).toEqual({});
    registry.keep({ service: 'by hand' }, byHand);
    expect(getAllCircuitBreakerStats(registry)).toMatchObject({ 'by hand': { state: 'CLOSED' } });
  });

  test('any name is safe in the stats', () => {
    const { registry, use } = given(10);
    use('__proto__');
    use('constructor');
    expect(Object.keys(getAllCircuitBreakerStats(registry))).toEqual(['__proto__', 'constructor']);
  });

  test('the shared one is one', () => {
    expect(sharedRegistry()).toBe(sharedRegistry());
  });
});
