/** Breakers in the words of opossum: fire, fallback, events, stats, and what callers do not share. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  BreakerRegistry,
  CircuitBreakerOpenError,
  CircuitBreakerService,
  TimeoutError,
} from '../../../lib/entries/utils.ts';
import { deferred, DOWN, settle } from '../given.ts';

const answer = async (value: string): Promise<string> => {
  if (value === 'fail') throw DOWN;
  return `answer to ${value}`;
};

const given = () => new CircuitBreakerService(new BreakerRegistry());

async function fire(
  breaker: { fire(value: string): Promise<unknown> },
  values: readonly string[],
): Promise<void> {
  for (const value of values) await breaker.fire(value).catch(() => {});
}

const times = (count: number, value: string) => Array.from({ length: count }, () => value);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('getBreaker', () => {
  test('fires the action with its arguments', async () => {
    const add = async (one: number, other: number): Promise<number> => one + other;
    expect(await given().getBreaker('add', add).fire(2, 3)).toBe(5);
  });

  test('opens when half of five requests have failed, and not before', async () => {
    const breaker = given().getBreaker('token', answer);
    await fire(breaker, ['ok', 'ok', 'fail', 'fail']);
    expect(breaker.closed).toBe(true);
    await fire(breaker, ['fail']);
    expect(breaker.opened).toBe(true);
    await expect(breaker.fire('ok')).rejects.toBeInstanceOf(CircuitBreakerOpenError);
  });

  test('stays closed below errorThresholdPercentage', async () => {
    const breaker = given().getBreaker('token', answer);
    await fire(breaker, ['ok', 'ok', 'ok', 'fail', 'fail']);
    expect(breaker.closed).toBe(true);
  });

  test('opens at errorThresholdPercentage, where opossum opens above it', async () => {
    const options = { errorThresholdPercentage: 25, volumeThreshold: 4 };
    const breaker = given().getBreaker('token', answer, options);
    await fire(breaker, ['ok', 'ok', 'ok', 'fail']);
    expect(breaker.opened).toBe(true);
  });

  test('forgets what is older than rollingCountTimeout', async () => {
    const breaker = given().getBreaker('token', answer, { rollingCountTimeout: 1_000 });
    await fire(breaker, times(4, 'fail'));
    vi.advanceTimersByTime(1_100);
    await fire(breaker, ['fail']);
    expect(breaker.closed).toBe(true);
  });

  test('half-opens after resetTimeout and closes after one success', async () => {
    const breaker = given().getBreaker('token', answer);
    await fire(breaker, times(5, 'fail'));
    vi.advanceTimersByTime(29_999);
    expect(breaker.halfOpen).toBe(false);
    vi.advanceTimersByTime(1);
    expect(breaker.halfOpen).toBe(true);
    expect(await breaker.fire('x')).toBe('answer to x');
    expect(breaker.closed).toBe(true);
  });

  test('times out after 3 s by default', async () => {
    const breaker = given().getBreaker('token', () => new Promise<never>(() => {}));
    const call = breaker.fire();
    const last = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await last).toBeInstanceOf(TimeoutError);
    expect(breaker.stats).toMatchObject({ failures: 1, timeouts: 1 });
  });

  test('timeout: false lets a call take its time', async () => {
    const slow = deferred<string>();
    const breaker = given().getBreaker('token', () => slow.promise, { timeout: false });
    const call = breaker.fire();
    await vi.advanceTimersByTimeAsync(60_000);
    slow.resolve('late');
    expect(await call).toBe('late');
  });

  test('counts fires, successes, failures, rejects and timeouts', async () => {
    const breaker = given().getBreaker('token', answer);
    await fire(breaker, ['ok', ...times(5, 'fail'), 'ok', 'ok']);
    expect(breaker.stats).toEqual({ fires: 8, successes: 1, failures: 4, rejects: 3, timeouts: 0 });
  });

  test('an error that errorFilter takes is a success, is thrown, and asks no fallback', async () => {
    const errorFilter = vi.fn((error: unknown) => error === DOWN);
    const breaker = given()
      .getBreaker('token', answer, { errorFilter })
      .fallback(() => 'fallback');
    await expect(breaker.fire('fail')).rejects.toBe(DOWN);
    expect(breaker.stats).toMatchObject({ fires: 1, successes: 1, failures: 0 });
    expect(errorFilter).toHaveBeenCalledWith(DOWN, 'fail');
  });

  test('the fallback is given the arguments and the error', async () => {
    const breaker = given()
      .getBreaker('token', answer)
      .fallback((value, error) => ({ value, error }));
    expect(await breaker.fire('fail')).toEqual({ value: 'fail', error: DOWN });
    expect(await breaker.fire('x')).toBe('answer to x');
  });

  test.each([
    [
      { errorThresholdPercent: 5 },
      'got errorThresholdPercent; did you mean errorThresholdPercentage?',
    ],
    [{ capacity: 5 }, 'expected the options to be of timeout, errorThresholdPercentage,'],
    [{ timeout: 0 }, 'expected timeout to be a number from 1 to 2,147,483,647 or false, got 0'],
    [{ errorThresholdPercentage: 0 }, 'expected errorThresholdPercentage to be a number above 0'],
    [{ errorThresholdPercentage: 101 }, 'and at most 100, got 101'],
    [{ volumeThreshold: -1 }, 'expected volumeThreshold to be an integer from 0 to'],
    [{ rollingCountBuckets: 0 }, 'expected rollingCountBuckets to be an integer from 1 to 1,000'],
    [{ errorFilter: true as never }, 'expected errorFilter to be a function, got true'],
  ])('refuses %j', (options, message) => {
    expect(() => given().getBreaker('token', answer, options as never)).toThrow(message);
  });
});

describe('events', () => {
  test('open, halfOpen and close are told once per change', async () => {
    const told: string[] = [];
    const breaker = given()
      .getBreaker('token', answer)
      .on('open', () => told.push('open'))
      .on('halfOpen', () => told.push('halfOpen'))
      .on('close', () => told.push('close'));
    await fire(breaker, times(6, 'fail'));
    vi.advanceTimersByTime(30_000);
    await fire(breaker, ['ok', 'ok']);
    expect(told).toEqual(['open', 'halfOpen', 'close']);
  });

  test('another name is refused with the nearest one', () => {
    const breaker = given().getBreaker('token', answer);
    expect(() => breaker.on('opened' as never, () => {})).toThrow(
      'expected the event to be of open, halfOpen, close, got opened; did you mean open?',
    );
  });

  test('a breaker takes 100 listeners, whoever adds them', () => {
    const service = given();
    const add = () => service.getBreaker('token', async () => 1).on('open', () => {});
    for (let added = 0; added < 100; added += 1) add();
    expect(add).toThrow('expected at most 100 listeners on token, got one more');
  });
});

describe('two callers of one name', () => {
  test('share the state and neither action nor fallback', async () => {
    const service = given();
    const callOf = (who: string) =>
      service
        .getBreaker('token', async () => `action of ${who}`)
        .fallback(() => `fallback of ${who}`);
    const [alice, bob] = [callOf('alice'), callOf('bob')];
    expect(await alice.fire()).toBe('action of alice');
    expect(await bob.fire()).toBe('action of bob');
    await fire(service.getBreaker('token', answer), times(5, 'fail'));
    expect(await alice.fire()).toBe('fallback of alice');
    expect(await bob.fire()).toBe('fallback of bob');
    expect(alice.stats).toEqual(bob.stats);
  });

  test('with the same action have the same breaker', () => {
    const service = given();
    expect(service.getBreaker('token', answer)).toBe(service.getBreaker('token', answer));
    expect(service.getBreaker('token', answer)).not.toBe(service.getBreaker('other', answer));
  });
});

describe('executeWithFallback', () => {
  test('runs the action it is given, not that of an earlier caller', async () => {
    const service = given();
    const exchange = (token: string) =>
      service.executeWithFallback(
        'token',
        async () => `for ${token}`,
        () => 'unavailable',
      );
    expect(await Promise.all([exchange('a'), exchange('b'), exchange('c')])).toEqual([
      'for a',
      'for b',
      'for c',
    ]);
  });

  test('answers with the fallback of the very call once the breaker is open', async () => {
    const service = given();
    const call = (who: string) =>
      service.executeWithFallback(
        'token',
        async () => Promise.reject(DOWN),
        (error) => [who, error],
      );
    for (let calls = 0; calls < 5; calls += 1) expect(await call('first')).toEqual(['first', DOWN]);
    expect(await call('late')).toEqual(['late', expect.any(CircuitBreakerOpenError)]);
  });

  test('shares the breaker of getBreaker, and the first options stay', async () => {
    const service = given();
    const breaker = service.getBreaker('token', answer, { volumeThreshold: 1 });
    const call = service.executeWithFallback('token', () => answer('fail'), null, {
      volumeThreshold: 100,
    });
    await expect(call).rejects.toBe(DOWN);
    expect(breaker.opened).toBe(true);
    expect(breaker.stats.fires).toBe(1);
  });

  test('a fallback that throws has the last word', async () => {
    const own = new Error('503');
    const call = given().executeWithFallback(
      'token',
      () => answer('fail'),
      () => {
        throw own;
      },
    );
    await expect(call).rejects.toBe(own);
    expect(own).not.toHaveProperty('cause');
  });

  test('keeps its breaker listed by use, and one that was evicted is listed again', async () => {
    const registry = new BreakerRegistry({ limit: 1 });
    const service = new CircuitBreakerService(registry);
    const breaker = service.getBreaker('a', answer);
    await service.executeWithFallback('b', () => answer('x'));
    expect(registry.list().map(({ name }) => name)).toEqual(['b']);
    await breaker.fire('x');
    await settle();
    expect(registry.list().map(({ name }) => name)).toEqual(['a']);
  });
});
