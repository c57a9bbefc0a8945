/** What an action in the words of opossum is given and gives: its signal, its fallback's types, off. */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  BreakerRegistry,
  CircuitBreakerService,
  type CallContext,
  type FallbackArgs,
} from '../../../lib/entries/utils.ts';
import { DOWN } from '../given.ts';

const given = () => new CircuitBreakerService(new BreakerRegistry());

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a signal', () => {
  const hang = () => new Promise<never>(() => {});

  test('of the caller ends fireWith at once, and counts nowhere', async () => {
    const breaker = given().getBreaker('token', hang);
    const caller = new AbortController();
    const call = breaker.fireWith({ signal: caller.signal });
    caller.abort('gone');
    await expect(call).rejects.toBe('gone');
    expect(breaker.stats).toMatchObject({ fires: 1, failures: 0 });
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });

  test('of the call is the this of the action, and ends with the time limit', async () => {
    let seen: AbortSignal | undefined;
    const action = function (this: CallContext, id: string): Promise<string> {
      seen = this.signal;
      return hang().then(() => id);
    };
    const call = given().getBreaker('token', action, { timeout: 50 }).fire('x');
    const last = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    expect(seen?.reason).toBe(await last);
  });

  test('of the caller ends execute and executeWithFallback, whose fallback is not asked', async () => {
    const service = given();
    const fallback = vi.fn();
    const caller = new AbortController();
    const calls = [
      service.execute('db', 'read', hang, fallback, {}, caller),
      service.executeWithFallback('token', hang, fallback, {}, caller),
    ];
    await vi.advanceTimersByTimeAsync(0);
    caller.abort('gone');
    for (const call of calls) await expect(call).rejects.toBe('gone');
    expect(fallback).not.toHaveBeenCalled();
    expect(service.getCircuitBreakerStats('db', 'read')?.totalRequests).toBe(0);
  });
});

describe('off', () => {
  test('ends one subscription of the action', async () => {
    const breaker = given().getBreaker('token', () => Promise.reject(DOWN), { volumeThreshold: 1 });
    const [kept, left] = [vi.fn(), vi.fn()];
    breaker.on('open', kept).on('open', left).off('open', left).off('close', kept);
    await breaker.fire().catch(() => {});
    expect([kept.mock.calls.length, left.mock.calls.length]).toEqual([1, 0]);
  });

  test('gives the place back', () => {
    const breaker = given().getBreaker('token', async () => 1);
    const listener = () => {};
    for (let added = 0; added < 1_000; added += 1)
      breaker.on('open', listener).off('open', listener);
    expect(() => breaker.on('open', listener)).not.toThrow();
  });
});

describe('a fallback', () => {
  test('has the types of what it is given: with optional parameters the error may come earlier', () => {
    expectTypeOf<FallbackArgs<[]>>().toEqualTypeOf<[error: unknown]>();
    expectTypeOf<FallbackArgs<[string, number]>>().toEqualTypeOf<
      [string, number, error: unknown]
    >();
    type Optional = FallbackArgs<[id: string, limit?: number]>;
    expectTypeOf<[string, unknown]>().toExtend<Optional>();
    expectTypeOf<[string, number | undefined, unknown]>().toExtend<Optional>();
    expectTypeOf<FallbackArgs<string[]>>().toEqualTypeOf<[...string[], error: unknown]>();
  });

  test('that takes the error for the optional parameter does not compile', async () => {
    const list = async (_id: string, _limit?: number): Promise<readonly string[]> => {
      throw DOWN;
    };
    const breaker = given().getBreaker('list', list);
    const seen: unknown[] = [];
    // @ts-expect-error: in a call without a limit the error stands in its place.
    breaker.fallback((_id: string, limit: number | undefined, error: unknown) => {
      seen.push([limit, error]);
      return [];
    });
    await breaker.fire('a');
    await breaker.fire('a', 5);
    expect(seen).toEqual([
      [DOWN, undefined],
      [5, DOWN],
    ]);
    const answering = breaker.fallback((...args) => [String(args.at(-1))]);
    expect(await answering.fire('a')).toEqual(['Error: down']);
    expect(await answering.fire('a', 5)).toEqual(['Error: down']);
  });
});
