/** What ten thousand breakers and a million calls leave behind: no heap, no timer, no listener. */
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CircuitBreaker } from '../../lib/breaker/index.ts';
import { DOWN } from './given.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const ok = async (): Promise<number> => 1;
const down = async (): Promise<never> => {
  throw DOWN;
};

async function used(): Promise<CircuitBreaker> {
  const breaker = new CircuitBreaker({ name: 'leaks', timeout: false });
  await breaker.execute(ok);
  await breaker.tryExecute(down);
  return breaker;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('memory', () => {
  test('a breaker takes at most 1,280 bytes after one success and one failure', async () => {
    const kept: CircuitBreaker[] = [];
    for (let warm = 0; warm < 500; warm += 1) await used();
    const before = heapBytes();
    for (let made = 0; made < 10_000; made += 1) {
      const breaker = new CircuitBreaker({ name: 'leaks', timeout: false });
      await breaker.execute(ok);
      await breaker.execute(down).catch(() => {});
      kept.push(breaker);
    }
    expect((heapBytes() - before) / kept.length).toBeLessThanOrEqual(1_280);
  });

  test.each([false, 30_000] as const)(
    'a million calls with timeout %s leave no heap behind',
    async (timeout) => {
      const calls = timeout === false ? 1_000_000 : 100_000;
      const breaker = new CircuitBreaker({ name: 'leaks', timeout });
      for (let warm = 0; warm < 20_000; warm += 1) await breaker.execute(ok);
      const before = heapBytes();
      for (let done = 0; done < calls; done += 1) await breaker.execute(ok);
      // A byte in ten calls would be a leak of a megabyte in ten million.
      expect((heapBytes() - before) / calls).toBeLessThan(1);
    },
  );

  test('ten thousand openings leave no heap behind', async () => {
    const clock = { nowMs: 0 };
    const breaker = new CircuitBreaker({
      timeout: false,
      trip: 'consecutive',
      failureThreshold: 1,
      minimumRequests: 0,
      resetTimeout: 1,
      clock: () => clock.nowMs,
    });
    const cycle = async () => {
      await breaker.tryExecute(down);
      await breaker.tryExecute(ok);
      clock.nowMs += 1;
      await breaker.tryExecute(ok);
    };
    for (let warm = 0; warm < 2_000; warm += 1) await cycle();
    const rounds: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const before = heapBytes();
      for (let done = 0; done < 2_000; done += 1) await cycle();
      rounds.push((heapBytes() - before) / 2_000);
    }
    // The smallest thing an opening could leave, a probe, takes 32 bytes, and takes them in every
    // round; the engine's own, such as compiled code, comes in some.
    const [, , median] = rounds.toSorted((one, other) => one - other);
    expect(median).toBeLessThan(24);
  });
});

test('ten thousand calls leave no timer behind, whether they settle or are aborted', async () => {
  vi.useFakeTimers();
  const breaker = new CircuitBreaker({ name: 'leaks', minimumRequests: 1_000_000 });
  const caller = new AbortController();
  const hanging = Array.from({ length: 100 }, () =>
    breaker.tryExecute(() => new Promise(() => {}), { signal: caller.signal }),
  );
  for (let done = 0; done < 10_000; done += 1) {
    await breaker.tryExecute(done % 2 === 0 ? ok : down, { signal: caller.signal });
  }
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(100);
  expect(vi.getTimerCount()).toBe(100);
  caller.abort('gone');
  await Promise.all(hanging);
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('a breaker has no timer of its own, also while it is open', async () => {
  vi.useFakeTimers();
  const breaker = await used();
  breaker.open({ forMs: 10 });
  expect(vi.getTimerCount()).toBe(0);
});
