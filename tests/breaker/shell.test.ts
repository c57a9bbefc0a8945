/** The shell around the calls: stats and manual states. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CircuitBreakerOptions } from '../../lib/breaker/index.ts';
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
    });
  });

  test('while it is OPEN they show what opened it, and since when', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    const { breaker, clock } = given({ minimumRequests: 4, resetTimeout: 60_000 });
    await run(breaker, '+---');
    clock.advance(50_000);
    vi.setSystemTime(1_050_000);
    expect(breaker.getStats()).toMatchObject({
      state: 'OPEN',
      failureRate: 0.75,
      slowRate: 0,
      window: { requests: 4, failures: 3, successes: 1, slow: 0 },
      tripped: { reason: 'failures', since: new Date(1_000_000), error: DOWN, openings: 1 },
      probes: null,
    });
  });

  test('whoever looks when the open time is up sees the same beside the probes', async () => {
    const { breaker, clock } = given({ minimumRequests: 4, resetTimeout: 60_000 });
    await run(breaker, '+---');
    clock.advance(60_000);
    expect(breaker.getStats()).toMatchObject({
      state: 'HALF_OPEN',
      failureRate: 0.75,
      window: { requests: 4 },
      tripped: { reason: 'failures', error: DOWN },
      probes: { inFlight: 0, permitted: 1, successes: 0, failures: 0, successesToClose: 1 },
    });
    await run(breaker, '+');
    expect(breaker.getStats()).toMatchObject({
      state: 'CLOSED',
      failureRate: 0,
      tripped: null,
      probes: null,
    });
  });

  test('after a failed probe they show that probe, and one opening more', async () => {
    const { breaker, clock } = given({ minimumRequests: 4, resetTimeout: 100 });
    await run(breaker, '+---');
    clock.advance(100);
    await run(breaker, '-');
    expect(breaker.getStats()).toMatchObject({
      state: 'OPEN',
      failureRate: 1,
      window: { requests: 1, failures: 1 },
      tripped: { reason: 'failures', openings: 2 },
    });
  });

  test('slow calls and a hand on the switch are reasons too', async () => {
    const slow = given({ minimumRequests: 2, slowCall: { threshold: 5 } });
    for (let call = 0; call < 2; call += 1) await slow.breaker.execute(() => slow.clock.advance(5));
    expect(slow.breaker.getStats()).toMatchObject({
      slowRate: 1,
      failureRate: 0,
      tripped: { reason: 'slow', error: undefined },
    });
    const held = given();
    await run(held.breaker, '+-');
    held.breaker.open();
    expect(held.breaker.getStats()).toMatchObject({
      failureRate: 0.5,
      tripped: { reason: 'manual', error: undefined, openings: 0 },
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

  test('an instant that no date reaches is null', async () => {
    const { breaker } = given({ ...TWO, resetTimeout: Number.MAX_SAFE_INTEGER });
    await run(breaker, '--');
    expect(breaker.getStats()).toMatchObject({ state: 'OPEN', nextAttemptTime: null });
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

  test('disable() counts nothing, also where calls need nothing but a count', async () => {
    const { breaker } = given(TWO);
    breaker.disable();
    expect(await run(breaker, '---+')).toBe('---+');
    expect(breaker.getStats()).toMatchObject({ totalRequests: 0, failureRate: 0 });
  });

  test('disable() by a listener stands aside for the call that it was told of', async () => {
    const { breaker, clock } = given({ ...TWO, timeout: 50 });
    await run(breaker, '--');
    breaker.on('stateChange', ({ to }) => {
      if (to === 'HALF_OPEN') breaker.disable();
    });
    clock.advance(100);
    expect(await run(breaker, '-')).toBe('-');
    expect(breaker.getStats()).toMatchObject({ mode: 'disabled', totalRequests: 2 });
  });

  test.each(['disable', 'metricsOnly'] as const)('open() refuses also after %s()', async (mode) => {
    const { breaker } = given(TWO);
    breaker[mode]();
    breaker.open();
    expect(await run(breaker, '+')).toBe('!');
    expect(breaker.getStats()).toMatchObject({ state: 'OPEN', mode: 'auto' });
  });

  test('open() is no opening of its own: the next one is the next one', async () => {
    const asked: number[] = [];
    const resetTimeout = (openings: number) => {
      asked.push(openings);
      return 100;
    };
    const { breaker, clock } = given({ ...TWO, resetTimeout });
    await run(breaker, '--');
    breaker.open({ forMs: 30 });
    clock.advance(30);
    await run(breaker, '-');
    expect(asked).toEqual([1, 2]);
  });

  test('close() empties the counts, also of a breaker that is closed by itself', async () => {
    const { breaker, state } = given(TWO);
    await run(breaker, '-');
    breaker.close();
    expect(breaker.getStats()).toMatchObject({ failureCount: 1, window: { requests: 0 } });
    await run(breaker, '-');
    expect(state()).toBe('CLOSED');
    await run(breaker, '-');
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
