/** The retry in the words of the Go service: its table of waits, and what ends it. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CircuitBreakerOpenError, retryWithBackoff } from '../../../lib/entries/utils.ts';
import { DOWN } from '../given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** When each attempt began, in milliseconds, of an operation that always fails. */
async function begins(config: Parameters<typeof retryWithBackoff>[0]): Promise<readonly number[]> {
  const from = performance.now();
  const at: number[] = [];
  const call = retryWithBackoff(config, async () => {
    at.push(Math.round(performance.now() - from));
    throw DOWN;
  });
  const last = call.catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  expect(await last).toBe(DOWN);
  return at;
}

const waits = (at: readonly number[]) => at.slice(1).map((ms, index) => ms - (at[index] ?? 0));

describe('the waits', () => {
  test.each([
    ['by default', {}, [100, 200]],
    ['of five attempts', { maxAttempts: 5 }, [100, 200, 400, 800]],
    ['up to maxDelay', { maxAttempts: 5, maxDelay: 300 }, [100, 200, 300, 300]],
    ['with another factor', { maxAttempts: 4, initialDelay: 10, backoffFactor: 3 }, [10, 30, 90]],
    ['of one attempt', { maxAttempts: 1 }, []],
  ])('%s', async (_title, config, expected) => {
    expect(waits(await begins(config))).toEqual(expected);
  });

  test('never exceed 5 s by default', async () => {
    expect(waits(await begins({ maxAttempts: 9 })).slice(-3)).toEqual([3_200, 5_000, 5_000]);
  });
});

describe('it ends', () => {
  test('with the first success', async () => {
    let calls = 0;
    const call = retryWithBackoff({}, async () => {
      calls += 1;
      if (calls < 3) throw DOWN;
      return `success ${calls}`;
    });
    await vi.runAllTimersAsync();
    expect(await call).toBe('success 3');
  });

  test('at once with a refusal, which no wait of this kind mends', async () => {
    const operation = vi.fn(() => Promise.reject(new CircuitBreakerOpenError('db')));
    await expect(retryWithBackoff({}, operation)).rejects.toBeInstanceOf(CircuitBreakerOpenError);
    expect(operation).toHaveBeenCalledTimes(1);
  });

  test('at once with an error that isRetryable does not take', async () => {
    const operation = vi.fn(() => Promise.reject(DOWN));
    const config = { isRetryable: (error: unknown) => error !== DOWN };
    await expect(retryWithBackoff(config, operation)).rejects.toBe(DOWN);
    expect(operation).toHaveBeenCalledTimes(1);
  });

  test('in a wait with the reason of the signal', async () => {
    const controller = new AbortController();
    const operation = vi.fn(() => Promise.reject(DOWN));
    const call = retryWithBackoff({}, operation, controller.signal);
    const last = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    controller.abort('cancelled');
    expect(await last).toBe('cancelled');
    expect(operation).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [{ maxAttempt: 3 }, 'got maxAttempt; did you mean maxAttempts?'],
    [{ maxAttempts: 0 }, 'expected maxAttempts to be an integer from 1 to 100, got 0'],
    [{ initialDelay: -1 }, 'expected initialDelay to be a number from 0'],
    [{ maxDelay: Infinity }, 'expected maxDelay to be a number from 0'],
    [{ backoffFactor: 0 }, 'expected backoffFactor to be a number from 1 to 1,000, got 0'],
  ])('before the first attempt with %j', async (config, message) => {
    const operation = vi.fn();
    await expect(retryWithBackoff(config as never, operation)).rejects.toThrow(message);
    expect(operation).not.toHaveBeenCalled();
  });
});
