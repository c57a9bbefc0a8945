/** What a breaker tells of itself, word by word: each event with all that it holds. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  CircuitBreaker,
  CircuitBreakerOpenError,
  type BreakerEventName,
  type CircuitBreakerOptions,
} from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run } from './given.ts';

const TWO: CircuitBreakerOptions<number> = {
  trip: 'consecutive',
  failureThreshold: 2,
  minimumRequests: 0,
  resetTimeout: 100,
};
const NAMES = [
  'stateChange',
  'success',
  'failure',
  'timeout',
  'reject',
  'fallback',
  'slow',
] as const;

/** A breaker with everything that it tells from now on. */
function heard(
  options: CircuitBreakerOptions<number> = TWO,
  names: readonly BreakerEventName[] = NAMES,
) {
  const it = given(options);
  const seen: unknown[] = [];
  for (const name of names) it.breaker.on(name, (event) => seen.push([name, event]));
  const told = () => seen.splice(0);
  const fails = (ms = 0) =>
    it.breaker.tryExecute(() => {
      it.clock.advance(ms);
      throw DOWN;
    });
  return { ...it, told, fails };
}

afterEach(() => {
  vi.useRealTimers();
});

const change = (from: string, to: string, reason: string) => [
  'stateChange',
  { name: 'test', from, to, reason },
];

describe('an event', () => {
  test('of a success says how long it took, and of a slow one that it was', async () => {
    const { breaker, clock, told } = heard({ ...TWO, slowCall: { threshold: 5 } });
    await breaker.execute(() => clock.advance(4));
    await breaker.execute(() => clock.advance(5));
    const [quick, slow] = [4, 5].map((durationMs) => ({ name: 'test', durationMs }));
    expect(told()).toEqual([
      ['success', quick],
      ['slow', slow],
      ['success', slow],
    ]);
  });

  test('of a failure says the error, and of a slow one the same', async () => {
    const { fails, told } = heard({ ...TWO, slowCall: { threshold: 5 } });
    await fails(9);
    expect(told()).toEqual([
      ['slow', { name: 'test', durationMs: 9 }],
      ['failure', { name: 'test', durationMs: 9, error: DOWN }],
    ]);
  });

  test('of a change comes after what made it, and says why', async () => {
    const { breaker, clock, fails, told } = heard();
    await fails();
    await fails();
    expect(told().at(-1)).toEqual(change('CLOSED', 'OPEN', 'failures'));
    clock.advance(100);
    await run(breaker, '-');
    expect(told()).toEqual([
      change('OPEN', 'HALF_OPEN', 'elapsed'),
      ['failure', { name: 'test', durationMs: 0, error: DOWN }],
      change('HALF_OPEN', 'OPEN', 'failures'),
    ]);
    clock.advance(100);
    await run(breaker, '+');
    expect(told()).toEqual([
      change('OPEN', 'HALF_OPEN', 'elapsed'),
      ['success', { name: 'test', durationMs: 0 }],
      change('HALF_OPEN', 'CLOSED', 'probes'),
    ]);
    breaker.open();
    breaker.restore(given(TWO).breaker.toJSON());
    expect(told()).toEqual([
      change('CLOSED', 'OPEN', 'manual'),
      change('OPEN', 'CLOSED', 'restored'),
    ]);
  });

  test('of slow calls that open says so, in CLOSED and in HALF_OPEN', async () => {
    const slowCall = { threshold: 5, rate: 0.5 };
    const { breaker, clock, told } = heard({ minimumRequests: 2, resetTimeout: 100, slowCall });
    const slow = () => breaker.execute(() => clock.advance(5));
    await slow();
    await slow();
    expect(told().at(-1)).toEqual(change('CLOSED', 'OPEN', 'slow'));
    clock.advance(100);
    await slow();
    expect(told().at(-1)).toEqual(change('HALF_OPEN', 'OPEN', 'slow'));
    expect(breaker.getStats().tripped).toMatchObject({ reason: 'slow', error: undefined });
  });

  test('of a refusal has the error that its caller gets', async () => {
    const { breaker, fails, told, clock } = heard();
    await fails();
    await fails();
    told();
    clock.advance(40);
    const refused = await breaker.tryExecute(() => 7);
    const error = expect.any(CircuitBreakerOpenError) as CircuitBreakerOpenError;
    expect(told()).toEqual([['reject', { name: 'test', error }]]);
    expect(refused).toMatchObject({ reason: 'rejected', error: { retryAfterMs: 60, cause: DOWN } });
    expect(breaker.getStats().rejectedCount).toBe(1);
  });

  test('of a refusal by hand has neither a cause nor a time', async () => {
    const { breaker } = heard();
    breaker.open();
    const refused = await breaker.tryExecute(() => 7);
    expect(refused).toMatchObject({
      error: { retryAfterMs: null, state: 'OPEN', breaker: 'test' },
    });
    expect('cause' in (refused as unknown as { error: object }).error).toBe(false);
  });

  test('of a refusal in HALF_OPEN knows no time', async () => {
    const { breaker, clock, fails } = heard();
    await fails();
    await fails();
    clock.advance(100);
    const probe = deferred();
    const probing = breaker.execute(() => probe.promise);
    const refused = await breaker.tryExecute(() => 7);
    expect(refused).toMatchObject({
      reason: 'rejected',
      error: { retryAfterMs: null, state: 'HALF_OPEN', cause: DOWN },
    });
    probe.resolve(7);
    await probing;
  });

  test('of a time-out has its error, and the failure the same', async () => {
    vi.useFakeTimers();
    const { breaker, told } = heard({ ...TWO, timeout: 50 });
    const call = breaker.tryExecute(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(50);
    const { error } = (await call) as unknown as { error: Error };
    expect(error.message).toBe(
      'expected a call through test to settle within 50 ms, but it did not',
    );
    const end = { name: 'test', durationMs: 0, error };
    expect(told()).toEqual([
      ['timeout', end],
      ['failure', end],
    ]);
    expect(breaker.getStats()).toMatchObject({ timeoutCount: 1, failureCount: 1 });
  });

  test('of a fallback has what it stands in for', async () => {
    const { breaker, told, fails } = heard({ ...TWO, fallback: () => 7 }, ['fallback']);
    await fails();
    breaker.open();
    await breaker.execute(() => 1);
    expect(told()).toEqual([
      ['fallback', { name: 'test', error: DOWN }],
      ['fallback', { name: 'test', error: expect.any(CircuitBreakerOpenError) as Error }],
    ]);
    expect(breaker.getStats().fallbackCount).toBe(2);
  });

  test('of a failed result has an error for it', async () => {
    const { breaker, told } = heard({ ...TWO, failsOn: { result: (it) => it === 7 } });
    expect(await breaker.execute(() => 7)).toBe(7);
    expect(told()).toEqual([
      [
        'failure',
        {
          name: 'test',
          durationMs: 0,
          error: expect.objectContaining({ code: 'FAILED_RESULT', result: 7 }) as Error,
        },
      ],
    ]);
  });

  test('of a call that began before anybody listened has no duration', async () => {
    const { breaker } = given(TWO);
    const answer = deferred();
    const call = breaker.execute(() => answer.promise);
    const ends: unknown[] = [];
    breaker.on('success', (end) => ends.push(end));
    answer.resolve(7);
    await call;
    expect(ends).toEqual([{ name: 'test', durationMs: null }]);
  });

  test('is timed for those who want to know, and for nobody else', async () => {
    const reads = async (name: BreakerEventName) => {
      let read = 0;
      const clock = () => (read += 1);
      const breaker = new CircuitBreaker({ timeout: false, clock });
      breaker.on(name, () => {});
      read = 0;
      await breaker.execute(() => 7);
      return read;
    };
    const counts = await Promise.all(NAMES.map(reads));
    expect(Object.fromEntries(NAMES.map((name, at) => [name, counts[at]]))).toEqual({
      stateChange: 1,
      success: 2,
      failure: 2,
      timeout: 2,
      reject: 1,
      fallback: 1,
      slow: 2,
    });
  });
});
