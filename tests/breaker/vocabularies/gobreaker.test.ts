/** Breakers in the words of gobreaker, beside the decisions that its traces hold. */
import { describe, expect, test } from 'vitest';
import {
  BreakerRegistry,
  CircuitBreakerWrapper,
  isOpenStateError,
  isTooManyRequestsError,
  newCircuitBreaker,
  newDefaultCircuitBreaker,
  stateWord,
  type GobreakerSettings,
} from '../../../lib/entries/utils.ts';
import { deferred, DOWN, settle } from '../given.ts';

function given(settings: Partial<GobreakerSettings> = {}) {
  let nowMs = 0;
  const clock = () => nowMs;
  const registry = new BreakerRegistry();
  const breaker = newCircuitBreaker({ name: 'test', clock, ...settings }, registry);
  const fail = async (count: number) => {
    for (let calls = 0; calls < count; calls += 1) {
      await breaker.execute(() => Promise.reject(DOWN)).catch(() => {});
    }
  };
  return { breaker, registry, fail, pass: (byMs: number) => (nowMs += byMs) };
}

const ok = async (): Promise<string> => 'ok';

describe('settings', () => {
  test('left out are those of gobreaker: more than 5 in a row open for 60 s, one probe closes', async () => {
    const { breaker, fail, pass } = given();
    await fail(5);
    expect(breaker.state()).toBe('closed');
    await fail(1);
    expect(breaker.state()).toBe('open');
    pass(60_000);
    expect(breaker.state()).toBe('open');
    pass(1);
    expect(breaker.state()).toBe('half-open');
    await breaker.execute(ok);
    expect(breaker.state()).toBe('closed');
  });

  test.each([
    [{ maxRequest: 3 }, 'got maxRequest; did you mean maxRequests?'],
    [{ bucketPeriod: 1 }, 'expected the settings to be of name, maxRequests, interval,'],
    [{ maxRequests: -1 }, 'expected maxRequests to be an integer from 0 to'],
    [{ interval: Infinity }, 'expected interval to be a number from 0 to'],
    [{ timeout: -1 }, 'expected timeout to be a number from 0 to'],
    [{ readyToTrip: 5 }, 'expected readyToTrip to be a function, got 5'],
    [{ name: '' }, "expected name to be a string that is not empty, got ''"],
    [{ name: 'n'.repeat(257) }, 'expected service to be a string of 1 to 256 characters'],
  ])('%j is refused', (settings, message) => {
    expect(() => given(settings as never)).toThrow(message);
  });

  test('the first of a name stay', () => {
    const { breaker, registry } = given();
    expect(newCircuitBreaker({ name: 'test', maxRequests: 9 }, registry)).toBe(breaker);
  });

  test('a readyToTrip that throws leaves the default in force', async () => {
    const { breaker, fail } = given({
      readyToTrip: () => {
        throw new Error('bad predicate');
      },
    });
    await expect(breaker.execute(() => Promise.reject(DOWN))).rejects.toBe(DOWN);
    await fail(5);
    expect(breaker.state()).toBe('open');
  });

  test('a readyToTrip gets a copy of the counts', async () => {
    const { breaker, fail } = given({
      readyToTrip: (counts) => {
        (counts as { requests: number }).requests = 100;
        return false;
      },
    });
    await fail(2);
    expect(breaker.counts()).toMatchObject({ requests: 2, totalFailures: 2 });
  });

  test('an onStateChange that throws changes nothing', async () => {
    const told: unknown[] = [];
    const { breaker, fail } = given({
      onStateChange: (...change) => {
        told.push(change);
        throw new Error('bad listener');
      },
    });
    await fail(6);
    expect(breaker.state()).toBe('open');
    expect(told).toEqual([['test', 'closed', 'open']]);
  });

  test('an error that isSuccessful takes is a success, and thrown all the same', async () => {
    const { breaker, fail } = given({ isSuccessful: (error) => error === DOWN });
    await expect(breaker.execute(() => Promise.reject(DOWN))).rejects.toBe(DOWN);
    await fail(9);
    expect(breaker.counts()).toMatchObject({ totalSuccesses: 10, totalFailures: 0 });
    expect(await breaker.execute(ok)).toBe('ok');
  });

  test('isExcluded goes before isSuccessful', async () => {
    const { breaker, fail } = given({ isSuccessful: () => true, isExcluded: () => true });
    await fail(1);
    expect(breaker.counts()).toMatchObject({ totalSuccesses: 0, totalExclusions: 1 });
  });

  test('what a readyToTrip did to the breaker meanwhile stands', async () => {
    const { breaker, fail, pass } = given({
      interval: 1_000,
      readyToTrip: () => {
        pass(1_001);
        return breaker.state() === 'closed';
      },
    });
    await fail(1);
    expect(breaker.state()).toBe('closed');
    expect(breaker.counts().requests).toBe(0);
  });

  test('a predicate that throws says no', async () => {
    const bad = () => {
      throw new Error('bad predicate');
    };
    const { breaker, fail } = given({ isSuccessful: bad, isExcluded: bad });
    await fail(6);
    expect(breaker.state()).toBe('open');
  });
});

describe('a call', () => {
  test('that is refused tells whether the breaker is open or its probes are many', async () => {
    const { breaker, fail, pass } = given();
    await fail(6);
    const open = await breaker.execute(ok).catch((error: unknown) => error);
    expect([isOpenStateError(open), isTooManyRequestsError(open)]).toEqual([true, false]);
    pass(60_001);
    const probe = deferred();
    const probing = breaker.execute(() => probe.promise);
    const many = await breaker.execute(ok).catch((error: unknown) => error);
    expect([isOpenStateError(many), isTooManyRequestsError(many)]).toEqual([false, true]);
    probe.resolve(null);
    await probing;
    expect([isOpenStateError(DOWN), isTooManyRequestsError(DOWN)]).toEqual([false, false]);
  });

  test('that hangs as the probe holds its place, however long', async () => {
    const { breaker, fail, pass } = given();
    await fail(6);
    pass(60_001);
    void breaker.execute(() => new Promise(() => {}));
    pass(1e12);
    const refused = await breaker.execute(ok).catch((error: unknown) => error);
    expect(isTooManyRequestsError(refused)).toBe(true);
  });

  test('that its caller aborts is excluded, and frees its place', async () => {
    const { breaker, fail, pass } = given();
    await fail(6);
    pass(60_001);
    const controller = new AbortController();
    const probing = breaker.execute(() => new Promise<never>(() => {}), controller);
    controller.abort(DOWN);
    await expect(probing).rejects.toBe(DOWN);
    await settle();
    expect(breaker.counts()).toMatchObject({ requests: 1, totalExclusions: 1 });
    expect(await breaker.execute(ok)).toBe('ok');
    expect(breaker.state()).toBe('closed');
  });

  test('that throws at once is a failure', async () => {
    const { breaker } = given();
    const call = breaker.execute(() => {
      throw DOWN;
    });
    await expect(call).rejects.toBe(DOWN);
    expect(breaker.counts()).toMatchObject({ requests: 1, consecutiveFailures: 1 });
  });
});

describe('stats', () => {
  test('have the rate of the counts, and totals that an interval does not clear', async () => {
    const { breaker, fail, pass } = given({ interval: 1_000 });
    await fail(1);
    await breaker.execute(ok);
    expect(breaker.getStats()).toMatchObject({
      name: 'test',
      state: 'CLOSED',
      failureRate: 0.5,
      window: { requests: 2, failures: 1, successes: 1 },
    });
    pass(1_001);
    expect(breaker.getStats()).toMatchObject({ failureRate: 0, totalRequests: 2 });
    expect(breaker.counts().requests).toBe(0);
  });

  test('show outside CLOSED what opened it', async () => {
    const { breaker, fail, pass } = given({ maxRequests: 2 });
    await breaker.execute(ok);
    await fail(6);
    const tripped = { reason: 'failures', error: DOWN, openings: 1 };
    const seen = { failureRate: 6 / 7, window: { requests: 7, failures: 6 }, tripped };
    expect(breaker.getStats()).toMatchObject({ state: 'OPEN', ...seen });
    pass(60_001);
    await breaker.execute(ok);
    expect(breaker.getStats()).toMatchObject({ state: 'HALF_OPEN', ...seen, failureCount: 6 });
  });
});

test('counts are a copy', () => {
  const { breaker } = given();
  Object.assign(breaker.counts(), { requests: 100 });
  expect(breaker.counts().requests).toBe(0);
});

test('an evicted breaker is listed again when it is used', async () => {
  const registry = new BreakerRegistry({ limit: 1 });
  const breaker = newDefaultCircuitBreaker('a', registry);
  newDefaultCircuitBreaker('b', registry);
  await breaker.execute(ok);
  expect(registry.list().map(({ name }) => name)).toEqual(['a']);
});

describe('newDefaultCircuitBreaker', () => {
  test('opens when half of five requests have failed, running ones among them', async () => {
    const breaker = newDefaultCircuitBreaker('mongodb', new BreakerRegistry());
    const running = deferred();
    const calls = [breaker.execute(() => running.promise), breaker.execute(() => running.promise)];
    for (let failed = 1; failed <= 2; failed += 1) {
      await breaker.execute(() => Promise.reject(DOWN)).catch(() => {});
    }
    expect(breaker.state()).toBe('closed');
    await breaker.execute(() => Promise.reject(DOWN)).catch(() => {});
    expect(breaker.state()).toBe('open');
    running.resolve('late');
    expect(await Promise.all(calls)).toEqual(['late', 'late']);
    expect(breaker.counts().totalSuccesses).toBe(0);
  });
});

describe('CircuitBreakerWrapper', () => {
  test('has a breaker for the database and one for the cache', async () => {
    const registry = new BreakerRegistry();
    const breakers = new CircuitBreakerWrapper(registry);
    expect(await breakers.executeWithBreaker(breakers.mongoBreaker, ok)).toBe('ok');
    const failed = breakers.executeWithBreaker(breakers.redisBreaker, () => Promise.reject(DOWN));
    await expect(failed).rejects.toBe(DOWN);
    expect(registry.list()).toMatchObject([
      { name: 'mongodb', stats: { successCount: 1 } },
      { name: 'redis', stats: { failureCount: 1 } },
    ]);
    expect(new CircuitBreakerWrapper(registry).mongoBreaker).toBe(breakers.mongoBreaker);
  });
});

test.each([
  ['CLOSED', 'closed'],
  ['OPEN', 'open'],
  ['HALF_OPEN', 'half-open'],
] as const)('%s is %s in reports of health', (state, word) => {
  expect(stateWord(state)).toBe(word);
});
