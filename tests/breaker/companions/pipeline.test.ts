/** Pipelines: the companions in any order, around each other and around a breaker. */
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  bulkhead,
  CircuitBreaker,
  fallback,
  pipeline,
  rateLimiter,
  retry,
  timeout,
  TimeoutError,
  type ExecuteOptions,
  type Policy,
  type Protected,
} from '../../../lib/breaker/index.ts';
import { BUG, callTimes, failsFirst, listenersOf, never, outcome, RESET } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const makers = {
  retry: () => retry({ attempts: 3, delay: 10, jitter: false }),
  breaker: () => new CircuitBreaker({ timeout: false }),
  timedBreaker: () => new CircuitBreaker({ timeout: 300 }),
  timeout: () => timeout({ timeout: 200 }),
  bulkhead: () => bulkhead({ concurrency: 2, queue: 2 }),
  rateLimiter: () => rateLimiter({ tokens: 100 }),
  fallback: () =>
    fallback((error): never => {
      throw error as Error;
    }),
  own: (): Policy => ({
    execute: async <T>(fn: Protected<T>, options?: ExecuteOptions) =>
      fn({
        signal: options?.signal ?? new AbortController().signal,
        attempt: options?.attempt ?? 1,
      }),
  }),
};
type Name = keyof typeof makers;

function orders(names: readonly Name[]): readonly (readonly Name[])[] {
  if (names.length < 2) return [names];
  return names.flatMap((first) =>
    orders(names.filter((name) => name !== first)).map((rest) => [first, ...rest]),
  );
}

/** Every order of four of each kind of thing that a pipeline can hold. */
const ORDERS = [
  ...orders(['retry', 'breaker', 'timeout', 'bulkhead']),
  ...orders(['retry', 'timedBreaker', 'rateLimiter', 'fallback']),
  ...orders(['retry', 'own', 'timeout', 'timedBreaker']),
].map((names) => [names.join(' > '), names] as const);

const limitOf = (name: Name): number =>
  name === 'timeout' ? 200 : name === 'timedBreaker' ? 300 : Infinity;

/** Ends after an hour, so that a call without any time limit ends too. */
const hang = () => new Promise<number>((resolve) => void setTimeout(resolve, 3_600_000, 1));

const build = (names: readonly Name[]) =>
  pipeline(...(names.map((name) => makers[name]()) as [Policy, ...Policy[]]));

describe.each(ORDERS)('%s', (_title, names) => {
  test('gives what fn gives, and its last error after the last attempt', async () => {
    const policy = build(names);
    expect(await policy.execute(() => 7)).toBe(7);
    const fn = failsFirst(9);
    const call = outcome(policy.execute(fn));
    await vi.runAllTimersAsync();
    expect(await call).toEqual({ error: RESET });
    expect(fn.mock.calls.map(([{ attempt }]) => attempt)).toEqual([1, 2, 3]);
  });

  test('tries again after a time limit inside the retry, until one around it', async () => {
    const at = names.indexOf('retry');
    const inside = Math.min(...names.slice(at).map(limitOf));
    const around = Math.min(...names.slice(0, at).map(limitOf));
    const begins = [0, inside + 10, 2 * inside + 30].filter((beginMs) => beginMs < around);
    expect(await callTimes(build(names), () => hang())).toEqual(
      begins.filter((beginMs) => beginMs < Infinity),
    );
  });

  test("ends with the caller's reason at once, in every place of a call", async () => {
    const policy = build(names);
    for (const [fn, afterMs] of [
      [never, 0],
      [failsFirst(9), 5],
      [failsFirst(9), 10],
    ] as const) {
      const caller = new AbortController();
      const signals: AbortSignal[] = [];
      const call = outcome(
        policy.execute(
          (context) => {
            signals.push(context.signal);
            return fn(context);
          },
          { signal: caller.signal },
        ),
      );
      await vi.advanceTimersByTimeAsync(afterMs);
      const made = signals.length;
      caller.abort('gone');
      expect(await call).toEqual({ error: 'gone' });
      await vi.runAllTimersAsync();
      expect(signals).toHaveLength(made);
      if (fn === never) expect(signals.at(-1)?.reason).toBe('gone');
      expect(listenersOf(caller.signal)).toBe(0);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  test('calls nothing for a caller who has aborted before', async () => {
    const fn = vi.fn();
    const call = build(names).execute(fn, { signal: AbortSignal.abort('gone') });
    await expect(call).rejects.toBe('gone');
    if (names[0] !== 'own') expect(fn).not.toHaveBeenCalled();
  });
});

describe('a pipeline', () => {
  test('may be made of a list, which is looked at as it is called', async () => {
    const policies: Policy[] = [makers.retry(), makers.timeout()];
    const answer = await pipeline(...policies).execute(() => 1);
    expectTypeOf(answer).toEqualTypeOf<number>();
    expect(answer).toBe(1);
    policies.length = 0;
    expect(() => pipeline(...policies)).toThrow('expected a pipeline of 1 to 32 policies, got 0');
  });

  test('protects from the outermost to the innermost', async () => {
    const log: string[] = [];
    const logging = (name: string): Policy => ({
      execute: async <T>(fn: Protected<T>) => {
        log.push(name);
        return makers.own().execute(fn);
      },
    });
    await pipeline(logging('a'), pipeline(logging('b'), logging('c')), logging('d')).execute(() =>
      log.push('fn'),
    );
    expect(log).toEqual(['a', 'b', 'c', 'd', 'fn']);
  });

  test('counts each attempt in a breaker inside a retry, and one call in a breaker around it', async () => {
    const [outside, inside] = [makers.breaker(), makers.breaker()];
    await callTimes(pipeline(outside, makers.retry(), inside), () => Promise.reject(RESET));
    expect(outside.getStats()).toMatchObject({ failureCount: 1, totalRequests: 1 });
    expect(inside.getStats()).toMatchObject({ failureCount: 3, totalRequests: 3 });
  });

  test('does not try a refusal again', async () => {
    const breaker = makers.breaker();
    breaker.open();
    const call = pipeline(makers.retry(), breaker, makers.timeout()).execute(never);
    await expect(call).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(breaker.getStats().rejectedCount).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('counts a time-out inside the breaker, and none around it', async () => {
    const [breaker, around] = [makers.breaker(), makers.breaker()];
    await callTimes(pipeline(breaker, makers.timeout()), never);
    expect(breaker.getStats()).toMatchObject({ failureCount: 1, timeoutCount: 0 });
    await callTimes(pipeline(makers.timeout(), around), never);
    expect(around.getStats()).toMatchObject({ totalRequests: 0 });
  });

  test('ends a wait of a retry at the time limit around it', async () => {
    const told = vi.fn();
    const waiting = retry({ delay: 1_000, jitter: false, onRetry: told });
    const call = outcome(pipeline(makers.timeout(), waiting).execute(() => Promise.reject(RESET)));
    await vi.advanceTimersByTimeAsync(200);
    expect(await call).toEqual({ error: expect.any(TimeoutError) as unknown });
    expect(told).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('frees the place of a call whose time is up around the bulkhead', async () => {
    const places = bulkhead({ concurrency: 1, queue: 1 });
    const policy = pipeline(makers.timeout(), places);
    const calls = [outcome(policy.execute(never)), outcome(policy.execute(never))];
    expect(places.stats).toEqual({ running: 1, queued: 1 });
    await vi.advanceTimersByTimeAsync(200);
    await Promise.all(calls);
    expect(places.stats).toEqual({ running: 0, queued: 0 });
  });

  test('passes a context on from one to another: its abort, and its attempt', async () => {
    const inner = pipeline(makers.timeout());
    const attempts: number[] = [];
    const caller = new AbortController();
    const call = outcome(
      makers.retry().execute(async (context) => {
        await inner.execute(({ attempt }) => attempts.push(attempt), context);
        if (context.attempt === 1) throw RESET;
        return inner.execute(never, context);
      }, caller),
    );
    await vi.advanceTimersByTimeAsync(10);
    expect(attempts).toEqual([1, 2]);
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    expect(listenersOf(caller.signal)).toBe(0);
  });

  test('keeps the reason of the first abort, also for who reads the signal later', async () => {
    const breaker = new CircuitBreaker({ timeout: 50, fallback: never });
    const caller = new AbortController();
    const contexts: { readonly signal: AbortSignal }[] = [];
    const call = outcome(
      breaker.execute((context) => {
        contexts.push(context);
        return never();
      }, caller),
    );
    await vi.advanceTimersByTimeAsync(50);
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    expect(contexts[0]?.signal.reason).toBeInstanceOf(TimeoutError);
  });

  test('answers what fn throws at once as a rejection', async () => {
    const thrower = () => {
      throw BUG;
    };
    await expect(build(['retry', 'breaker', 'timeout']).execute(thrower)).rejects.toBe(BUG);
  });

  test('has the type of what fn and the fallbacks answer', () => {
    const plain = pipeline(retry(), new CircuitBreaker(), timeout());
    const answering = pipeline(
      fallback(() => null),
      new CircuitBreaker({ fallback: () => 'old' as const }),
      retry(),
    );
    const run = { plain: () => plain.execute(() => 1), own: () => build(['own']).execute(() => 1) };
    const nested = () => pipeline(answering, plain).execute(async () => 1);
    expectTypeOf(run.plain).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(run.own).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(nested).returns.resolves.toEqualTypeOf<number | null | 'old'>();
  });
});

test('what is no function is refused before a breaker counts it', async () => {
  const breaker = new CircuitBreaker();
  const call = pipeline(breaker, timeout()).execute(7 as never);
  await expect(call).rejects.toThrow('expected fn to be a function, got 7');
  expect(breaker.getStats().window.requests).toBe(0);
});
