/** The hedge: when a second try begins, which answer wins, what becomes of the other, and what it costs. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CircuitBreaker,
  hedge,
  isTransient,
  pipeline,
  retryBudget,
  timeout,
} from '../../../lib/breaker/index.ts';
import { BUG, listenersOf, never, outcome, RESET } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A function whose tries end when they are told. */
function tries() {
  const begun: (PromiseWithResolvers<string> & { readonly signal: AbortSignal })[] = [];
  const fn = ({ signal }: { readonly signal: AbortSignal }) => {
    const end = Promise.withResolvers<string>();
    begun.push({ ...end, signal });
    return end.promise;
  };
  return { begun, fn };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

describe('a call', () => {
  test('that is quick has one try and leaves no timer', async () => {
    const fn = vi.fn(async () => 1);
    expect(await hedge({ delay: 50 }).execute(fn)).toBe(1);
    expect(fn).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [0, 1],
    [1, 0],
  ])('that is slow has a second try, and try %i may win', async (winner, loser) => {
    const { begun, fn } = tries();
    const call = outcome(hedge({ delay: 50 }).execute(fn));
    await vi.advanceTimersByTimeAsync(49);
    expect(begun).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(2);
    begun[winner]?.resolve('first');
    expect(await call).toEqual({ value: 'first' });
    expect(begun[winner]?.signal.aborted).toBe(false);
    expect(begun[loser]?.signal.reason).toMatchObject({
      name: 'HedgeLostError',
      code: 'HEDGE_LOST',
    });
    begun[loser]?.reject(BUG);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun).toHaveLength(2);
  });

  test('that fails before the second try ends with its error at once', async () => {
    const { begun, fn } = tries();
    const call = outcome(hedge({ delay: 50 }).execute(fn));
    begun[0]?.reject(BUG);
    expect(await call).toEqual({ error: BUG });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('whose one try fails waits for the other', async () => {
    const { begun, fn } = tries();
    const call = outcome(hedge({ delay: 50 }).execute(fn));
    await vi.advanceTimersByTimeAsync(50);
    begun[0]?.reject(BUG);
    await turn();
    begun[1]?.resolve('second');
    expect(await call).toEqual({ value: 'second' });
  });

  test('both of whose tries fail ends with the later error', async () => {
    const { begun, fn } = tries();
    const call = outcome(hedge({ delay: 50 }).execute(fn));
    await vi.advanceTimersByTimeAsync(50);
    begun[1]?.reject(RESET);
    await turn();
    begun[0]?.reject(BUG);
    expect(await call).toEqual({ error: BUG });
  });

  test('throws what fn throws at once', async () => {
    const thrower = () => {
      throw BUG;
    };
    await expect(hedge({ delay: 50 }).execute(thrower)).rejects.toBe(BUG);
  });
});

describe('the budget', () => {
  const slowCalls = async (policy: ReturnType<typeof hedge>, count: number) => {
    const fn = vi.fn(() => new Promise<number>((resolve) => void setTimeout(resolve, 80, 1)));
    for (let call = 0; call < count; call += 1) {
      const answer = policy.execute(fn);
      await vi.advanceTimersByTimeAsync(80);
      await answer;
    }
    return fn.mock.calls.length - count;
  };

  test('is a tenth of the calls, and at least three, by default', async () => {
    expect(await slowCalls(hedge({ delay: 50 }), 20)).toBe(3);
    expect(await slowCalls(hedge({ delay: 50 }), 100)).toBe(10);
  });

  test('may be shared with retries', async () => {
    const budget = retryBudget({ minimum: 1, ratio: 0 });
    expect(await slowCalls(hedge({ delay: 50, budget }), 5)).toBe(1);
    expect(budget.takeRetry()).toBe(false);
  });
});

describe("the caller's abort", () => {
  test('ends the call at once and reaches both tries', async () => {
    const { begun, fn } = tries();
    const caller = new AbortController();
    const call = outcome(hedge({ delay: 50 }).execute(fn, { signal: caller.signal }));
    await vi.advanceTimersByTimeAsync(50);
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    expect(begun.map(({ signal }) => signal.reason as unknown)).toEqual(['gone', 'gone']);
    expect(listenersOf(caller.signal)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('before the call keeps fn from being called', async () => {
    const fn = vi.fn();
    const call = hedge({ delay: 50 }).execute(fn, { signal: AbortSignal.abort('gone') });
    await expect(call).rejects.toBe('gone');
    expect(fn).not.toHaveBeenCalled();
  });

  test('before the second try keeps it from beginning', async () => {
    const { begun, fn } = tries();
    const caller = new AbortController();
    const call = outcome(hedge({ delay: 50 }).execute(fn, caller));
    caller.abort('gone');
    await call;
    await vi.advanceTimersByTimeAsync(100);
    expect(begun).toHaveLength(1);
  });
});

test('the loser counts nowhere in a breaker inside, and is no transient error', async () => {
  const breaker = new CircuitBreaker({ timeout: false });
  const { begun, fn } = tries();
  const call = pipeline(hedge({ delay: 50 }), breaker).execute(fn);
  await vi.advanceTimersByTimeAsync(50);
  begun[1]?.resolve('won');
  expect(await call).toBe('won');
  await turn();
  expect(breaker.getStats()).toMatchObject({ successCount: 1, failureCount: 0 });
  expect(isTransient(begun[0]?.signal.reason)).toBe(false);
});

test('a time limit around it ends both tries', async () => {
  const { begun, fn } = tries();
  const call = outcome(pipeline(timeout({ timeout: 80 }), hedge({ delay: 50 })).execute(fn));
  await vi.advanceTimersByTimeAsync(80);
  expect(await call).toMatchObject({ error: { code: 'TIMEOUT' } });
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, true]);
});

test('every call ends once, whatever the tries do, and leaves neither timer nor listener', async () => {
  const step = fc.constantFrom('resolve0', 'resolve1', 'reject0', 'reject1', 'wait', 'abort');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { begun, fn } = tries();
      const caller = new AbortController();
      const over = vi.fn();
      const call = outcome(hedge({ delay: 50 }).execute(fn, caller)).then(over);
      for (const what of steps) {
        const end = begun[Number(what.at(-1))];
        if (what.startsWith('resolve')) end?.resolve('x');
        if (what.startsWith('reject')) end?.reject(BUG);
        if (what === 'abort') caller.abort('gone');
        await vi.advanceTimersByTimeAsync(what === 'wait' ? 50 : 0);
        expect(begun.length).toBeLessThanOrEqual(2);
      }
      caller.abort('gone');
      await call;
      expect(over).toHaveBeenCalledTimes(1);
      expect(vi.getTimerCount()).toBe(0);
      expect(listenersOf(caller.signal)).toBe(0);
    }),
  );
});

test('a hung try that ignores its signal holds up nobody', async () => {
  let calls = 0;
  const call = hedge({ delay: 50 }).execute(() => {
    calls += 1;
    return calls === 1 ? never() : 'second';
  });
  await vi.advanceTimersByTimeAsync(50);
  expect(await call).toBe('second');
});
