/** The retry budget: a share of the calls of a window, and a few whatever the calls. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryBudget } from '../../../lib/breaker/index.ts';

function given(options: Parameters<typeof retryBudget>[0] = {}) {
  const clock = { nowMs: 0 };
  const budget = retryBudget({ ...options, clock: () => clock.nowMs });
  const calls = (count: number) => {
    for (let call = 0; call < count; call += 1) budget.addCall();
  };
  const retries = (asked: number) =>
    Array.from({ length: asked }, () => budget.takeRetry()).filter(Boolean).length;
  return { clock, calls, retries };
}

describe('a budget', () => {
  test.each([
    [0, 3],
    [10, 3],
    [15, 3],
    [19, 3],
    [20, 4],
    [100, 20],
    [104, 20],
  ])('of %i calls allows %i retries by default', (calls, retries) => {
    const it = given();
    it.calls(calls);
    expect(it.retries(calls + 10)).toBe(retries);
  });

  test('forgets calls and retries when they have left the window', () => {
    const it = given({ ratio: 0.5, minimum: 0, window: 100 });
    it.calls(10);
    expect(it.retries(10)).toBe(5);
    it.clock.nowMs = 50;
    expect(it.retries(1)).toBe(0);
    it.clock.nowMs = 101;
    expect(it.retries(1)).toBe(0);
    it.calls(2);
    expect(it.retries(2)).toBe(1);
  });

  test('of nothing allows nothing', () => {
    const it = given({ ratio: 0, minimum: 0 });
    it.calls(100);
    expect(it.retries(1)).toBe(0);
  });

  test('is never exceeded in a window, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.record({
          ratio: fc.constantFrom(0, 0.1, 0.2, 0.5, 1),
          minimum: fc.nat(5),
          window: fc.constantFrom(10, 100),
        }),
        fc.array(
          fc.record({ kind: fc.constantFrom('call', 'retry', 'retry'), afterMs: fc.nat(7) }),
          { maxLength: 300 },
        ),
        (options, steps) => {
          const it = given(options);
          const bucketMs = options.window / 10;
          const log: { readonly kind: string; readonly atMs: number }[] = [];
          for (const { kind, afterMs } of steps) {
            it.clock.nowMs += afterMs;
            const atMs = it.clock.nowMs;
            if (kind === 'call') {
              it.calls(1);
              log.push({ kind, atMs });
            } else if (it.retries(1) === 1) {
              log.push({ kind, atMs });
              const fromMs = (Math.floor(atMs / bucketMs) - 9) * bucketMs;
              const seen = log.filter((entry) => entry.atMs >= fromMs);
              const calls = seen.filter((entry) => entry.kind === 'call').length;
              expect(seen.length - calls).toBeLessThanOrEqual(
                Math.max(options.minimum, options.ratio * calls),
              );
            }
          }
        },
      ),
    );
  });
});

test('says what it has seen, and what it has left', () => {
  const clock = { nowMs: 0 };
  const budget = retryBudget({ ratio: 0.5, minimum: 1, window: 100, clock: () => clock.nowMs });
  expect(budget.stats).toEqual({ calls: 0, retries: 0, remaining: 1 });
  for (let call = 0; call < 5; call += 1) budget.addCall();
  expect(budget.stats).toEqual({ calls: 5, retries: 0, remaining: 2 });
  budget.takeRetry();
  expect(budget.stats).toEqual({ calls: 5, retries: 1, remaining: 1 });
  budget.takeRetry();
  clock.nowMs = 90;
  expect(budget.stats).toEqual({ calls: 5, retries: 2, remaining: 0 });
  clock.nowMs = 101;
  expect(budget.stats).toEqual({ calls: 0, retries: 0, remaining: 1 });
});
