/** What the breaker means exactly: verdict, generations, half-open and filter. */
import { describe, expect, test } from 'vitest';
import {
  CircuitBreaker,
  CircuitState,
  type CircuitBreakerOptions,
} from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run } from './given.ts';

const TWO: CircuitBreakerOptions = { trip: 'consecutive', failureThreshold: 2, minimumRequests: 0 };

describe('verdict', () => {
  test('by default half of ten calls within ten seconds open it', async () => {
    const { breaker, state } = given();
    await run(breaker, '+++++----');
    expect(state()).toBe(CircuitState.CLOSED);
    await run(breaker, '-');
    expect(state()).toBe(CircuitState.OPEN);
  });

  test('a count is refused under rate with a message that names consecutive', () => {
    expect(() => new CircuitBreaker({ name: 'a', failureThreshold: 5 })).toThrow(
      /failureThreshold .* at most 1 .*'consecutive'.* got 5/,
    );
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a rate of %s is refused', (rate) => {
    expect(() => new CircuitBreaker({ failureThreshold: rate })).toThrow('failureThreshold');
  });

  test('under consecutive minimumRequests counts requests since the breaker last closed', async () => {
    const { breaker, clock, state } = given({ ...TWO, minimumRequests: 4, resetTimeout: 100 });
    expect(await run(breaker, '---')).toBe('---');
    clock.advance(3_600_000);
    expect(await run(breaker, '-!')).toBe('-!');
    clock.advance(100);
    expect(await run(breaker, '+---')).toBe('+---');
    expect(state()).toBe('CLOSED');
    await run(breaker, '-');
    expect(state()).toBe('OPEN');
  });
});

test('a clock that goes back counts into the running bucket', async () => {
  const { breaker, clock, state } = given({ minimumRequests: 4, window: 1_000 });
  clock.advance(5_000);
  await run(breaker, '--');
  clock.advance(-4_000);
  await run(breaker, '-');
  clock.advance(4_050);
  await run(breaker, '-');
  expect(state()).toBe('OPEN');
});

describe('generations', () => {
  test('every state change begins with empty counts, and probes are not in the new window', async () => {
    const { breaker, clock } = given({ ...TWO, resetTimeout: 100 });
    await run(breaker, '+--');
    clock.advance(100);
    await run(breaker, '+');
    expect(breaker.getStats()).toMatchObject({
      state: 'CLOSED',
      failureRate: 0,
      window: { requests: 0 },
      totalRequests: 4,
    });
  });

  test.each(['execute', 'tryExecute'] as const)(
    'a late %s of an older generation decides nothing',
    async (how) => {
      const { breaker, clock, state } = given({ ...TWO, resetTimeout: 100 });
      const late = [deferred(), deferred(), deferred()];
      const calls = late.map(({ promise }) => breaker[how](() => promise));
      await run(breaker, '--');
      clock.advance(100);
      const probe = deferred();
      const probing = breaker.execute(() => probe.promise);
      late[0]?.resolve(1);
      await calls[0];
      expect(state()).toBe('HALF_OPEN');
      late[1]?.reject(DOWN);
      await Promise.allSettled([calls[1]]);
      expect(state()).toBe('HALF_OPEN');
      probe.resolve(1);
      await probing;
      late[2]?.reject(DOWN);
      await Promise.allSettled([calls[2]]);
      expect(breaker.getStats()).toMatchObject({ state: 'CLOSED', window: { requests: 0 } });
    },
  );

  test('a late probe frees no permit of a later half-open', async () => {
    const { breaker, clock, state } = given({ ...TWO, resetTimeout: 100 });
    await run(breaker, '--');
    clock.advance(100);
    const early = deferred();
    const earlyCall = breaker.execute(() => early.promise);
    breaker.open({ forMs: 50 });
    clock.advance(50);
    const current = deferred();
    const currentCall = breaker.execute(() => current.promise);
    early.resolve(1);
    await earlyCall;
    expect(await run(breaker, '+')).toBe('!');
    expect(state()).toBe('HALF_OPEN');
    current.resolve(1);
    await currentCall;
    expect(state()).toBe('CLOSED');
  });
});

describe('HALF_OPEN', () => {
  const open = async (halfOpen: NonNullable<CircuitBreakerOptions['halfOpen']>) => {
    const it = given({ ...TWO, resetTimeout: 100, halfOpen });
    await run(it.breaker, '--');
    it.clock.advance(100);
    return it;
  };

  test('permitted bounds the probes in flight', async () => {
    const { breaker } = await open({ permitted: 3 });
    const hung = [1, 2, 3].map(() => deferred());
    const calls = hung.map(({ promise }) => breaker.execute(() => promise));
    expect(await run(breaker, '+')).toBe('!');
    hung[0]?.resolve(1);
    await calls[0];
    expect(await run(breaker, '+')).toBe('+');
    for (const { resolve } of hung) resolve(1);
    await Promise.all(calls);
  });

  test('as many successes as are permitted close by default', async () => {
    const { breaker, state } = await open({ permitted: 2 });
    await run(breaker, '+');
    expect(state()).toBe('HALF_OPEN');
    await run(breaker, '+');
    expect(state()).toBe('CLOSED');
  });

  test('successesToClose may exceed what is permitted, and successes never expire', async () => {
    const { breaker, clock, state } = await open({ successesToClose: 3 });
    for (const expected of ['HALF_OPEN', 'HALF_OPEN', 'CLOSED']) {
      clock.advance(3_600_000);
      await run(breaker, '+');
      expect(state()).toBe(expected);
    }
  });

  test('the first counted failure opens again for the full resetTimeout', async () => {
    const { breaker } = await open({ successesToClose: 3 });
    expect(await run(breaker, '++-')).toBe('++-');
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ retryAfterMs: 100 });
  });

  test('after maxWait another call may take the permit, and the probe decides nothing', async () => {
    const { breaker, clock, state } = await open({ maxWait: 30 });
    const hung = deferred();
    const call = breaker.execute(() => hung.promise);
    clock.advance(29);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    const second = deferred();
    const secondCall = breaker.execute(() => second.promise);
    expect(state()).toBe('HALF_OPEN');
    hung.reject(DOWN);
    await Promise.allSettled([call]);
    expect(state()).toBe('HALF_OPEN');
    expect(await run(breaker, '+')).toBe('!');
    second.resolve(1);
    await secondCall;
    expect(state()).toBe('CLOSED');
  });

  test.each([
    ['success', 'CLOSED'],
    ['failure', 'OPEN'],
  ] as const)(
    'a probe that outlasts maxWait decides by its %s, unless another call took its permit',
    async (how, decided) => {
      const { breaker, clock, state } = await open({ maxWait: 30 });
      const slow = deferred();
      const call = breaker.tryExecute(() => slow.promise);
      clock.advance(1_000);
      if (how === 'success') slow.resolve(1);
      else slow.reject(DOWN);
      await call;
      expect(state()).toBe(decided);
    },
  );

  test('a call takes the permit of one probe alone, the oldest', async () => {
    const { breaker, clock, state } = await open({ permitted: 2, maxWait: 30 });
    const [oldest, second] = [deferred(), deferred()];
    const calls = [breaker.execute(() => oldest.promise), breaker.execute(() => second.promise)];
    clock.advance(30);
    const [taker] = [deferred()];
    calls.push(breaker.execute(() => taker.promise));
    oldest.resolve(1);
    await calls[0];
    expect(breaker.getStats().probes).toMatchObject({ inFlight: 2, successes: 0 });
    second.resolve(1);
    taker.resolve(1);
    await Promise.all(calls);
    expect(state()).toBe('CLOSED');
  });
});

describe('filter', () => {
  const filtered: CircuitBreakerOptions = { ...TWO, isFailure: (error) => error !== 'not found' };

  test('a filtered error reaches its caller and counts nowhere', async () => {
    const { breaker } = given(filtered);
    await expect(breaker.execute(() => Promise.reject('not found'))).rejects.toBe('not found');
    expect(breaker.getStats()).toMatchObject({ totalRequests: 0, window: { requests: 0 } });
    await run(breaker, '-');
    await breaker.tryExecute(() => Promise.reject('not found'));
    await run(breaker, '-');
    expect(breaker.getStats().state).toBe('OPEN');
  });

  test('a filtered probe frees its permit and decides nothing', async () => {
    const { breaker, clock, state } = given({ ...filtered, resetTimeout: 100 });
    await run(breaker, '--');
    clock.advance(100);
    await breaker.tryExecute(() => Promise.reject('not found'));
    expect(state()).toBe('HALF_OPEN');
    await run(breaker, '+');
    expect(state()).toBe('CLOSED');
  });

  test('a predicate of two parameters is asked about results too', async () => {
    const { breaker, state } = given({
      ...TWO,
      isFailure: (error, result) => error !== undefined || result === 503,
    });
    expect(await breaker.execute(() => 503)).toBe(503);
    expect(await breaker.execute(() => 200)).toBe(200);
    expect(breaker.getStats()).toMatchObject({ failureCount: 1, successCount: 1 });
    await breaker.execute(() => 503);
    await breaker.execute(() => 503);
    expect(state()).toBe('OPEN');
  });

  test('a predicate of one parameter is not asked about results', async () => {
    const { breaker } = given({
      isFailure: (error) => (error as { readonly status: number }).status >= 500,
    });
    await breaker.execute(() => 'fine');
    expect(breaker.getStats()).toMatchObject({ failureCount: 0, successCount: 1 });
  });
});
