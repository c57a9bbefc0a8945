/** What a call answers on each of its ways: by which reason, through which promise, and what it leaves of its context. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { run as runIn, refuseWith } from '../../lib/breaker/call.ts';
import { asData, asPromise } from '../../lib/breaker/answer.ts';
import { Context, Scope } from '../../lib/breaker/context.ts';
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
  });
});

describe('a context', () => {
  test('of a policy around the call is that one; any other is new', () => {
    const context = new Context(3);
    expect(Context.of(context)).toBe(context);
    expect(Context.of(undefined)).toMatchObject({ attempt: 1 });
    const { signal } = new AbortController();
    const own = Context.of({ signal, attempt: 2 });
    expect(own.attempt).toBe(2);
    expect(own.signal).toBe(signal);
    expect(Context.sourceOf(Context.of({}))).toBeNull();
    expect(Context.of({ attempt: 4 }).attempt).toBe(4);
  });

  test('has one signal, however often it is read', () => {
    for (const context of [new Context(), new Context(1, new Scope())]) {
      const { signal } = context;
      expect(context.signal).toBe(signal);
      expect(signal.aborted).toBe(false);
    }
  });
});

describe('a scope', () => {
  test('is aborted once, and tells so by its signal, read before or after', () => {
    const scope = new Scope();
    const { signal } = scope;
    expect(scope.aborted).toBe(false);
    scope.abort(1);
    scope.abort(2);
    expect(scope).toMatchObject({ aborted: true, reason: 1 });
    expect(signal).toMatchObject({ aborted: true, reason: 1 });
    const late = new Scope();
    late.abort(3);
    expect(late.signal).toMatchObject({ aborted: true, reason: 3 });
  });

  test('tells those who follow it, and those who left no more', () => {
    const scope = new Scope();
    const [stays, leaves] = [0, 1].map(() => ({ handleEvent: vi.fn<() => void>() }));
    if (stays === undefined || leaves === undefined) throw new Error('expected two');
    scope.removeEventListener('abort', stays);
    scope.addEventListener('abort', stays);
    scope.addEventListener('abort', leaves);
    scope.removeEventListener('abort', leaves);
    scope.abort(1);
    scope.abort(1);
    expect(stays.handleEvent).toHaveBeenCalledOnce();
    expect(leaves.handleEvent).not.toHaveBeenCalled();
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
    expect(open({ forMs: 0 })).toThrow('expected forMs to be a number above 0');
    expect(breaker.getStats().state).toBe('CLOSED');
  });
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
