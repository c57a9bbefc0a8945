/** What a breaker says of itself when it is asked, word by word: its stats, and what it saves. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CircuitBreakerOptions } from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run } from './given.ts';

const TWO: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 2,
  minimumRequests: 0,
  resetTimeout: 100,
};

/** A breaker with calls that fail, after a while. */
function failing(options: CircuitBreakerOptions = TWO) {
  const it = given(options);
  const fails = (ms = 0) =>
    it.breaker.tryExecute(() => {
      it.clock.advance(ms);
      throw DOWN;
    });
  return { ...it, fails };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the stats', () => {
  const EMPTY = {
    name: 'test',
    state: 'CLOSED',
    mode: 'auto',
    failureCount: 0,
    successCount: 0,
    totalRequests: 0,
    rejectedCount: 0,
    timeoutCount: 0,
    fallbackCount: 0,
    consecutiveFailures: 0,
    consecutiveSuccesses: 0,
    failureRate: 0,
    slowRate: 0,
    window: { requests: 0, failures: 0, successes: 0, slow: 0 },
    tripped: null,
    probes: null,
    lastFailureTime: null,
    lastSuccessTime: null,
    lastStateChange: null,
    nextAttemptTime: null,
  };

  test('of a new one, and of one that was reset', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    const { breaker, fails } = failing();
    expect(breaker.getStats()).toEqual(EMPTY);
    await fails();
    breaker.reset();
    expect(breaker.getStats()).toEqual(EMPTY);
  });

  test('of one that is on its way', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    const halfOpen = { permitted: 3, successesToClose: 2 };
    const slowCall = { threshold: 5, rate: false } as const;
    const { breaker, clock, fails } = failing({ ...TWO, halfOpen, slowCall });
    await breaker.execute(() => clock.advance(5));
    await fails();
    await fails(1);
    const opened = {
      ...EMPTY,
      state: 'OPEN',
      failureCount: 2,
      successCount: 1,
      totalRequests: 3,
      consecutiveFailures: 2,
      failureRate: 2 / 3,
      slowRate: 1 / 3,
      window: { requests: 3, failures: 2, successes: 1, slow: 1 },
      tripped: { reason: 'failures', since: new Date(1_000_000), error: DOWN, openings: 1 },
      lastSuccessTime: new Date(999_999),
      lastFailureTime: new Date(1_000_000),
      lastStateChange: new Date(1_000_000),
      nextAttemptTime: new Date(1_000_100),
    };
    expect(breaker.getStats()).toEqual(opened);
    clock.advance(100);
    const probe = deferred();
    const probing = breaker.execute(() => probe.promise);
    await breaker.execute(() => clock.advance(5));
    expect(breaker.getStats()).toMatchObject({
      state: 'HALF_OPEN',
      window: opened.window,
      tripped: { openings: 1 },
      probes: {
        inFlight: 1,
        permitted: 3,
        successes: 1,
        failures: 0,
        successesToClose: 2,
        failuresToOpen: 1,
      },
      nextAttemptTime: null,
    });
    await fails();
    expect(breaker.getStats()).toMatchObject({
      state: 'OPEN',
      window: { requests: 2, failures: 1, successes: 1, slow: 1 },
      tripped: { openings: 2 },
      consecutiveFailures: 1,
      consecutiveSuccesses: 0,
    });
    probe.resolve(7);
    await probing;
    breaker.close();
    expect(breaker.getStats()).toMatchObject({
      state: 'CLOSED',
      tripped: null,
      window: EMPTY.window,
    });
  });

  test('of a hold count no opening, and keep what was seen', async () => {
    const { breaker, fails } = failing({ ...TWO, failureThreshold: 9 });
    await fails();
    breaker.open();
    expect(breaker.getStats()).toMatchObject({
      state: 'OPEN',
      window: { requests: 1, failures: 1 },
      tripped: { reason: 'manual', error: undefined, openings: 0 },
      nextAttemptTime: null,
    });
    breaker.open({ forMs: 7 });
    expect(breaker.getStats()).toMatchObject({ state: 'OPEN', window: { requests: 1 } });
    expect(breaker.getStats().nextAttemptTime).not.toBeNull();
  });

  test('have no date that none can say', () => {
    const { breaker } = failing();
    breaker.open({ forMs: Number.MAX_SAFE_INTEGER });
    expect(breaker.getStats().nextAttemptTime).toBeNull();
  });
});

describe('what is saved', () => {
  test('of each state is this', async () => {
    const { breaker, clock, fails } = failing();
    const totals = {
      failures: 0,
      successes: 1,
      rejected: 0,
      timeouts: 0,
      fallbacks: 0,
      failureRun: 0,
      successRun: 1,
      lastFailureAtMs: null,
      lastSuccessAtMs: 0,
    };
    await run(breaker, '+');
    const saved = breaker.toJSON();
    expect(saved).toMatchObject({
      version: 2,
      name: 'test',
      mode: 'auto',
      changedAtMs: null,
      totals,
      state: { kind: 'CLOSED', requests: 1, failureRun: 0 },
    });
    expect(saved.state).toHaveProperty('window.bucketMs', 1_000);
    expect(saved.state).toHaveProperty('window.endsAtMs', 1_000);
    await fails();
    await fails();
    clock.advance(30);
    const tripped = {
      reason: 'failures',
      trippedAtMs: -30,
      seen: { requests: 3, failures: 2, slow: 0 },
      openings: 1,
    };
    expect(breaker.toJSON()).toMatchObject({
      changedAtMs: -30,
      totals: {
        ...totals,
        failures: 2,
        failureRun: 2,
        successRun: 0,
        lastFailureAtMs: -30,
        lastSuccessAtMs: -30,
      },
    });
    expect(breaker.toJSON().state).toEqual({ kind: 'OPEN', endsAtMs: 70, tripped });
    clock.advance(70);
    expect(breaker.toJSON().state).toEqual({
      kind: 'HALF_OPEN',
      successes: 0,
      seen: { requests: 0, failures: 0, slow: 0 },
      tripped: { ...tripped, trippedAtMs: -100 },
    });
  });
});
