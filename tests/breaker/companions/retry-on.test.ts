/** What a retry is told of results and tells of itself: retryOn.result, onRetry, onGiveUp. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CircuitBreakerOpenError,
  isRetryableResponse,
  retry,
  retryBudget,
} from '../../../lib/breaker/index.ts';
import { BUG, callTimes, failsFirst, gaps, never, outcome, RESET } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const fail = () => Promise.reject(RESET);

describe('onRetry', () => {
  test('is told of every wait before it begins', async () => {
    const told: unknown[] = [];
    const policy = retry({ jitter: false, onRetry: (event) => told.push(event) });
    await callTimes(policy, fail);
    expect(told).toEqual([
      { attempt: 2, delayMs: 100, error: RESET, result: undefined },
      { attempt: 3, delayMs: 200, error: RESET, result: undefined },
    ]);
  });

  test.each([
    () => {
      throw BUG;
    },
    () => Promise.reject(BUG),
  ])('changes nothing by what it throws or rejects with, which is told once', async (onRetry) => {
    const onListenerError = vi.fn();
    const policy = retry({ onRetry, onListenerError });
    for (let call = 0; call < 2; call += 1) {
      const answer = policy.execute(failsFirst(2));
      await vi.runAllTimersAsync();
      expect(await answer).toBe(3);
    }
    expect(onListenerError.mock.calls).toEqual([[BUG]]);
  });
});

describe('onGiveUp', () => {
  test.each([
    ['no attempt is left', {}, RESET, 'attempts', 3],
    ['the budget is spent', { budget: retryBudget({ minimum: 1, ratio: 0 }) }, RESET, 'budget', 2],
    [
      'the server asks for too long a wait',
      {},
      { status: 503, retryAfterMs: 60_000 },
      'retry-after',
      1,
    ],
  ] as const)('is told once that %s', async (_why, options, error, reason, attempts) => {
    const onGiveUp = vi.fn();
    const policy = retry({ ...options, onGiveUp });
    await callTimes(policy, () => Promise.reject(error));
    expect(onGiveUp.mock.calls).toEqual([[{ attempts, reason, error, result: undefined }]]);
  });

  test('is told nothing where nothing was to be tried again', async () => {
    const onGiveUp = vi.fn();
    const policy = retry({ onGiveUp });
    await callTimes(policy, () => Promise.reject(BUG));
    await callTimes(policy, () => Promise.reject(new CircuitBreakerOpenError('b')));
    await outcome(policy.execute(() => 1));
    const caller = new AbortController();
    const call = outcome(policy.execute(never, caller));
    caller.abort(RESET);
    expect(await call).toEqual({ error: RESET });
    expect(onGiveUp).not.toHaveBeenCalled();
  });
});

describe('retryOn.result', () => {
  const busy = { status: 503 };
  const answers = (...given: readonly unknown[]) => {
    let calls = 0;
    return vi.fn(async () => given[Math.min(calls++, given.length - 1)]);
  };

  test('tries again what the predicate says, and gives the first result that it does not', async () => {
    const fn = answers(busy, busy, 'well');
    const told: unknown[] = [];
    const policy = retry({
      jitter: false,
      retryOn: { result: (result) => result === busy },
      onRetry: (event) => told.push(event),
    });
    const call = policy.execute(fn);
    await vi.runAllTimersAsync();
    expect(await call).toBe('well');
    expect(told).toEqual([
      { attempt: 2, delayMs: 100, error: undefined, result: busy },
      { attempt: 3, delayMs: 200, error: undefined, result: busy },
    ]);
  });

  test('gives the last result where no attempt is left', async () => {
    const onGiveUp = vi.fn();
    const policy = retry({ retryOn: { result: () => true }, onGiveUp });
    const call = policy.execute(answers(1, 2, 3, 4));
    await vi.runAllTimersAsync();
    expect(await call).toBe(3);
    expect(onGiveUp.mock.calls).toEqual([
      [{ attempts: 3, reason: 'attempts', error: undefined, result: 3 }],
    ]);
  });

  test('waits as long as the answer asks, and spends the budget', async () => {
    const asking = { status: 429, headers: { 'retry-after': '2' } };
    const policy = retry({
      jitter: false,
      retryOn: { result: isRetryableResponse },
      budget: retryBudget({ minimum: 1, ratio: 0 }),
    });
    const times = await callTimes(policy, answers(asking));
    expect(gaps(times)).toEqual([2_000]);
  });

  test('leaves errors to retryOn.error', async () => {
    const fn = vi.fn(() => Promise.reject(BUG));
    await outcome(retry({ retryOn: { result: () => true } }).execute(fn));
    expect(fn).toHaveBeenCalledTimes(1);
    const always = retry({ retryOn: { error: () => true }, attempts: 2 });
    expect(await callTimes(always, fn)).toHaveLength(2);
  });

  test.each([() => Promise.resolve(true) as never, () => assertNever()])(
    'that is async or throws says no',
    async (result) => {
      const fn = answers(busy);
      expect(await retry({ retryOn: { result } }).execute(fn)).toBe(busy);
      expect(fn).toHaveBeenCalledTimes(1);
    },
  );

  function assertNever(): never {
    throw BUG;
  }
});
