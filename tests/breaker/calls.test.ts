/** What one call may end with: time-out, abort, fallback and tryExecute. */
import { getEventListeners } from 'node:events';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CircuitBreakerOpenError,
  FailedResultError,
  TimeoutError,
  type CircuitBreakerOptions,
} from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run, settle } from './given.ts';

const TWO: CircuitBreakerOptions = { trip: 'consecutive', failureThreshold: 2, minimumRequests: 0 };
const never = () => new Promise<never>(() => {});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('timeout', () => {
  test('rejects with TimeoutError even if fn ignores its signal, and counts one failure', async () => {
    const { breaker } = given({ timeout: 50 });
    const late = deferred();
    const call = breaker.execute(() => late.promise);
    vi.advanceTimersByTime(50);
    await expect(call).rejects.toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
      timeoutMs: 50,
      message: 'expected a call through test to settle within 50 ms, but it did not',
    });
    const after = breaker.getStats();
    expect(after).toMatchObject({ failureCount: 1, timeoutCount: 1, totalRequests: 1 });
    late.reject(DOWN);
    await settle();
    expect(breaker.getStats()).toEqual(after);
  });

  test('a time-out counts whatever isFailure says', async () => {
    const { breaker, state } = given({ ...TWO, timeout: 50, isFailure: () => false });
    const calls = [breaker.tryExecute(never), breaker.tryExecute(never)];
    vi.advanceTimersByTime(50);
    expect((await calls[0])?.ok).toBe(false);
    expect(state()).toBe('OPEN');
  });

  test('aborts the signal with its error', async () => {
    const { breaker } = given({ timeout: 50 });
    let signal: AbortSignal | undefined;
    const call = breaker.tryExecute((context) => {
      ({ signal } = context);
      return never();
    });
    vi.advanceTimersByTime(50);
    const result = await call;
    expect(result).toMatchObject({ ok: false, reason: 'timeout' });
    expect(signal?.reason).toBe(result.ok ? null : result.error);
  });

  test('false means none, and each call still has a context with a signal of its own', async () => {
    const { breaker } = given();
    const signals: AbortSignal[] = [];
    for (let call = 0; call < 2; call += 1) {
      await breaker.execute((context) => {
        expect(context.signal).toBe(context.signal);
        signals.push(context.signal);
      });
    }
    expect(vi.getTimerCount()).toBe(0);
    expect(signals[0]).not.toBe(signals[1]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
  });

  test('a signal that is first read after the abort is aborted', async () => {
    const { breaker } = given({ timeout: 50 });
    const woken = deferred();
    let aborted: boolean | undefined;
    const call = breaker.tryExecute(async (context) => {
      await woken.promise;
      ({ aborted } = context.signal);
    });
    vi.advanceTimersByTime(50);
    await call;
    woken.resolve(1);
    await settle();
    expect(aborted).toBe(true);
  });

  test('its timer is cleared when fn settles', async () => {
    const { breaker } = given({ timeout: 50 });
    await run(breaker, '+-');
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [false, 1],
    [true, 0],
  ])('with unref %s its timer keeps the process alive: %i', async (unref, kept) => {
    vi.useRealTimers();
    const { breaker } = given({ timeout: 50, unref });
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    const before = timers().length;
    const { resolve, promise } = deferred();
    const call = breaker.execute(() => promise);
    expect(timers()).toHaveLength(before + kept);
    resolve(1);
    await call;
    expect(timers()).toHaveLength(before);
  });
});

describe('abort', () => {
  test("rejects at once with the caller's reason and decides nothing", async () => {
    const { breaker } = given();
    const caller = new AbortController();
    const late = deferred();
    let signal: AbortSignal | undefined;
    const call = breaker.execute(
      (context) => {
        ({ signal } = context);
        return late.promise;
      },
      { signal: caller.signal },
    );
    caller.abort('gone');
    await expect(call).rejects.toBe('gone');
    expect(signal?.reason).toBe('gone');
    late.reject(DOWN);
    await settle();
    expect(breaker.getStats()).toMatchObject({ totalRequests: 0, window: { requests: 0 } });
  });

  test('frees the permit of a probe', async () => {
    const { breaker, clock, state } = given({ ...TWO, resetTimeout: 100 });
    await run(breaker, '--');
    clock.advance(100);
    const caller = new AbortController();
    const call = breaker.tryExecute(never, { signal: caller.signal });
    expect(await run(breaker, '+')).toBe('!');
    caller.abort('gone');
    expect(await call).toEqual({ ok: false, reason: 'aborted', error: 'gone' });
    expect(state()).toBe('HALF_OPEN');
    expect(await run(breaker, '+')).toBe('+');
  });

  test('a signal that is aborted already keeps fn from being called', async () => {
    const { breaker } = given();
    const fn = vi.fn();
    await expect(breaker.execute(fn, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
    expect(fn).not.toHaveBeenCalled();
  });

  test('asks no fallback, and ends one that is running', async () => {
    const fallback = vi.fn(never);
    const { breaker } = given({ fallback });
    const caller = new AbortController();
    const running = breaker.execute(never, { signal: caller.signal });
    const failed = breaker.execute(() => Promise.reject(DOWN), { signal: caller.signal });
    breaker.open();
    const refused = breaker.execute(never, { signal: caller.signal });
    await settle();
    expect(fallback).toHaveBeenCalledTimes(2);
    caller.abort('gone');
    for (const call of [running, failed, refused]) await expect(call).rejects.toBe('gone');
    expect(fallback).toHaveBeenCalledTimes(2);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });

  test("no listener stays on the caller's signal", async () => {
    const { breaker } = given({ timeout: 50 });
    const { signal } = new AbortController();
    await breaker.execute(() => 1, { signal });
    await breaker.tryExecute(() => Promise.reject(DOWN), { signal });
    const timedOut = breaker.tryExecute(never, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    vi.advanceTimersByTime(50);
    await timedOut;
    breaker.open();
    await breaker.tryExecute(() => 1, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('fallback', () => {
  test('answers failures, time-outs and refusals alike with the error and a context', async () => {
    const fallback = vi.fn((error: unknown) => (error as Error).name);
    const { breaker } = given({ timeout: 50, fallback });
    expect(await breaker.execute(() => Promise.reject(DOWN))).toBe('Error');
    const slow = breaker.execute(never);
    vi.advanceTimersByTime(50);
    expect(await slow).toBe('TimeoutError');
    breaker.open();
    expect(await breaker.execute(never)).toBe('CircuitBreakerOpenError');
    expect(await breaker.tryExecute(never)).toEqual({ ok: true, value: 'CircuitBreakerOpenError' });
    expect(fallback.mock.calls.map(([error]) => error)).toEqual([
      DOWN,
      expect.any(TimeoutError),
      expect.any(CircuitBreakerOpenError),
      expect.any(CircuitBreakerOpenError),
    ]);
    expect(fallback).toHaveBeenCalledWith(
      DOWN,
      expect.objectContaining({ signal: expect.any(AbortSignal) as unknown }),
    );
    expect(breaker.getStats()).toMatchObject({ fallbackCount: 4, rejectedCount: 2 });
  });

  test("its context is not aborted by the call's time-out", async () => {
    const fallback = (_error: unknown, { signal }: { signal: AbortSignal }) => signal.aborted;
    const { breaker } = given({ timeout: 50, fallback });
    const call = breaker.execute(never);
    vi.advanceTimersByTime(50);
    expect(await call).toBe(false);
  });

  test('answers no filtered call', async () => {
    const fallback = vi.fn();
    const { breaker } = given({ fallback, isFailure: () => false });
    await expect(breaker.execute(() => Promise.reject(DOWN))).rejects.toBe(DOWN);
    expect(fallback).not.toHaveBeenCalled();
  });

  test('answers a result that isFailure judged a failure', async () => {
    const isFailure = (error: unknown, result: unknown) => error !== undefined || result === 503;
    const { breaker } = given({ fallback: (error) => error, isFailure });
    const error = await breaker.execute<unknown>(() => 503);
    expect(error).toBeInstanceOf(FailedResultError);
    expect(error).toMatchObject({ code: 'FAILED_RESULT', result: 503 });
  });

  test.each([false, true])(
    "if it throws (now or later: %s), that very error is the caller's",
    async (later) => {
      const own = new Error('fallback failed');
      const { breaker } = given({
        fallback: () => {
          if (later) return Promise.reject(own);
          throw own;
        },
      });
      await expect(breaker.execute(() => Promise.reject(DOWN))).rejects.toBe(own);
      breaker.open();
      await expect(breaker.execute(never)).rejects.toBe(own);
      const result = await breaker.tryExecute(never);
      expect(result).toEqual({ ok: false, reason: 'rejected', error: own });
    },
  );

  test('of the call goes before that of the breaker, and null is none', async () => {
    const { breaker } = given({ fallback: () => 'of the breaker' });
    const fail = () => Promise.reject(DOWN);
    expect(await breaker.execute(fail, { fallback: () => 'of the call' })).toBe('of the call');
    expect(await breaker.execute(fail, {})).toBe('of the breaker');
    await expect(breaker.execute(fail, { fallback: null })).rejects.toBe(DOWN);
    expect(breaker.getStats().fallbackCount).toBe(2);
  });
});

describe('tryExecute', () => {
  test('resolves to the outcome as data and never throws', async () => {
    const { breaker } = given({ timeout: 50 });
    expect(await breaker.tryExecute(() => 7)).toEqual({ ok: true, value: 7 });
    expect(await breaker.tryExecute(() => Promise.reject(DOWN))).toEqual({
      ok: false,
      reason: 'failed',
      error: DOWN,
    });
    const thrower = () => {
      throw DOWN;
    };
    expect(await breaker.tryExecute(thrower)).toMatchObject({ reason: 'failed', error: DOWN });
    const slow = breaker.tryExecute(never);
    vi.advanceTimersByTime(50);
    expect(await slow).toMatchObject({ ok: false, reason: 'timeout' });
    breaker.open();
    expect(await breaker.tryExecute(never)).toMatchObject({
      reason: 'rejected',
      error: { retryAfterMs: null },
    });
  });

  test.each(['execute', 'tryExecute'] as const)(
    "%s takes a value, and another realm's promise",
    async (how) => {
      const { breaker } = given();
      const expected = how === 'execute' ? 7 : { ok: true, value: 7 };
      const foreign = runInNewContext('Promise.resolve(7)') as Promise<number>;
      expect(foreign).not.toBeInstanceOf(Promise);
      expect(await breaker[how](() => foreign)).toEqual(expected);
      expect(await breaker[how](() => 7)).toEqual(expected);
    },
  );
});
