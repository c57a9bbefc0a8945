/** Each error by its name, code and words, and what it keeps; and how long an exponential open time is. */
import { describe, expect, onTestFinished, test } from 'vitest';
import * as errors from '../../lib/breaker/errors.ts';
import { exponential } from '../../lib/breaker/index.ts';

describe('an error', () => {
  const cause = new Error('why');

  test.each<[errors.BreakerError, string, string, string]>([
    [
      new errors.CircuitBreakerOpenError('a'),
      'CircuitBreakerOpenError',
      'CIRCUIT_OPEN',
      'expected circuit breaker a to let the call through, but it refused',
    ],
    [
      new errors.CircuitBreakerOpenError('a', { retryAfterMs: 1.2 }),
      'CircuitBreakerOpenError',
      'CIRCUIT_OPEN',
      'expected circuit breaker a to let the call through, but it refused; 2 ms left',
    ],
    [
      new errors.TimeoutError('it', 9),
      'TimeoutError',
      'TIMEOUT',
      'expected it to settle within 9 ms, but it did not',
    ],
    [
      new errors.BulkheadFullError('b'),
      'BulkheadFullError',
      'BULKHEAD_FULL',
      'expected bulkhead b to have room, but it is full',
    ],
    [
      new errors.RateLimitedError('r'),
      'RateLimitedError',
      'RATE_LIMITED',
      'expected rate limiter r to have a token, but it has none',
    ],
    [
      new errors.HedgeLostError(),
      'HedgeLostError',
      'HEDGE_LOST',
      'expected this try to answer first, but another one did',
    ],
    [
      new errors.FailedResultError('a', 7),
      'FailedResultError',
      'FAILED_RESULT',
      'expected the result of a call through a not to be a failure, but it counts as one',
    ],
    [new errors.BreakerOptionsError('no'), 'BreakerOptionsError', 'BREAKER_OPTIONS_INVALID', 'no'],
  ])('%s says its name, code and words', (error, name, code, message) => {
    expect({ name: error.name, code: error.code, message: error.message }).toEqual({
      name,
      code,
      message,
    });
    expect(error).toBeInstanceOf(errors.BreakerError);
    expect('cause' in error).toBe(false);
  });

  test('keeps what it was given', () => {
    const open = new errors.CircuitBreakerOpenError('a', {
      cause,
      retryAfterMs: 5,
      state: 'HALF_OPEN',
    });
    expect(open).toMatchObject({ cause, retryAfterMs: 5, state: 'HALF_OPEN', breaker: 'a' });
    expect(new errors.CircuitBreakerOpenError('a')).toMatchObject({
      retryAfterMs: null,
      state: 'OPEN',
    });
    expect(new errors.TimeoutError('it', 9, { cause })).toMatchObject({ cause, timeoutMs: 9 });
    expect(new errors.FailedResultError('a', 7).result).toBe(7);
    for (const error of [
      new errors.BulkheadFullError('b', { cause, retryAfterMs: 5 }),
      new errors.RateLimitedError('r', { cause, retryAfterMs: 5 }),
      new errors.HedgeLostError({ cause, retryAfterMs: 5 }),
    ]) {
      expect(error).toMatchObject({ cause, retryAfterMs: 5 });
    }
    expect('cause' in new errors.HedgeLostError({ cause: undefined })).toBe(true);
  });

  test('has a stack where nobody may set their limit', () => {
    const { stackTraceLimit: value } = Error;
    onTestFinished(() => {
      Object.defineProperty(Error, 'stackTraceLimit', { value, writable: true });
    });
    Object.defineProperty(Error, 'stackTraceLimit', { value, writable: false });
    expect(errors.stackless(() => cause)).toBe(cause);
  });

  test('without a stack leaves the limit of stacks as it was, whatever its making does', () => {
    const { stackTraceLimit } = Error;
    onTestFinished(() => {
      Error.stackTraceLimit = stackTraceLimit;
    });
    Error.stackTraceLimit = 7;
    expect(errors.stackless(() => new Error('short')).stack).toBe('Error: short');
    const make = () => {
      throw cause;
    };
    expect(() => errors.stackless(make)).toThrow(cause);
    expect(Error.stackTraceLimit).toBe(7);
  });
});

describe('an exponential open time', () => {
  test.each([
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [6, 16_000],
    [7, 30_000],
    [60, 30_000],
  ])('after %i openings is half of its bound: %i ms', (openings, ms) => {
    expect(exponential({ random: () => 0.5 })(openings)).toBe(ms);
  });

  test('takes its numbers, and draws by itself', () => {
    const given = { delay: 10, maxDelay: 50, factor: 3, random: () => 0.5 };
    expect([1, 2, 3].map(exponential(given))).toEqual([5, 15, 25]);
    const drawn = exponential({ delay: 10 })(1);
    expect(drawn).toBeGreaterThanOrEqual(0);
    expect(drawn).toBeLessThan(10);
    expect(exponential({ delay: 10, maxDelay: 10, random: () => 1 })(1)).toBe(10);
  });

  test.each<[object, string]>([
    [{ delay: 0 }, 'expected delay to be a number above 0'],
    [{ maxDelay: 0 }, 'expected maxDelay to be a number above 0'],
    [{ factor: 0.9 }, 'expected factor to be a number from 1 to 1,000'],
    [{ factor: 1_001 }, 'factor'],
    [{ random: 1 }, 'expected random to be a function'],
    [{ dely: 1 }, 'expected the options of exponential to be of delay'],
    [{ delay: 2, maxDelay: 1 }, 'expected maxDelay to be at least delay, 2, got 1'],
  ])('refuses %j: %s', (options, words) => {
    expect(() => exponential(options)).toThrow(words);
  });
});
