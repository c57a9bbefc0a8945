/** The options of the companions are validated once: ranges, and the nearest name of an unknown one. */
import { describe, expect, test } from 'vitest';
import {
  BreakerOptionsError,
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  openForRetryAfter,
  pipeline,
  rateLimiter,
  retry,
  retryBudget,
  timeout,
} from '../../../lib/breaker/index.ts';

type Make = (options: never) => unknown;

const REFUSED: readonly [make: Make, options: unknown, message: string][] = [
  [retry, { atempts: 3 }, 'got atempts; did you mean attempts?'],
  [retry, 3, 'expected the options of retry to be an object, got 3'],
  [retry, { attempts: 0 }, 'attempts to be an integer from 1 to 100, got 0'],
  [retry, { attempts: 101 }, 'attempts to be an integer from 1 to 100, got 101'],
  [retry, { delay: -1 }, 'delay to be a number from 0 to 2,147,483,647, got -1'],
  [retry, { maxDelay: 2 ** 31 }, 'maxDelay to be a number from 0 to 2,147,483,647'],
  [retry, { factor: 0.5 }, 'factor to be a number from 1 to 1,000, got 0.5'],
  [retry, { jitter: 'full' }, "jitter to be true or false, got 'full'"],
  [retry, { isRetryable: true }, 'isRetryable to be a function, got true'],
  [retry, { budget: {} }, 'budget to be made by retryBudget'],
  [retry, { random: 1 }, 'random to be a function'],
  [retry, { onRetry: 1 }, 'onRetry to be a function'],
  [retry, { onGiveUp: 1 }, 'onGiveUp to be a function'],
  [retry, { retryOn: { errors: () => true } }, 'got errors; did you mean error?'],
  [retry, { retryOn: { result: 503 } }, 'result to be a function, got 503'],
  [retry, { retryOn: () => true }, 'expected retryOn to be an object'],
  [
    retry,
    { retryOn: { error: () => true }, isRetryable: () => true },
    'isRetryable to be absent beside retryOn',
  ],
  [retryBudget, { rate: 1 }, 'got rate; did you mean ratio?'],
  [retryBudget, { ratio: 20 }, 'ratio to be a number from 0 to 1, got 20'],
  [retryBudget, { minimum: 0.5 }, 'minimum to be an integer from 0'],
  [retryBudget, { window: 0 }, 'window to be a number from 1'],
  [timeout, { timeouts: 1 }, 'got timeouts; did you mean timeout?'],
  [timeout, { timeout: 0 }, 'timeout to be a number from 1 to 2,147,483,647, got 0'],
  [timeout, { timeout: 2 ** 31 }, 'timeout to be a number from 1'],
  [timeout, { unref: 1 }, 'unref to be true or false, got 1'],
  [hedge, {}, 'delay to be a number from 0 to 2,147,483,647, got undefined'],
  [hedge, { delay: 5, budget: {} }, 'budget to be made by retryBudget'],
  [hedge, { delay: 5, attempts: 3 }, 'expected the options of hedge to be of delay, budget, got'],
  [openForRetryAfter, { otherwise: '1' }, 'otherwise to be a number from 0 to'],
  [openForRetryAfter, { max: 5 }, 'did you mean maxDelay?'],
  [openForRetryAfter, 5, 'expected the options of openForRetryAfter to be an object'],
  [bulkhead, 5, 'expected the options of bulkhead to be an object'],
  [rateLimiter, 5, 'expected the options of rateLimiter to be an object'],
  [retryBudget, 5, 'expected the options of retryBudget to be an object'],
  [timeout, 5, 'expected the options of timeout to be an object'],
  [bulkhead, { concurrency: 1, maxWait: -1 }, 'maxWait to be a number from 0'],
  [rateLimiter, { tokens: 1, maxWait: Infinity }, 'maxWait to be a number from 0'],
  [bulkhead, {}, 'concurrency to be an integer from 1 to 1,000,000, got undefined'],
  [bulkhead, { concurrency: 1.5 }, 'concurrency to be an integer'],
  [bulkhead, { concurrency: 1, queue: -1 }, 'queue to be an integer from 0 to 1,000,000, got -1'],
  [bulkhead, { concurrency: 1, name: '' }, 'name to be a string that is not empty'],
  [rateLimiter, {}, 'tokens to be an integer from 1'],
  [rateLimiter, { tokens: 1, per: 0 }, 'per to be a number above 0'],
  [rateLimiter, { tokens: 1, open: 1 }, 'expected a breaker beside halfOpen and open, got none'],
  [rateLimiter, { tokens: 1, halfOpen: 0 }, 'expected a breaker beside halfOpen and open'],
  [rateLimiter, { tokens: 1, breaker: {} }, 'breaker to be a circuit breaker'],
  [rateLimiter, { tokens: 1, breaker: new CircuitBreaker(), open: -1 }, 'open to be an integer'],
  [fallback, 'none', "answer to be a function, got 'none'"],
  [fallback, undefined, 'answer to be a function, got undefined'],
  [pipeline, undefined, 'expected every policy to be an object with a function execute, got'],
  [pipeline, {}, 'expected every policy to be an object with a function execute'],
];

describe('options', () => {
  test.each(REFUSED)('%o with %o is refused: %s', (make, options, message) => {
    const making = () => make(options as never);
    expect(making).toThrow(BreakerOptionsError);
    expect(making).toThrow(message);
  });

  test('a pipeline takes 1 to 32 policies', () => {
    const many = (count: number) => () =>
      pipeline(...(Array.from({ length: count }, () => timeout()) as [ReturnType<typeof timeout>]));
    expect(many(0)).toThrow('expected a pipeline of 1 to 32 policies, got 0');
    expect(many(33)).toThrow('expected a pipeline of 1 to 32 policies, got 33');
    expect(many(32)).not.toThrow();
  });

  test('undefined is as good as absent', async () => {
    const none = { attempts: undefined, budget: undefined, timeout: undefined, name: undefined };
    const { attempts, budget, timeout: limit, name } = none;
    const policy = pipeline(
      retry({ attempts, budget } as object),
      timeout({ timeout: limit } as object),
      bulkhead({ concurrency: 1, name } as { concurrency: number }),
    );
    expect(await policy.execute(() => 1)).toBe(1);
  });
});
