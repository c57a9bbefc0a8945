/** The events: what each tells, and that no listener and no predicate can wedge the breaker. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  BulkheadFullError,
  type BreakerEvents,
  type CircuitBreakerOptions,
} from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run, settle } from './given.ts';

const TWO: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 2,
  minimumRequests: 0,
  resetTimeout: 100,
};

afterEach(() => {
  vi.useRealTimers();
});

describe('events', () => {
  const NAMES = ['stateChange', 'success', 'failure', 'timeout', 'reject', 'fallback', 'slow'];

  test('each tells what happened, one stateChange per transition', async () => {
    const { breaker, clock } = given({ ...TWO, slowCall: { threshold: 5 }, fallback: () => 0 });
    const seen: unknown[] = [];
    for (const name of NAMES as (keyof BreakerEvents)[]) {
      breaker.on(name, (event) => {
        const { from, to, reason } = event as BreakerEvents['stateChange'];
        seen.push(name === 'stateChange' ? `${from} ${to} ${reason}` : name);
      });
    }
    await run(breaker, '+');
    await breaker.execute(() => clock.advance(5));
    await run(breaker, '--');
    await run(breaker, '+');
    clock.advance(100);
    await run(breaker, '+');
    breaker.open();
    breaker.open();
    breaker.reset();
    breaker.close();
    expect(seen.join(', ')).toBe(
      [
        'success, slow, success',
        'failure, fallback, failure, CLOSED OPEN failures, fallback',
        'reject, fallback',
        'OPEN HALF_OPEN elapsed, success, HALF_OPEN CLOSED probes',
        'CLOSED OPEN manual, OPEN CLOSED manual',
      ].join(', '),
    );
  });

  test('a time-out is told before the failure it is', async () => {
    vi.useFakeTimers();
    const { breaker } = given({ timeout: 50 });
    const seen: string[] = [];
    breaker.on('timeout', ({ error, durationMs }) => seen.push(`${error.code} ${durationMs}`));
    breaker.on('failure', () => seen.push('failure'));
    const call = breaker.tryExecute(() => new Promise(() => {}));
    vi.advanceTimersByTime(50);
    await call;
    expect(seen).toEqual(['TIMEOUT 0', 'failure']);
  });

  test('durations are told; null for a call that began before anybody listened', async () => {
    const { breaker, clock } = given();
    const early = deferred();
    const call = breaker.execute(() => early.promise);
    const told: (number | null)[] = [];
    breaker.on('success', ({ durationMs }) => told.push(durationMs));
    await breaker.execute(() => clock.advance(12));
    early.resolve(1);
    await call;
    expect(told).toEqual([12, null]);
  });

  test('on returns an unsubscribe function', async () => {
    const { breaker } = given();
    const [first, second] = [vi.fn(), vi.fn()];
    const unsubscribe = breaker.on('success', first);
    breaker.on('success', second);
    await run(breaker, '+');
    unsubscribe();
    unsubscribe();
    await run(breaker, '+');
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).toHaveBeenCalledTimes(2);
  });

  test('off ends one subscription of a listener, and does nothing where there is none', async () => {
    const { breaker } = given();
    const listener = vi.fn();
    breaker.off('success', listener);
    breaker.on('success', listener);
    breaker.on('success', listener);
    breaker.off('failure', listener);
    breaker.off('success', listener);
    await run(breaker, '+');
    expect(listener).toHaveBeenCalledTimes(1);
    breaker.off('success', listener);
    await run(breaker, '+');
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test('what a listener does to the breaker is told after what it is being told', async () => {
    const { breaker } = given({ ...TWO, failureThreshold: 1 });
    const seen: string[] = [];
    breaker.on('failure', () => breaker.close());
    breaker.on('stateChange', ({ to }) => {
      if (to === 'CLOSED') breaker.open();
    });
    breaker.on('stateChange', ({ from, to, reason }) => seen.push(`${from} ${to} ${reason}`));
    await run(breaker, '-');
    expect(seen).toEqual(['CLOSED OPEN failures', 'OPEN CLOSED manual', 'CLOSED OPEN manual']);
  });

  test('two listeners that undo each other end after 100 events', () => {
    const { breaker } = given(TWO);
    let told = 0;
    breaker.on('stateChange', ({ to }) => {
      told += 1;
      if (to === 'OPEN') breaker.close();
      else breaker.open();
    });
    breaker.open();
    expect(told).toBe(100);
    breaker.reset();
    expect(told).toBe(200);
  });

  test('a breaker takes 100 listeners, and another one where one has left', () => {
    const { breaker } = given(TWO);
    const leave = breaker.on('success', () => {});
    for (let added = 1; added < 100; added += 1) breaker.on('failure', () => {});
    expect(() => breaker.on('reject', () => {})).toThrow(
      'expected at most 100 listeners on test, got one more; add them once and not per call',
    );
    leave();
    expect(() => breaker.on('reject', () => {})).not.toThrow();
  });

  test('an unknown name is refused with the nearest known one', () => {
    const { breaker } = given();
    expect(() => breaker.on('sucess' as 'success', () => {})).toThrow('did you mean success?');
  });

  test("a listener that throws, now or later, wedges nothing and changes nobody's result", async () => {
    const onListenerError = vi.fn();
    const { breaker, clock, state } = given({
      ...TWO,
      fallback: () => 'fallback',
      onListenerError,
    });
    for (const name of NAMES as (keyof BreakerEvents)[]) {
      breaker.on(name, () => {
        throw new Error('listener');
      });
      breaker.on(name, () => Promise.reject(new Error('listener')));
    }
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(await breaker.execute(() => Promise.reject(DOWN))).toBe('fallback');
    await run(breaker, '-');
    expect(state()).toBe('OPEN');
    clock.advance(100);
    await run(breaker, '+');
    await settle();
    expect(state()).toBe('CLOSED');
    // Once for each listener, however often it throws.
    const told = onListenerError.mock.calls.map(([, name]) => name as string);
    expect(told.toSorted()).toEqual(
      ['failure', 'fallback', 'stateChange', 'success'].flatMap((name) => [name, name]),
    );
    expect(onListenerError.mock.calls[0]?.[0]).toEqual(new Error('listener'));
  });

  test("a listener's error is a warning of the process by default, once", async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const { breaker } = given();
    breaker.on('success', () => {
      throw new Error('boom');
    });
    await run(breaker, '++');
    expect(warned.mock.calls).toEqual([
      [
        'expected a listener of success on test not to throw, got Error: boom; give onListenerError to handle it',
        'CircuitBreakerWarning',
      ],
    ]);
  });

  test('an onListenerError that throws changes nothing either, and is warned of', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const { breaker } = given({
      onListenerError: () => {
        throw new Error('worse');
      },
    });
    breaker.on('success', () => {
      throw Object.create(null);
    });
    expect(await run(breaker, '+')).toBe('+');
    expect(String(warned.mock.calls[0]?.[0])).toContain('expected onListenerError not to throw');
  });

  test('an isFailure that throws wedges nothing and counts as failure', async () => {
    const isFailure = () => {
      throw new Error('predicate');
    };
    const { breaker, clock, state } = given({ ...TWO, isFailure });
    await run(breaker, '--');
    expect(state()).toBe('OPEN');
    clock.advance(100);
    await run(breaker, '-');
    expect(state()).toBe('OPEN');
    clock.advance(100);
    await run(breaker, '+');
    expect(state()).toBe('CLOSED');
  });

  test('a listener that closes the breaker while it opens has the last word', async () => {
    const { breaker, state } = given(TWO);
    breaker.on('stateChange', ({ to }) => {
      if (to === 'OPEN') breaker.close();
    });
    await run(breaker, '--');
    expect(state()).toBe('CLOSED');
  });
});

test('BulkheadFullError belongs to the same hierarchy', () => {
  expect(new BulkheadFullError('b')).toMatchObject({ code: 'BULKHEAD_FULL', retryAfterMs: null });
});
