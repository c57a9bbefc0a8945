/** The rate limiter: a token bucket, and one for each state of a breaker. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rateLimiter, type RateLimiterOptions } from '../../../lib/breaker/index.ts';
import { given as givenBreaker, run } from '../given.ts';
import { listenersOf, never, outcome } from './given.ts';

function given(options: RateLimiterOptions) {
  const clock = { nowMs: 0 };
  const policy = rateLimiter({ clock: () => clock.nowMs, ...options });
  const passes = async (calls: number) => {
    let passed = 0;
    for (let call = 0; call < calls; call += 1) {
      passed += await policy.execute(() => 1).catch(() => 0);
    }
    return passed;
  };
  return { policy, clock, passes };
}

describe('a rate limiter', () => {
  test('lets its tokens through at once, and then as many as time brings', async () => {
    const { clock, passes } = given({ tokens: 5, per: 100 });
    expect(await passes(9)).toBe(5);
    clock.nowMs = 19;
    expect(await passes(9)).toBe(0);
    clock.nowMs = 40;
    expect(await passes(9)).toBe(2);
    clock.nowMs = 1_000;
    expect(await passes(9)).toBe(5);
  });

  test('refuses with the time until there is a token, without calling fn', async () => {
    const { policy, clock } = given({ tokens: 3, per: 1_000, name: 'api' });
    for (let call = 0; call < 3; call += 1) await policy.execute(() => 1);
    clock.nowMs = 100;
    const fn = vi.fn();
    expect(await outcome(policy.execute(fn))).toMatchObject({
      error: {
        name: 'RateLimitedError',
        code: 'RATE_LIMITED',
        retryAfterMs: 234,
        message: 'expected rate limiter api to have a token, but it has none',
      },
    });
    expect(fn).not.toHaveBeenCalled();
    clock.nowMs += 234;
    expect(await policy.execute(() => 1)).toBe(1);
  });

  test('fills nothing while its clock goes back, and loses nothing', async () => {
    const full = given({ tokens: 2, per: 10 });
    full.clock.nowMs = 100;
    expect(await full.passes(1)).toBe(1);
    full.clock.nowMs = 50;
    expect(await full.passes(2)).toBe(1);
    const { clock, passes } = given({ tokens: 1, per: 10 });
    clock.nowMs = 100;
    expect(await passes(1)).toBe(1);
    clock.nowMs = 50;
    expect(await passes(1)).toBe(0);
    clock.nowMs = 100;
    expect(await passes(1)).toBe(0);
    clock.nowMs = 110;
    expect(await passes(1)).toBe(1);
  });

  test('lets at most tokens × (1 + t ÷ per) through in any stretch, and keeps its word', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.nat(60), { maxLength: 100 }),
        async (tokens, per, gaps) => {
          const { policy, clock } = given({ tokens, per });
          const passed: number[] = [];
          let promisedMs = 0;
          for (const gap of gaps) {
            clock.nowMs += gap;
            const error = await policy.execute(() => null).catch((thrown: unknown) => thrown);
            if (error === null) passed.push(clock.nowMs);
            else {
              expect(clock.nowMs).toBeLessThan(promisedMs || Infinity);
              promisedMs = clock.nowMs + (error as { retryAfterMs: number }).retryAfterMs;
              continue;
            }
            promisedMs = 0;
          }
          for (const [first, fromMs] of passed.entries()) {
            for (const [last, toMs] of passed.entries()) {
              if (last < first) continue;
              const most = tokens * (1 + (toMs - fromMs) / per);
              expect(last - first + 1).toBeLessThanOrEqual(most + 1e-9);
            }
          }
        },
      ),
    );
  });

  test("the caller's abort takes no token before, and ends the call later", async () => {
    const { policy } = given({ tokens: 1 });
    await expect(policy.execute(() => 1, { signal: AbortSignal.abort('gone') })).rejects.toBe(
      'gone',
    );
    const caller = new AbortController();
    const call = outcome(policy.execute(never, caller));
    caller.abort('gone');
    expect(await call).toEqual({ error: 'gone' });
    expect(listenersOf(caller.signal)).toBe(0);
  });
});

describe('maxWait', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** When each of so many calls passes, in milliseconds, or 'refused'. */
  const passesAt = async (options: RateLimiterOptions, calls: number) => {
    const policy = rateLimiter(options);
    const fromMs = performance.now();
    const all = Array.from({ length: calls }, () =>
      policy.execute(() => performance.now() - fromMs).catch(() => 'refused'),
    );
    await vi.runAllTimersAsync();
    return Promise.all(all);
  };

  test('lets calls wait for their token, in the order in which they came', async () => {
    const options = { tokens: 2, per: 100, maxWait: 100 };
    expect(await passesAt(options, 5)).toEqual([0, 0, 50, 100, 'refused']);
  });

  test('of a refused call takes no token', async () => {
    const policy = rateLimiter({ tokens: 1, per: 100, maxWait: 100 });
    const calls = [1, 2, 3].map((id) => outcome(policy.execute(() => id)));
    expect(await calls[2]).toMatchObject({ error: { code: 'RATE_LIMITED', retryAfterMs: 200 } });
    await vi.advanceTimersByTimeAsync(100);
    expect(await calls[1]).toEqual({ value: 2 });
    await vi.advanceTimersByTimeAsync(100);
    expect(await policy.execute(() => 4)).toBe(4);
  });

  test("ends with the caller's abort, whose token is spent", async () => {
    const policy = rateLimiter({ tokens: 1, per: 100, maxWait: 500 });
    await policy.execute(() => 1);
    const caller = new AbortController();
    const fn = vi.fn();
    const waiting = outcome(policy.execute(fn, caller));
    caller.abort('gone');
    expect(await waiting).toEqual({ error: 'gone' });
    expect([fn.mock.calls.length, listenersOf(caller.signal), vi.getTimerCount()]).toEqual([
      0, 0, 0,
    ]);
    const fromMs = performance.now();
    const next = policy.execute(() => performance.now() - fromMs);
    await vi.runAllTimersAsync();
    expect(await next).toBe(200);
  });

  test('keeps the bound: at most tokens × (1 + t ÷ per) pass in any stretch', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.nat(40), { maxLength: 40 }),
        async (tokens, per, pauses) => {
          const policy = rateLimiter({ tokens, per, maxWait: 200 });
          const passed: number[] = [];
          const calls: Promise<unknown>[] = [];
          for (const pause of pauses) {
            await vi.advanceTimersByTimeAsync(pause);
            calls.push(outcome(policy.execute(() => passed.push(performance.now()))));
          }
          await vi.runAllTimersAsync();
          await Promise.all(calls);
          for (const [first, fromMs] of passed.entries()) {
            for (const [more, toMs] of passed.slice(first).entries()) {
              expect(more + 1).toBeLessThanOrEqual(tokens * (1 + (toMs - fromMs) / per) + 1e-6);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('reconfigure', () => {
  test('goes on at the new rate with the tokens that are there', async () => {
    const { policy, clock, passes } = given({ tokens: 10, per: 100 });
    expect(await passes(4)).toBe(4);
    policy.reconfigure({ tokens: 20 });
    expect(await passes(20)).toBe(6);
    clock.nowMs = 50;
    expect(await passes(20)).toBe(10);
    policy.reconfigure({ tokens: 2, per: 1_000 });
    clock.nowMs = 550;
    expect(await passes(20)).toBe(1);
  });

  test('holds no more tokens than the new limit', async () => {
    const { policy, passes } = given({ tokens: 10 });
    policy.reconfigure({ tokens: 3 });
    expect(await passes(20)).toBe(3);
  });

  test('changes maxWait, and the limits of the states of a breaker', async () => {
    const { breaker } = givenBreaker();
    const { policy, passes } = given({ tokens: 5, breaker, open: 0 });
    breaker.open();
    expect(await passes(9)).toBe(0);
    policy.reconfigure({ open: 2 });
    expect(await passes(9)).toBe(2);
    policy.reconfigure({ maxWait: 60_000 });
    const caller = new AbortController();
    const waiting = outcome(policy.execute(() => 1, caller));
    caller.abort('waited');
    expect(await waiting).toEqual({ error: 'waited' });
  });

  test.each([
    [{ tokens: 0 }, 'tokens to be an integer from 1'],
    [{ token: 5 }, 'did you mean tokens?'],
    [{ name: 'other' }, 'expected the changes to be without a name'],
    [{ breaker: {} }, 'expected the changes to be without a breaker'],
    [{ clock: () => 0 }, 'expected the changes to be without a clock'],
  ])('with %j is refused, and nothing changes', async (changes, message) => {
    const { policy, passes } = given({ tokens: 2 });
    expect(() => policy.reconfigure(changes as object)).toThrow(message);
    expect(await passes(5)).toBe(2);
  });
});

describe('limits per state', () => {
  const half = async (options: Partial<RateLimiterOptions>) => {
    const { breaker, clock } = givenBreaker({
      trip: 'consecutive',
      failureThreshold: 1,
      minimumRequests: 0,
      resetTimeout: 100,
      halfOpen: { permitted: 9 },
    });
    const limiter = given({ tokens: 10, breaker, ...options, clock: clock.read });
    expect(await limiter.passes(12)).toBe(10);
    await run(breaker, '-');
    return { ...limiter, clock, breaker };
  };

  test('hold while the breaker is in that state', async () => {
    const { clock, passes, breaker } = await half({ open: 1, halfOpen: 3 });
    expect(await passes(12)).toBe(1);
    clock.advance(100);
    expect(await passes(12)).toBe(3);
    breaker.close();
    expect(await passes(12)).toBe(1);
  });

  test('are as the limit of CLOSED where they are not given', async () => {
    const { passes } = await half({ halfOpen: 1 });
    expect(await passes(12)).toBe(10);
  });

  test('may be 0: refused for nobody knows how long, and over when the breaker says so', async () => {
    const { policy, clock, passes } = await half({ open: 0 });
    expect(await outcome(policy.execute(() => 1))).toMatchObject({
      error: { code: 'RATE_LIMITED', retryAfterMs: null },
    });
    clock.advance(100);
    expect(await passes(12)).toBe(10);
  });
});

test('has a name for its error', async () => {
  const { policy, passes } = given({ tokens: 1 });
  await passes(1);
  await expect(policy.execute(() => 1)).rejects.toThrow('expected rate limiter rate-limiter to');
});

test('says what it lets through at once, now and when it was idle', async () => {
  const { policy, clock, passes } = given({ tokens: 4, per: 100 });
  expect(policy.stats).toEqual({ tokens: 4, limit: 4 });
  await passes(3);
  expect(policy.stats).toEqual({ tokens: 1, limit: 4 });
  clock.nowMs = 50;
  expect(policy.stats).toEqual({ tokens: 3, limit: 4 });
});
