/** How long it stays open: a number, a function of the openings, or exponential with full jitter. */
import { describe, expect, test } from 'vitest';
import { exponential, type CircuitBreakerOptions } from '../../lib/breaker/index.ts';
import { DOWN, given, run } from './given.ts';

const TWO: CircuitBreakerOptions = { trip: 'consecutive', failureThreshold: 2, minimumRequests: 0 };

describe('resetTimeout', () => {
  test('may be a function of the number of consecutive openings, 1 at the first', async () => {
    const asked: number[] = [];
    const resetTimeout = (openings: number) => {
      asked.push(openings);
      return 100 * openings;
    };
    const { breaker, clock } = given({ ...TWO, resetTimeout });
    await run(breaker, '--');
    clock.advance(100);
    await run(breaker, '-');
    clock.advance(199);
    expect(await run(breaker, '-')).toBe('!');
    clock.advance(1);
    await run(breaker, '+--');
    expect(asked).toEqual([1, 2, 1]);
  });

  test.each([
    ['throws', () => assertNever()],
    ['is not a number', () => Number.NaN],
    ['is negative', () => -1],
    ['never ends', () => Infinity],
    ['is text', () => '500' as unknown as number],
    ['is a bigint', () => 500n as unknown as number],
  ])('one that %s wedges nothing: the default stands in', async (_what, resetTimeout) => {
    const { breaker } = given({ ...TWO, resetTimeout });
    await run(breaker, '-');
    await expect(breaker.execute(() => Promise.reject(DOWN))).rejects.toBe(DOWN);
    await expect(breaker.execute(() => 1)).rejects.toMatchObject({ retryAfterMs: 60_000 });
  });

  test('one that closes the breaker has the last word', async () => {
    const { breaker, state } = given({
      ...TWO,
      resetTimeout: () => {
        breaker.disable();
        return 100;
      },
    });
    expect(await run(breaker, '--')).toBe('--');
    expect([state(), breaker.getStats().mode]).toEqual(['CLOSED', 'disabled']);
  });

  test('exponential is drawn from 0 to a bound that doubles up to max', () => {
    const bounds = exponential({ delay: 100, maxDelay: 500, random: () => 0.5 });
    expect([1, 2, 3, 4, 5_000].map(bounds)).toEqual([50, 100, 200, 250, 250]);
    expect(() => exponential({ delay: 0 })).toThrow('delay');
  });
});

function assertNever(): never {
  throw new Error('resetTimeout failed');
}
