/** What is no function, no known option or no known event is refused at once, and counts nowhere. */
import { describe, expect, test } from 'vitest';
import {
  BreakerOptionsError,
  BreakerRegistry,
  bulkhead,
  CircuitBreaker,
  CircuitBreakerService,
  createExternalServiceCircuitBreaker,
  fallback,
  hedge,
  newCircuitBreaker,
  pipeline,
  rateLimiter,
  retry,
  retryWithBackoff,
  timeout,
  wrap,
  type Policy,
} from '../../lib/entries/utils.ts';
import { DOWN, given, run } from './given.ts';

const registry = () => new BreakerRegistry();
const service = () => new CircuitBreakerService(registry());
const anyFn = 42 as unknown as () => Promise<number>;

describe('an action that is no function', () => {
  const policies: readonly [string, () => Policy<unknown>][] = [
    ['CircuitBreaker', () => new CircuitBreaker({ timeout: false })],
    [
      'CircuitBreaker with a time limit and a fallback',
      () => new CircuitBreaker({ fallback: () => 1 }),
    ],
    ['retry', () => retry()],
    ['timeout', () => timeout()],
    ['bulkhead', () => bulkhead({ concurrency: 1 })],
    ['rateLimiter', () => rateLimiter({ tokens: 1 })],
    ['hedge', () => hedge({ delay: 1 })],
    ['pipeline', () => pipeline(retry(), new CircuitBreaker(), timeout())],
    ['Gobreaker', () => newCircuitBreaker({ name: 'arguments' }, registry())],
  ];

  test.each(policies)('is refused by %s', async (_name, make) => {
    await expect(make().execute(anyFn)).rejects.toThrow('expected fn to be a function, got 42');
    await expect(make().execute(undefined as never)).rejects.toBeInstanceOf(BreakerOptionsError);
  });

  test('is an outcome to tryExecute, and counts in no breaker', async () => {
    const { breaker } = given({ trip: 'consecutive', failureThreshold: 1, minimumRequests: 0 });
    const result = await breaker.tryExecute(anyFn);
    expect(result).toMatchObject({ ok: false, reason: 'failed' });
    await expect(pipeline(retry(), breaker).execute(anyFn)).rejects.toThrow('expected fn');
    expect(breaker.getStats()).toMatchObject({ state: 'CLOSED', totalRequests: 0 });
  });

  test('is told what to give in place of a promise', async () => {
    const promise = Promise.resolve(1) as unknown as () => number;
    const expected = 'expected fn to be a function, got [object Promise]; give () => it';
    await expect(new CircuitBreaker().execute(promise)).rejects.toThrow(expected);
    expect(() => service().getBreaker('token', promise as never)).toThrow(
      'expected the action to be a function, got [object Promise]; give () => it',
    );
  });

  test('is refused in every vocabulary', async () => {
    const refusal = /expected (fn|the action) to be a function, got 42/;
    expect(() => service().getBreaker('token', anyFn)).toThrow(refusal);
    await expect(service().executeWithFallback('token', anyFn)).rejects.toThrow(refusal);
    await expect(service().execute('db', 'read', anyFn)).rejects.toThrow(refusal);
    await expect(retryWithBackoff({}, anyFn)).rejects.toThrow(refusal);
    expect(() => wrap(timeout(), anyFn)).toThrow(refusal);
    expect(() => new CircuitBreaker().wrap(anyFn)).toThrow(refusal);
  });
});

describe('a fallback that is no function', () => {
  const none = 'cached' as never;
  const refusal = /fallback to be a function, got 'cached'/;

  test('is refused before the call, wherever it is given', async () => {
    const called = () => {
      throw DOWN;
    };
    const { breaker } = given();
    await expect(breaker.execute(called, { fallback: none })).rejects.toThrow(refusal);
    await expect(service().execute('db', 'read', called, none)).rejects.toThrow(refusal);
    await expect(service().executeWithFallback('t', called, none)).rejects.toThrow(refusal);
    expect(() => service().getBreaker('t', called).fallback(none)).toThrow(refusal);
    expect(() => createExternalServiceCircuitBreaker('t', none, registry())).toThrow(refusal);
    expect(() => new CircuitBreaker({ fallback: none })).toThrow(refusal);
    expect(() => fallback(none)).toThrow("expected answer to be a function, got 'cached'");
    expect(breaker.getStats().totalRequests).toBe(0);
  });
});

describe('a listener that is no function', () => {
  test('is refused where it is given', () => {
    const none = undefined as never;
    const { breaker } = given();
    expect(() => breaker.on('stateChange', none)).toThrow(
      'expected the listener of stateChange to be a function, got undefined',
    );
    expect(() =>
      service()
        .getBreaker('t', async () => 1)
        .on('open', none),
    ).toThrow('expected the listener of open to be a function, got undefined');
  });
});

describe('unknown options of a key that has its breaker', () => {
  test('are refused by execute', async () => {
    const breakers = service();
    const ok = async () => 1;
    await breakers.execute('db', 'read', ok, null, { failureThreshold: 3 });
    const second = breakers.execute('db', 'read', ok, null, { failureTreshold: 3 } as never);
    await expect(second).rejects.toThrow('got failureTreshold; did you mean failureThreshold?');
    const third = breakers.execute('db', 'read', ok, null, { failureThreshold: 0 });
    await expect(third).rejects.toThrow('failureThreshold to be an integer from 1');
  });

  test('are refused by getBreaker and executeWithFallback', async () => {
    const breakers = service();
    const ok = async () => 1;
    breakers.getBreaker('token', ok, { timeout: 5 });
    const options = { resetTimout: 5 } as never;
    const expected = 'got resetTimout; did you mean resetTimeout?';
    expect(() => breakers.getBreaker('token', ok, options)).toThrow(expected);
    await expect(breakers.executeWithFallback('token', ok, null, options)).rejects.toThrow(
      expected,
    );
  });

  test('are refused by newCircuitBreaker', () => {
    const listed = registry();
    newCircuitBreaker({ name: 'db' }, listed);
    const settings = { name: 'db', maxRequest: 5 } as never;
    expect(() => newCircuitBreaker(settings, listed)).toThrow('did you mean maxRequests?');
  });

  test('are refused by open and restore', () => {
    const { breaker } = given();
    expect(() => breaker.open({ forMS: 5 } as never)).toThrow('got forMS; did you mean forMs?');
    expect(() => breaker.open({ forMs: 0 })).toThrow('forMs to be a number above 0');
    expect(breaker.getStats().state).toBe('CLOSED');
  });
});

describe('failsOn', () => {
  test('asks about results whatever number of parameters it declares', async () => {
    const { breaker, state } = given({
      trip: 'consecutive',
      failureThreshold: 2,
      minimumRequests: 0,
      failsOn: { result: (...args: readonly unknown[]) => args[0] === 503 },
    });
    expect(await breaker.execute(() => 503)).toBe(503);
    expect(await breaker.execute(() => 503)).toBe(503);
    expect(state()).toBe('OPEN');
  });

  test('asks about errors alone where only that is given', async () => {
    const { breaker } = given({ failsOn: { error: (error) => error === DOWN } });
    await run(breaker, '+-');
    await breaker.tryExecute(() => Promise.reject('not found'));
    expect(breaker.getStats()).toMatchObject({ successCount: 1, failureCount: 1 });
  });

  test.each([
    [{ result: () => Promise.reject(DOWN) as never }],
    [
      {
        result: () => {
          throw DOWN;
        },
      },
    ],
  ])('that throws or is async counts a failure', async (failsOn) => {
    const { breaker } = given({ failsOn });
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(breaker.getStats().failureCount).toBe(1);
  });

  test.each([
    [{ failsOn: { errors: () => true } }, 'got errors; did you mean error?'],
    [{ failsOn: { error: true } }, 'expected error to be a function, got true'],
    [{ failsOn: () => true }, 'expected failsOn to be an object'],
    [
      { failsOn: { error: () => true }, isFailure: () => true },
      'expected isFailure to be absent beside failsOn',
    ],
  ])('%o is refused', (options, message) => {
    expect(() => new CircuitBreaker(options as never)).toThrow(message);
  });
});
