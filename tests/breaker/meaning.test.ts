/** What the breaker means exactly: verdict, generations, half-open, refusal and filter. */
import { describe, expect, test, vi } from 'vitest';
import {
  BreakerError,
  CircuitBreaker,
  CircuitBreakerOpenError,
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
    expect(breaker.getStats().window).toMatchObject({ requests: 0, failures: 0 });
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

  test('maxWait frees the permit without changing the state, and the probe decides nothing', async () => {
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

  test('a probe that outlasts maxWait decides nothing even if nobody took its permit', async () => {
    const { breaker, clock, state } = await open({ maxWait: 30 });
    const hung = deferred();
    const call = breaker.execute(() => hung.promise);
    clock.advance(30);
    hung.resolve(1);
    await call;
    expect(state()).toBe('HALF_OPEN');
  });

  test('maxWait is resetTimeout by default', async () => {
    const { breaker, clock } = await open({});
    void breaker.execute(() => new Promise(() => {}));
    clock.advance(99);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe('+');
  });
});

describe('refusal', () => {
  test('does not call the function and says the time left', async () => {
    const { breaker, clock } = given({ ...TWO, resetTimeout: 100 });
    await run(breaker, '--');
    clock.advance(40);
    const fn = vi.fn();
    const error = await breaker.execute(fn).catch((caught: unknown) => caught);
    expect(fn).not.toHaveBeenCalled();
    expect(error).toBeInstanceOf(CircuitBreakerOpenError);
    expect(error).toBeInstanceOf(BreakerError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'CircuitBreakerOpenError',
      code: 'CIRCUIT_OPEN',
      breaker: 'test',
      retryAfterMs: 60,
      message: 'expected circuit breaker test to let the call through, but it refused; 60 ms left',
    });
    expect((error as Error).stack).toMatch(/^CircuitBreakerOpenError: expected circuit breaker/);
    expect(Object.hasOwn(error as Error, 'stack')).toBe(false);
  });

  test('its stack and message can be written, as those of any error', async () => {
    const { breaker } = given();
    breaker.open();
    const error = (await breaker.execute(() => 1).catch((caught: unknown) => caught)) as Error;
    error.stack = 'mine';
    error.message = 'my own';
    expect(error).toMatchObject({ stack: 'mine', message: 'my own' });
  });

  test('the class itself can be made, with a stack', () => {
    const error = new CircuitBreakerOpenError('a', { retryAfterMs: 5, cause: DOWN });
    expect(error).toMatchObject({ breaker: 'a', retryAfterMs: 5, cause: DOWN });
    expect(error.message).toContain('circuit breaker a');
    expect(error.stack).toContain('meaning.test.ts');
  });

  test('nobody knows the time left in HALF_OPEN and in an OPEN that is held', async () => {
    const { breaker, clock } = given({ ...TWO, resetTimeout: 100 });
    breaker.open();
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ retryAfterMs: null });
    breaker.open({ forMs: 1 });
    clock.advance(1);
    void breaker.execute(() => new Promise(() => {}));
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ retryAfterMs: null });
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
