/** The fallback as a policy: what it answers, what it does not, and what it is told. */
import { describe, expect, test, vi } from 'vitest';
import { CircuitBreakerOpenError, fallback } from '../../../lib/breaker/index.ts';
import { BUG, listenersOf, never, outcome } from './given.ts';

describe('a fallback', () => {
  test('answers what fn throws, now or later, with the error and a context', async () => {
    const answer = vi.fn((error: unknown) => [error]);
    const policy = fallback(answer);
    const thrower = () => {
      throw BUG;
    };
    expect(await policy.execute(thrower)).toEqual([BUG]);
    expect(await policy.execute(() => Promise.reject(BUG))).toEqual([BUG]);
    expect(answer).toHaveBeenCalledWith(
      BUG,
      expect.objectContaining({ signal: expect.any(AbortSignal) as unknown, attempt: 1 }),
    );
  });

  test('is not asked about a success', async () => {
    const answer = vi.fn();
    expect(await fallback(answer).execute(() => 1)).toBe(1);
    expect(answer).not.toHaveBeenCalled();
  });

  test.each([false, true])(
    'that throws (later: %s) gives its very error, on which nobody writes',
    async (later) => {
      const own = new Error('no copy either');
      const refusal = new CircuitBreakerOpenError('b');
      const policy = fallback(() => {
        if (later) return Promise.reject(own);
        throw own;
      });
      await expect(policy.execute(() => Promise.reject(refusal))).rejects.toBe(own);
      expect(own).not.toHaveProperty('cause');
    },
  );

  test("answers no caller's abort", async () => {
    const answer = vi.fn();
    const caller = new AbortController();
    const call = outcome(fallback(answer).execute(never, caller));
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    const before = fallback(answer).execute(never, { signal: caller.signal });
    expect(await outcome(before)).toEqual({ error: 'gone' });
    expect(answer).not.toHaveBeenCalled();
    expect(listenersOf(caller.signal)).toBe(0);
  });

  test("that runs is ended by the caller's abort, whose reason gets no cause", async () => {
    const reason = new Error('gone');
    const caller = new AbortController();
    const asked = Promise.withResolvers<AbortSignal>();
    const policy = fallback((_error, { signal }) => {
      asked.resolve(signal);
      return never();
    });
    const call = outcome(policy.execute(() => Promise.reject(BUG), caller));
    const signal = await asked.promise;
    caller.abort(reason);
    expect(await call).toEqual({ error: reason });
    expect('cause' in reason).toBe(false);
    expect(signal.aborted).toBe(true);
    expect(listenersOf(caller.signal)).toBe(0);
  });
});
