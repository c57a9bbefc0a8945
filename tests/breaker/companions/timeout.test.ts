/** The time limit: it ends a call in time, whatever fn does, and leaves nothing behind. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { timeout, TimeoutError } from '../../../lib/breaker/index.ts';
import { BUG, listenersOf, never, outcome } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a call whose time is up', () => {
  test('rejects with TimeoutError even if fn ignores its signal', async () => {
    const call = outcome(timeout({ timeout: 50 }).execute(never));
    await vi.advanceTimersByTimeAsync(50);
    expect(await call).toMatchObject({
      error: {
        name: 'TimeoutError',
        code: 'TIMEOUT',
        timeoutMs: 50,
        message: 'expected the call to settle within 50 ms, but it did not',
      },
    });
  });

  test('aborts the signal of its context with that error', async () => {
    let seen: AbortSignal | undefined;
    const call = outcome(
      timeout({ timeout: 50 }).execute(({ signal }) => {
        seen = signal;
        return never();
      }),
    );
    await vi.advanceTimersByTimeAsync(50);
    expect(await call).toEqual({ error: seen?.reason as unknown });
    expect(seen?.reason).toBeInstanceOf(TimeoutError);
  });

  test('is not changed by what fn does later', async () => {
    const late = Promise.withResolvers();
    const call = outcome(timeout({ timeout: 50 }).execute(() => late.promise));
    await vi.advanceTimersByTimeAsync(50);
    late.reject(BUG);
    expect(await call).toMatchObject({ error: { code: 'TIMEOUT' } });
  });

  test.each([0, 1, 7, 49])('ends at its own time, begun %i ms after another', async (laterMs) => {
    const policy = timeout({ timeout: 50 });
    const ends: number[] = [];
    const begin = () => policy.execute(never).catch(() => ends.push(performance.now()));
    const fromMs = performance.now();
    void begin();
    await vi.advanceTimersByTimeAsync(laterMs);
    const beganMs = performance.now();
    void begin();
    await vi.advanceTimersByTimeAsync(200);
    const [first = Number.NaN, second = Number.NaN] = ends;
    expect(ends).toHaveLength(2);
    expect(first - fromMs).toBe(50);
    expect(second - beganMs).toBe(50);
  });

  test('may begin another one at its abort', async () => {
    const policy = timeout({ timeout: 50 });
    let begun = 0;
    const begin = (): void => {
      begun += 1;
      void outcome(
        policy.execute(({ signal }) => {
          signal.addEventListener('abort', begin);
          return never();
        }),
      );
    };
    for (let call = 0; call < 10; call += 1) begin();
    await vi.advanceTimersByTimeAsync(500);
    expect(begun).toBe(110);
    expect(vi.getTimerCount()).toBe(10);
  });
});

describe('a call that ends in time', () => {
  test('gives what fn gives, and its signal is not aborted', async () => {
    let seen: AbortSignal | undefined;
    const policy = timeout({ timeout: 50 });
    const fn = async ({ signal }: { readonly signal: AbortSignal }) => {
      seen = signal;
      return 7;
    };
    expect(await policy.execute(fn)).toBe(7);
    await expect(policy.execute(() => Promise.reject(BUG))).rejects.toBe(BUG);
    await vi.advanceTimersByTimeAsync(500);
    expect(seen?.aborted).toBe(false);
  });

  test('leaves no timer', async () => {
    const policy = timeout({ timeout: 50 });
    for (let call = 0; call < 1_000; call += 1) await policy.execute(() => call);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('holds up no other', async () => {
    const policy = timeout({ timeout: 50 });
    const hung = outcome(policy.execute(never));
    for (let step = 0; step < 49; step += 1) {
      await vi.advanceTimersByTimeAsync(1);
      await policy.execute(() => 1);
    }
    const ended = vi.fn();
    void hung.then(ended);
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

describe("the caller's abort", () => {
  test('ends the call at once, reaches fn, and leaves no listener', async () => {
    const caller = new AbortController();
    let seen: AbortSignal | undefined;
    const call = outcome(
      timeout({ timeout: 50 }).execute(
        ({ signal }) => {
          seen = signal;
          return never();
        },
        { signal: caller.signal },
      ),
    );
    expect(listenersOf(caller.signal)).toBe(1);
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    expect(seen?.reason).toBe('gone');
    expect(listenersOf(caller.signal)).toBe(0);
  });

  test('before the call keeps fn from being called', async () => {
    const fn = vi.fn();
    await expect(timeout().execute(fn, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
    expect(fn).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no listener after an end of any other kind', async () => {
    const { signal } = new AbortController();
    const policy = timeout({ timeout: 50 });
    await policy.execute(() => 1, { signal });
    await outcome(policy.execute(() => Promise.reject(BUG), { signal }));
    const late = outcome(policy.execute(never, { signal }));
    await vi.advanceTimersByTimeAsync(50);
    await late;
    expect(listenersOf(signal)).toBe(0);
  });
});

test.each([
  [{}, 1],
  [{ unref: false }, 1],
  [{ unref: true }, 0],
])('with %j its timer keeps the process alive: %i', async (options, kept) => {
  vi.useRealTimers();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const { promise, resolve } = Promise.withResolvers<number>();
  const call = timeout({ timeout: 60_000, ...options }).execute(() => promise);
  expect(timers()).toBe(before + kept);
  resolve(1);
  await call;
  expect(timers()).toBe(before);
});
