/** What a call answers on each of its ways, by which reason and through which promise. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { run as runIn, refuseWith } from '../../lib/breaker/call.ts';
import { asData, asPromise } from '../../lib/breaker/answer.ts';
import { tellChange } from '../../lib/breaker/engine.ts';
import { CircuitBreakerOpenError } from '../../lib/breaker/errors.ts';
import { engineOf } from '../../lib/breaker/circuit-breaker.ts';
import { CircuitBreaker, pipeline, timeout } from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, settle } from './given.ts';

const fails = () => {
  throw DOWN;
};
const none = 7 as unknown as () => number;

afterEach(() => {
  vi.useRealTimers();
});

/** A signal that is aborted already. */
const GONE = AbortSignal.abort(DOWN);

describe('a call that has no value says why', () => {
  test('failed: by an error, on every way', async () => {
    const failed = { ok: false, reason: 'failed', error: DOWN };
    expect(await given().breaker.tryExecute(fails)).toEqual(failed);
    expect(await given({ timeout: 50 }).breaker.tryExecute(fails)).toEqual(failed);
    const filtering = given({ failsOn: { error: () => false } }).breaker;
    expect(await filtering.tryExecute(fails)).toEqual(failed);
    expect(await filtering.tryExecute(fails, { fallback: () => 7 })).toEqual(failed);
    const thrower = given({ fallback: fails, failsOn: { result: () => true } }).breaker;
    expect(await thrower.tryExecute(() => 7)).toEqual(failed);
  });

  test('failed: by what it was given', async () => {
    const { breaker } = given();
    expect(await breaker.tryExecute(none)).toMatchObject({ ok: false, reason: 'failed' });
    const options = { fallback: none };
    expect(await breaker.tryExecute(() => 1, options)).toMatchObject({
      reason: 'failed',
      error: { message: 'expected fallback to be a function, got 7' },
    });
    const unreadable = Object.defineProperty({}, 'signal', { get: fails });
    expect(await breaker.tryExecute(() => 1, unreadable)).toEqual({
      ok: false,
      reason: 'failed',
      error: DOWN,
    });
    expect(breaker.getStats().totalRequests).toBe(0);
  });

  test('rejected: and its fallback may fail too', async () => {
    const { breaker } = given();
    breaker.open();
    const refused = breaker.tryExecute(() => 1);
    expect(refused).toBeInstanceOf(Promise);
    expect(await refused).toMatchObject({ ok: false, reason: 'rejected' });
    expect(await breaker.tryExecute(() => 1, { fallback: fails })).toEqual({
      ok: false,
      reason: 'rejected',
      error: DOWN,
    });
  });

  test('timeout: and its fallback may fail too', async () => {
    vi.useFakeTimers();
    const { breaker } = given({ timeout: 50 });
    const calls = [{}, { fallback: fails }].map((options) =>
      breaker.tryExecute(() => new Promise(() => {}), options),
    );
    await vi.advanceTimersByTimeAsync(50);
    expect(await Promise.all(calls)).toMatchObject([{ reason: 'timeout' }, { reason: 'timeout' }]);
  });

  test('aborted: before it began, whatever the state, and it counts nowhere', async () => {
    const { breaker } = given();
    const aborted = { ok: false, reason: 'aborted', error: DOWN };
    const called = vi.fn<() => void>();
    expect(await breaker.tryExecute(called, { signal: GONE })).toEqual(aborted);
    breaker.open();
    expect(await breaker.tryExecute(called, { signal: GONE })).toEqual(aborted);
    expect(breaker.getStats()).toMatchObject({ totalRequests: 0, rejectedCount: 0 });
    breaker.disable();
    expect(await breaker.tryExecute(called, { signal: GONE })).toEqual(aborted);
    expect(called).not.toHaveBeenCalled();
  });

  test('aborted: on its way, and in its fallback', async () => {
    const { breaker } = given();
    for (const options of [{}, { fallback: () => new Promise<never>(() => {}) }]) {
      const controller = new AbortController();
      const { signal } = controller;
      const fn = 'fallback' in options ? fails : () => new Promise<never>(() => {});
      const call = breaker.tryExecute(fn, { ...options, signal });
      await settle();
      controller.abort(DOWN);
      expect(await call).toEqual({ ok: false, reason: 'aborted', error: DOWN });
    }
    expect(breaker.getStats().failureCount).toBe(1);
  });
});

describe('a breaker that stands aside', () => {
  test('has no time limit, no fallback and no count', async () => {
    vi.useFakeTimers();
    const { breaker } = given({ timeout: 50, fallback: () => 7 });
    breaker.disable();
    const answer = deferred<number>();
    const call = breaker.execute(() => answer.promise);
    await vi.advanceTimersByTimeAsync(1_000);
    answer.resolve(1);
    expect(await call).toBe(1);
    expect(await breaker.tryExecute(fails)).toEqual({ ok: false, reason: 'failed', error: DOWN });
    expect(breaker.getStats()).toMatchObject({ totalRequests: 0, fallbackCount: 0 });
  });
});

describe('in a pipeline', () => {
  test('a breaker takes the context of the policy around it', async () => {
    const { breaker } = given({ fallback: () => 'less' });
    const policy = pipeline(timeout({ timeout: 1_000 }), breaker);
    expect(await policy.execute(({ attempt }) => attempt)).toBe(1);
    expect(await policy.execute(fails)).toBe('less');
    const plain = given().breaker;
    const around = pipeline(timeout({ timeout: 1_000 }), plain);
    await expect(around.execute(fails)).rejects.toBe(DOWN);
    expect(plain.getStats().failureCount).toBe(1);
  });

  test('a call that the policy around it has ended counts nowhere', async () => {
    vi.useFakeTimers();
    const { breaker } = given();
    const answer = deferred();
    const call = pipeline(timeout({ timeout: 50 }), breaker).execute(() => answer.promise);
    const ended = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    expect(await ended).toMatchObject({ code: 'TIMEOUT' });
    answer.reject(DOWN);
    await settle();
    expect(breaker.getStats().totalRequests).toBe(0);
  });
});

describe('who is told of a call', () => {
  const toldOf = async (fn: () => unknown, options = {}) => {
    const { breaker } = given(options);
    const told = vi.fn<(...args: unknown[]) => void>();
    if ('held' in options) breaker.open();
    await runIn(engineOf(breaker), fn, undefined, asData, told);
    return told.mock.calls;
  };

  test('hears once how it ended', async () => {
    expect(await toldOf(() => 7)).toEqual([[true]]);
    expect(await toldOf(fails)).toEqual([[false, DOWN]]);
    expect(await toldOf(fails, { failsOn: { error: () => false } })).toEqual([[]]);
    const failed = await toldOf(() => 7, { failsOn: { result: () => true } });
    expect(failed).toEqual([[false, expect.objectContaining({ code: 'FAILED_RESULT' })]]);
  });

  test('hears of a refusal that it is none', async () => {
    const { breaker } = given();
    breaker.open();
    const told = vi.fn<(...args: unknown[]) => void>();
    await runIn(engineOf(breaker), () => 7, undefined, asData, told);
    expect(told.mock.calls).toEqual([[]]);
  });
});

describe('a refusal that another made', () => {
  const REFUSAL = new CircuitBreakerOpenError('fleet');

  test('is counted and told as its own', async () => {
    const { breaker } = given();
    const heard = vi.fn<(event: unknown) => void>();
    breaker.on('reject', heard);
    const engine = engineOf(breaker);
    await expect(refuseWith(engine, REFUSAL, undefined, asPromise)).rejects.toBe(REFUSAL);
    expect(heard).toHaveBeenCalledExactlyOnceWith({ name: 'test', error: REFUSAL });
    expect(breaker.getStats().rejectedCount).toBe(1);
    expect(await refuseWith(engine, REFUSAL, { fallback: () => 7 }, asPromise)).toBe(7);
    expect(await refuseWith(engine, REFUSAL, { fallback: none }, asData)).toMatchObject({
      ok: false,
      reason: 'failed',
    });
    expect(breaker.getStats().rejectedCount).toBe(2);
    const alone = engineOf(given().breaker);
    await expect(refuseWith(alone, REFUSAL, undefined, asPromise)).rejects.toBe(REFUSAL);
  });
});

describe('a subscription', () => {
  test('ends by its own listener and name alone', async () => {
    const { breaker } = given();
    const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
    breaker.off('success', first);
    breaker.on('success', first);
    breaker.on('success', second);
    breaker.off('failure', first);
    breaker.off('success', second);
    await breaker.execute(() => 1);
    expect(first).toHaveBeenCalledOnce();
    expect(second).not.toHaveBeenCalled();
  });

  test('options of open are read by their names', () => {
    const { breaker } = given();
    const open = (options: object) => () => breaker.open(options);
    expect(open({ formMs: 1 })).toThrow('expected the options of open to be of forMs, got formMs');
    const on = (name: string) => () => breaker.on(name as 'success', () => {});
    expect(on('succes')).toThrow('expected the event to be of stateChange, success, ');
    expect(open({ forMs: 0 })).toThrow('expected forMs to be a number above 0');
    expect(breaker.getStats().state).toBe('CLOSED');
  });
});

describe('what stands above a breaker', () => {
  const CHANGE = { name: 'fleet', from: 'CLOSED', to: 'OPEN', reason: 'failures' } as const;

  test('may keep its changes to itself, and tell its own', () => {
    const { breaker, clock } = given();
    const heard = vi.fn<(change: unknown) => void>();
    const engine = engineOf(breaker);
    engine.toldAs = () => null;
    breaker.open();
    expect(breaker.getStats().lastStateChange).toBeNull();
    clock.advance(5);
    tellChange(engine, CHANGE);
    breaker.on('stateChange', heard);
    breaker.close();
    expect(heard).not.toHaveBeenCalled();
    expect(breaker.toJSON().changedAtMs).toBe(0);
    tellChange(engine, CHANGE);
    expect(heard).toHaveBeenCalledExactlyOnceWith(CHANGE);
  });
});

test('an open time of nothing is one', async () => {
  const { breaker } = given({
    trip: 'consecutive',
    failureThreshold: 1,
    minimumRequests: 0,
    resetTimeout: () => 0,
  });
  await breaker.tryExecute(fails);
  expect(breaker.getStats().state).toBe('HALF_OPEN');
});

test('the clock is read at the end alone where nobody times a call', async () => {
  let reads = 0;
  const clock = () => (reads += 1);
  const breaker = new CircuitBreaker({ timeout: false, clock });
  await breaker.execute(() => 7, { fallback: () => 7 });
  expect(reads).toBe(1);
  breaker.on('success', () => {});
  await breaker.execute(() => 7);
  expect(reads).toBe(3);
});
