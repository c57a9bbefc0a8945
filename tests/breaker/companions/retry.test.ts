/** The retry: when it tries again, how long it waits, when it gives up, and what ends a wait. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  RateLimitedError,
  retry,
  retryBudget,
  TimeoutError,
  type RetryOptions,
} from '../../../lib/breaker/index.ts';
import { BUG, callTimes, failsFirst, gaps, listenersOf, never, outcome, RESET } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const fail = () => Promise.reject(RESET);
const SCHEDULES: readonly [title: string, options: RetryOptions, waits: readonly number[]][] = [
  ['three attempts by default', {}, [100, 200]],
  ['doubles at each attempt', { attempts: 5 }, [100, 200, 400, 800]],
  ['is capped', { attempts: 8 }, [100, 200, 400, 800, 1_600, 3_200, 5_000]],
  ['has its own numbers', { attempts: 4, delay: 10, factor: 3, maxDelay: 50 }, [10, 30, 50]],
  ['may be constant', { attempts: 4, delay: 10, factor: 1 }, [10, 10, 10]],
  ['may begin at the cap', { attempts: 3, delay: 90, maxDelay: 50 }, [50, 50]],
  ['may be one attempt', { attempts: 1 }, []],
];

describe('the waits', () => {
  test.each(SCHEDULES)('%s', async (_title, options, waits) => {
    const policy = retry({ ...options, jitter: false });
    expect(gaps(await callTimes(policy, fail))).toEqual(waits);
  });

  test('are drawn from 0 to their bound', async () => {
    const policy = (random: number) => retry({ attempts: 5, random: () => random });
    expect(gaps(await callTimes(policy(0.5), fail))).toEqual([50, 100, 200, 400]);
    expect(gaps(await callTimes(policy(0.99), fail))).toEqual([99, 198, 396, 792]);
  });

  test('stay within their bounds whatever is drawn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          attempts: fc.integer({ min: 1, max: 100 }),
          delay: fc.integer({ min: 0, max: 10_000 }),
          maxDelay: fc.integer({ min: 0, max: 10_000 }),
          factor: fc.constantFrom(1, 1.5, 2, 1_000),
        }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        async (options, draws) => {
          const waits: number[] = [];
          const policy = retry({
            ...options,
            random: () => draws.next().value,
            onRetry: ({ attempt, delayMs }) => waits.splice(attempt - 2, 0, delayMs),
          });
          const times = await callTimes(policy, fail);
          expect(times).toHaveLength(options.attempts);
          expect(waits).toHaveLength(options.attempts - 1);
          let bound = options.delay;
          for (const wait of waits) {
            expect(wait).toBeGreaterThanOrEqual(0);
            expect(wait).toBeLessThanOrEqual(Math.min(bound, options.maxDelay) * (1 + 1e-9));
            bound *= options.factor;
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('an attempt', () => {
  test('knows its number, and the first that succeeds answers', async () => {
    const fn = failsFirst(2);
    const call = retry().execute(fn);
    await vi.runAllTimersAsync();
    expect(await call).toBe(3);
    expect(fn.mock.calls.map(([{ attempt }]) => attempt)).toEqual([1, 2, 3]);
  });

  test('of a retry inside another one is counted from 1 again', async () => {
    const attempts: number[] = [];
    const [outer, inner] = [retry({ attempts: 2 }), retry({ attempts: 2 })];
    const call = outcome(
      outer.execute((context) =>
        inner.execute(({ attempt }) => {
          attempts.push(attempt);
          throw RESET;
        }, context),
      ),
    );
    await vi.runAllTimersAsync();
    expect(await call).toEqual({ error: RESET });
    expect(attempts).toEqual([1, 2, 1, 2]);
  });

  test('that is the last throws its own error, the same object', async () => {
    const errors = [1, 2, 3].map(() => Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));
    const call = outcome(
      retry().execute(({ attempt }) => {
        throw errors[attempt - 1] ?? BUG;
      }),
    );
    await vi.runAllTimersAsync();
    expect((await call) as { error: unknown }).toHaveProperty('error', errors[2]);
  });

  test('that throws at once is an attempt like any other', async () => {
    const call = retry().execute(({ attempt }) => {
      if (attempt === 1) throw RESET;
      return attempt;
    });
    await vi.runAllTimersAsync();
    expect(await call).toBe(2);
  });
});

const NEVER_RETRIED: readonly [string, unknown][] = [
  ['a refusal of a breaker', new CircuitBreakerOpenError('b')],
  ['a full bulkhead', new BulkheadFullError('b')],
  ['a rate limit', new RateLimitedError('r', { retryAfterMs: 1 })],
  ['an error whose cause is a refusal', new Error('503', { cause: new BulkheadFullError('b') })],
];

describe('what is tried again', () => {
  test.each(NEVER_RETRIED)('not %s, whatever isRetryable says', async (_title, error) => {
    const fn = failsFirst(1, error);
    const policy = retry({ isRetryable: () => true });
    expect(await outcome(policy.execute(fn))).toEqual({ error });
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['a network error', RESET, true],
    ['a time-out', new TimeoutError('the call', 5), true],
    ['a 503', { status: 503 }, true],
    ['a 404', { status: 404 }, false],
    ['an abort of its own', new DOMException('aborted', 'AbortError'), false],
    ['any other error', BUG, false],
    ['what is no error', 'down', false],
  ])('%s by default: %#', async (_title, error, again) => {
    const fn = failsFirst(1, error);
    const call = outcome(retry().execute(fn));
    await vi.runAllTimersAsync();
    expect(await call).toEqual(again ? { value: 2 } : { error });
  });

  test('is what isRetryable says; if it throws, nothing is', async () => {
    const again = retry({ isRetryable: (error) => error === BUG }).execute(failsFirst(1, BUG));
    await vi.runAllTimersAsync();
    expect(await again).toBe(2);
    const thrower = () => {
      throw new Error('in isRetryable');
    };
    await expect(retry({ isRetryable: thrower }).execute(failsFirst(1))).rejects.toBe(RESET);
  });
});

describe('a budget', () => {
  test('that is spent ends the retries of all who share it, with the error itself', async () => {
    const budget = retryBudget({ minimum: 3 });
    const [one, other] = [retry({ attempts: 3, budget }), retry({ attempts: 3, budget })];
    expect(await callTimes(one, fail)).toHaveLength(3);
    expect(await callTimes(other, fail)).toHaveLength(2);
    await expect(one.execute(fail)).rejects.toBe(RESET);
  });

  test('grows with the calls, and not with their attempts', async () => {
    const budget = retryBudget({ minimum: 0, ratio: 1 });
    const policy = retry({ attempts: 9, budget });
    expect(await callTimes(policy, fail)).toHaveLength(2);
    await policy.execute(failsFirst(0));
    expect(await callTimes(policy, fail)).toHaveLength(3);
  });

  test('is not asked about what is not retried anyway', async () => {
    const budget = retryBudget({ minimum: 1 });
    const policy = retry({ attempts: 2, budget });
    await outcome(policy.execute(failsFirst(1, BUG)));
    await outcome(policy.execute(failsFirst(1, { status: 503, retryAfterMs: 60_000 })));
    expect(await callTimes(policy, fail)).toHaveLength(2);
  });
});

describe("the caller's abort", () => {
  test('ends a wait at once with its reason, and leaves neither timer nor listener', async () => {
    const caller = new AbortController();
    const fn = failsFirst(9);
    const call = outcome(retry({ delay: 1_000, jitter: false }).execute(fn, caller));
    await vi.advanceTimersByTimeAsync(500);
    expect(vi.getTimerCount()).toBe(1);
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    expect(vi.getTimerCount()).toBe(0);
    expect(listenersOf(caller.signal)).toBe(0);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test('ends an attempt that does not look at its signal', async () => {
    const caller = new AbortController();
    const call = outcome(retry().execute(never, { signal: caller.signal }));
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    expect(listenersOf(caller.signal)).toBe(0);
  });

  test('before the call keeps fn from being called', async () => {
    const fn = failsFirst(0);
    await expect(retry().execute(fn, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
    expect(fn).not.toHaveBeenCalled();
  });

  test('is not tried again after, even if its reason is a time-out', async () => {
    const onRetry = vi.fn();
    const caller = new AbortController();
    const reason = new DOMException('too late', 'TimeoutError');
    const call = outcome(retry({ onRetry }).execute(never, caller));
    caller.abort(reason);
    await vi.advanceTimersByTimeAsync(0);
    expect(await call).toEqual({ error: reason });
    expect(onRetry).not.toHaveBeenCalled();
  });

  test('from within onRetry ends the wait before it begins', async () => {
    const caller = new AbortController();
    const policy = retry({ onRetry: () => caller.abort('gone') });
    expect(await outcome(policy.execute(failsFirst(1), caller))).toEqual({ error: 'gone' });
    expect(vi.getTimerCount()).toBe(0);
    expect(listenersOf(caller.signal)).toBe(0);
  });

  test('reaches the signal of the attempt', async () => {
    const caller = new AbortController();
    let seen: AbortSignal | undefined;
    const call = outcome(
      retry().execute(
        ({ signal }) => {
          seen = signal;
          return never();
        },
        { signal: caller.signal },
      ),
    );
    caller.abort('gone');
    await call;
    expect(seen?.reason).toBe('gone');
  });

  test('that never comes leaves no listener, whatever the attempts end with', async () => {
    const { signal } = new AbortController();
    for (const times of [0, 1, 9]) {
      const call = outcome(retry().execute(failsFirst(times), { signal }));
      await vi.runAllTimersAsync();
      await call;
      expect(listenersOf(signal)).toBe(0);
    }
  });
});

test('a wait keeps the process alive, because somebody waits for it as work', async () => {
  vi.useRealTimers();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const caller = new AbortController();
  const call = outcome(retry({ delay: 60_000, maxDelay: 60_000 }).execute(fail, caller));
  await new Promise(setImmediate);
  expect(timers()).toBe(before + 1);
  caller.abort('gone');
  await call;
  expect(timers()).toBe(before);
});
