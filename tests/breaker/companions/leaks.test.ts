/** What a hundred thousand calls through a pipeline leave behind: no heap, no timer, no listener. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test, vi } from 'vitest';
import {
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  pipeline,
  rateLimiter,
  retry,
  retryBudget,
  timeout,
} from '../../../lib/breaker/index.ts';
import { listenersOf } from './given.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const whole = () =>
  pipeline(
    fallback(() => 2),
    timeout(),
    retry({ budget: retryBudget(), retryOn: { result: () => false } }),
    hedge({ delay: 60_000 }),
    rateLimiter({ tokens: 1_000_000_000, per: 1, maxWait: 1 }),
    new CircuitBreaker({ timeout: false }),
    bulkhead({ concurrency: 1, queue: 1, maxWait: 1 }),
  );
const ok = async (): Promise<number> => 1;

afterEach(() => {
  vi.useRealTimers();
});

test('a hundred thousand calls leave no heap behind', async () => {
  const policy = whole();
  for (let warm = 0; warm < 20_000; warm += 1) await policy.execute(ok);
  const before = heapBytes();
  for (let done = 0; done < 100_000; done += 1) await policy.execute(ok);
  expect((heapBytes() - before) / 100_000).toBeLessThan(1);
});

test('ten thousand calls leave no timer and no listener behind', async () => {
  vi.useFakeTimers();
  const policy = whole();
  const { signal } = new AbortController();
  for (let done = 0; done < 10_000; done += 1) await policy.execute(ok, { signal });
  expect(vi.getTimerCount()).toBe(0);
  expect(listenersOf(signal)).toBe(0);
});
