/** What must hold for every order of policies and every trace of calls, ends, aborts and time. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  bulkhead,
  CircuitBreaker,
  pipeline,
  retry,
  retryBudget,
  timeout,
  type Policy,
} from '../../../lib/breaker/index.ts';
import { BUG, listenersOf, outcome, RESET } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Kind = 'begin' | 'resolve' | 'fail' | 'break' | 'abort' | 'pass';
interface Step {
  readonly kind: Kind;
  readonly pick: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Kind>(
      'begin',
      'begin',
      'begin',
      'resolve',
      'fail',
      'break',
      'abort',
      'pass',
    ),
    pick: fc.nat(60),
  }),
  { maxLength: 50 },
);

/** One of each, so small that every trace meets its limits. */
function given(order: readonly number[]) {
  const breaker = new CircuitBreaker({
    timeout: false,
    trip: 'consecutive',
    failureThreshold: 1,
    minimumRequests: 0,
    resetTimeout: 40,
    halfOpen: { permitted: 1, maxWait: Infinity },
  });
  const places = bulkhead({ concurrency: 1, queue: 1 });
  const budget = retryBudget({ minimum: 2, ratio: 0.5, window: 100 });
  const policies = [
    retry({ attempts: 3, delay: 20, budget }),
    breaker,
    timeout({ timeout: 50 }),
    places,
  ] as const;
  const [first, ...others] = order.map((index) => policies[index]) as [Policy, ...Policy[]];
  return { policy: pipeline(first, ...others), breaker, places };
}

test('every call ends, and no place, permit, timer or listener outlives the calls', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
      steps,
      async (order, trace) => {
        const it = given(order);
        const callers: AbortController[] = [];
        const running: PromiseWithResolvers<number>[] = [];
        const over = vi.fn();
        const begin = () => {
          const caller = new AbortController();
          callers.push(caller);
          const fn = (): Promise<number> => {
            const end = Promise.withResolvers<number>();
            running.push(end);
            return end.promise;
          };
          void outcome(it.policy.execute(fn, { signal: caller.signal })).then(over);
        };
        for (const { kind, pick } of trace) {
          const end = running[pick % running.length];
          if (kind === 'begin') begin();
          if (kind === 'abort') callers[pick % callers.length]?.abort('gone');
          if (kind === 'resolve') end?.resolve(1);
          if (kind === 'fail') end?.reject(RESET);
          if (kind === 'break') end?.reject(BUG);
          await vi.advanceTimersByTimeAsync(kind === 'pass' ? pick : 0);
          expect(it.places.stats.running).toBeLessThanOrEqual(1);
          expect(it.places.stats.queued).toBeLessThanOrEqual(1);
        }
        // With nobody to end them, the time limit ends them all.
        await vi.advanceTimersByTimeAsync(10_000);
        expect(over).toHaveBeenCalledTimes(callers.length);
        expect(it.places.stats).toEqual({ running: 0, queued: 0 });
        expect(vi.getTimerCount()).toBe(0);
        expect(callers.map(({ signal }) => listenersOf(signal))).toEqual(callers.map(() => 0));
        expect(await it.breaker.tryExecute(() => 1)).toEqual({ ok: true, value: 1 });
      },
    ),
    { numRuns: 200 },
  );
});
