/** The shell around the calls: stats, manual states, saving and restoring. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  BreakerOptionsError,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type SavedBreaker,
} from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run } from './given.ts';

const TWO: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 2,
  minimumRequests: 0,
  resetTimeout: 100,
};

afterEach(() => {
  vi.useRealTimers();
});

describe('stats', () => {
  test('totals are since creation or reset, rates are of the window', async () => {
    const { breaker, clock } = given({ ...TWO, failureThreshold: 3 });
    await run(breaker, '+++-');
    clock.advance(20_000);
    await run(breaker, '+--');
    expect(breaker.getStats()).toMatchObject({
      name: 'test',
      state: 'CLOSED',
      mode: 'auto',
      failureCount: 3,
      successCount: 4,
      totalRequests: 7,
      consecutiveFailures: 2,
      consecutiveSuccesses: 0,
      failureRate: 2 / 3,
      slowRate: 0,
      window: { requests: 3, failures: 2, successes: 1, slow: 0 },
    });
    await run(breaker, '-!');
    expect(breaker.getStats()).toMatchObject({
      failureCount: 4,
      consecutiveFailures: 3,
      rejectedCount: 1,
      failureRate: 0,
    });
  });

  test('times are dates, made when asked, or null', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    const { breaker, clock } = given(TWO);
    expect(breaker.getStats()).toMatchObject({
      lastFailureTime: null,
      lastSuccessTime: null,
      lastStateChange: null,
      nextAttemptTime: null,
    });
    clock.advance(7);
    await run(breaker, '+');
    clock.advance(3);
    await run(breaker, '--');
    clock.advance(50);
    vi.setSystemTime(1_000_060);
    expect(breaker.getStats()).toMatchObject({
      lastSuccessTime: new Date(1_000_007),
      lastFailureTime: new Date(1_000_010),
      lastStateChange: new Date(1_000_010),
      nextAttemptTime: new Date(1_000_110),
    });
  });

  test('a call that began before reset() counts nowhere', async () => {
    const { breaker } = given();
    const late = deferred();
    const call = breaker.execute(() => late.promise);
    breaker.reset();
    late.resolve(1);
    await call;
    expect(breaker.getStats()).toMatchObject({ totalRequests: 0, lastSuccessTime: null });
  });
});

describe('manual', () => {
  test.each(['close', 'reset'] as const)('open() holds until %s()', async (how) => {
    const { breaker, clock, state } = given(TWO);
    breaker.open();
    clock.advance(1e12);
    expect(await run(breaker, '+')).toBe('!');
    expect(breaker.getStats().nextAttemptTime).toBeNull();
    breaker[how]();
    expect(state()).toBe('CLOSED');
    expect(breaker.getStats().rejectedCount).toBe(how === 'close' ? 1 : 0);
  });

  test('open({forMs}) is timed', async () => {
    const { breaker, clock } = given(TWO);
    breaker.open({ forMs: 30 });
    clock.advance(29);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe('+');
    expect(() => breaker.open({ forMs: 0 })).toThrow('forMs');
  });

  test('disable() stands aside until close()', async () => {
    const fallback = vi.fn();
    const { breaker, state } = given({ ...TWO, fallback });
    await run(breaker, '-');
    breaker.disable();
    await expect(breaker.execute(() => Promise.reject(DOWN))).rejects.toBe(DOWN);
    expect(await run(breaker, '---+')).toBe('---+');
    expect(breaker.getStats()).toMatchObject({ mode: 'disabled', totalRequests: 1 });
    expect(fallback).toHaveBeenCalledTimes(1);
    breaker.close();
    expect(breaker.getStats().mode).toBe('auto');
    await run(breaker, '--');
    expect(state()).toBe('OPEN');
  });

  test('metricsOnly() counts and never opens', async () => {
    const { breaker } = given(TWO);
    breaker.open();
    breaker.metricsOnly();
    expect(await run(breaker, '---')).toBe('---');
    expect(breaker.getStats()).toMatchObject({
      state: 'CLOSED',
      mode: 'metricsOnly',
      failureCount: 3,
      failureRate: 1,
    });
  });
});

describe('toJSON and restore', () => {
  const copy = (breaker: CircuitBreaker) => JSON.parse(JSON.stringify(breaker)) as SavedBreaker;

  test('restore is an instance method and returns the breaker', () => {
    const { breaker } = given(TWO);
    expect(breaker.restore(copy(breaker))).toBe(breaker);
  });

  test.each([
    ['rate', { minimumRequests: 4 }],
    ['consecutive', { ...TWO, failureThreshold: 4 }],
    ['count', { trip: 'count', size: 4 }],
  ] as const)('the counts of %s go on where they were', async (_trip, options) => {
    const first = given(options);
    await run(first.breaker, '---');
    const second = given(options);
    second.clock.advance(5_000_000);
    second.breaker.restore(copy(first.breaker));
    expect(second.breaker.getStats()).toEqual(first.breaker.getStats());
    await run(second.breaker, '-');
    expect(second.state()).toBe('OPEN');
  });

  test('the age of a bucket survives', async () => {
    const first = given({ minimumRequests: 2 });
    await run(first.breaker, '-');
    first.clock.advance(8_000);
    const second = given({ minimumRequests: 2 });
    second.breaker.restore(copy(first.breaker));
    second.clock.advance(2_000);
    await run(second.breaker, '-');
    expect(second.state()).toBe('CLOSED');
  });

  test('a window of another shape is left out', async () => {
    const first = given({ minimumRequests: 2 });
    await run(first.breaker, '-');
    const second = given({ minimumRequests: 2, buckets: 5 });
    second.breaker.restore(copy(first.breaker));
    expect(second.breaker.getStats()).toMatchObject({ failureCount: 1, window: { requests: 0 } });
  });

  test('permits in flight are not saved, successes are', async () => {
    const options = { ...TWO, halfOpen: { successesToClose: 2 } };
    const { breaker, clock } = given(options);
    await run(breaker, '--');
    clock.advance(100);
    await run(breaker, '+');
    void breaker.execute(() => new Promise(() => {}));
    const second = given(options);
    second.breaker.restore(copy(breaker));
    expect(second.state()).toBe('HALF_OPEN');
    await run(second.breaker, '+');
    expect(second.state()).toBe('CLOSED');
  });

  test('a held open stays held', async () => {
    const { breaker } = given(TWO);
    breaker.open();
    const second = given(TWO);
    second.breaker.restore(copy(breaker));
    second.clock.advance(1e12);
    expect(await run(second.breaker, '+')).toBe('!');
  });

  test.each([
    ['version', { version: 2 }],
    ['state', { state: 'open' }],
    ['mode', { mode: 'off' }],
    ['totals', { totals: null }],
    ['requests', { requests: -1 }],
    ['changedAgoMs', { changedAgoMs: 'now' }],
    ['window', { window: { shape: 'time', values: [1.5] } }],
  ])('a malformed %s is refused', (key, edit) => {
    const { breaker } = given(TWO);
    const saved = { ...copy(breaker), ...edit } as unknown as SavedBreaker;
    expect(() => breaker.restore(saved)).toThrow(key);
    expect(() => breaker.restore(null as unknown as SavedBreaker)).toThrow(BreakerOptionsError);
  });
});
