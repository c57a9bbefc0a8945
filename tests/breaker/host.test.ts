/** What the breaker has of its host: clocks, timers, warnings, in Node and where there is none; and who listens there. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  monotonicMs,
  random,
  startTimer,
  stopTimer,
  wallMs,
  warn,
  type Timer,
} from '../../lib/breaker/host.ts';
import { onceReported, tellOne } from '../../lib/breaker/listener.ts';
import { Context, Scope } from '../../lib/breaker/context.ts';
import { callWith, rejected, settled, watched, type Watch } from '../../lib/breaker/policy.ts';
import { DOWN, settle } from './given.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('time and chance', () => {
  test('are those of the process', () => {
    const before = performance.now();
    expect(monotonicMs()).toBeGreaterThanOrEqual(before);
    expect(Math.abs(wallMs() - Date.now())).toBeLessThan(1_000);
    expect(random()).toBeGreaterThanOrEqual(0);
    expect(random()).toBeLessThan(1);
  });

  test('are those that a test has put in their place', () => {
    vi.useFakeTimers();
    const before = monotonicMs();
    vi.advanceTimersByTime(50);
    expect(monotonicMs() - before).toBe(50);
  });
});

describe('a timer', () => {
  const made = () => {
    const unref = vi.fn<() => void>();
    const timer: Timer = { unref };
    const [set, clear] = [vi.fn<() => Timer>(() => timer), vi.fn<(it: Timer) => void>()];
    vi.stubGlobal('setTimeout', set);
    vi.stubGlobal('clearTimeout', clear);
    return { timer, unref, set, clear };
  };

  test('keeps the process, unless it need not', () => {
    const { timer, unref, set } = made();
    const callback = () => {};
    expect(startTimer(callback, 5)).toBe(timer);
    expect(set).toHaveBeenCalledWith(callback, 5);
    expect(unref).not.toHaveBeenCalled();
    startTimer(callback, 5, true);
    expect(unref).toHaveBeenCalledOnce();
  });

  test('is ended, and one that is none is not', () => {
    const { timer, unref, clear } = made();
    stopTimer(null);
    expect(clear).not.toHaveBeenCalled();
    stopTimer(timer);
    expect(clear).toHaveBeenCalledExactlyOnceWith(timer);
    expect(unref).toHaveBeenCalledOnce();
  });

  test('of a browser is a number', () => {
    const { clear } = made();
    vi.stubGlobal('setTimeout', () => 7);
    expect(startTimer(() => {}, 5, true)).toBe(7);
    stopTimer(7);
    stopTimer({});
    expect(clear.mock.calls).toEqual([[7], [{}]]);
  });
});

describe('a warning', () => {
  test('is one of the process', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    warn('words', DOWN);
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith('words', 'CircuitBreakerWarning');
  });

  test.each([undefined, {}])('is an error that a browser reports, where process is %j', (host) => {
    const reportError = vi.fn<(error: unknown) => void>();
    vi.stubGlobal('process', host);
    vi.stubGlobal('reportError', reportError);
    warn('words', DOWN);
    vi.stubGlobal('reportError', undefined);
    warn('words', DOWN);
    vi.unstubAllGlobals();
    expect(reportError).toHaveBeenCalledExactlyOnceWith(DOWN);
  });
});

describe('who listens', () => {
  test('may throw, now or later', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    tellOne(() => 7, 1, onError);
    tellOne(async () => 7, 1, onError);
    await settle();
    expect(onError).not.toHaveBeenCalled();
    const thrower = (it: number) => {
      throw new Error(`${it}`);
    };
    tellOne(thrower, 1, onError);
    tellOne(async () => thrower(2), 1, onError);
    await settle();
    expect(onError.mock.calls.flat().map(String)).toEqual(['Error: 1', 'Error: 2']);
  });

  test('is reported once, with its words', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const report = onceReported('a listener', null);
    report(DOWN);
    report(DOWN);
    expect(warned.mock.calls.map(([words]) => words)).toEqual([
      'expected a listener not to throw, got Error: down; give onListenerError to handle it',
    ]);
    const noText = {
      toString: () => {
        throw DOWN;
      },
    };
    onceReported('it', null)(noText);
    expect(warned.mock.calls[1]?.[0]).toMatch(/^expected it not to throw, got object; give/);
  });

  test('is reported to who handles it, who may throw as well', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const handled = vi.fn<(error: unknown) => void>();
    onceReported('it', handled)(DOWN);
    expect(handled).toHaveBeenCalledExactlyOnceWith(DOWN);
    expect(warned).not.toHaveBeenCalled();
    onceReported('it', () => {
      throw new Error('too');
    })(DOWN);
    expect(warned.mock.calls[0]?.[0]).toBe('expected onListenerError not to throw, got Error: too');
  });
});

describe('what a policy calls', () => {
  const watch = (more: Partial<Watch> = {}): Watch => ({
    timeoutMs: false,
    unref: false,
    timeUp: () => new Error('up'),
    ok: (value) => [value],
    bad: (error) => ({ error }),
    ...more,
  });

  test('is a promise of this realm, whatever it makes', async () => {
    const context = new Context();
    const having = (given: number, name: string, value: unknown) =>
      Object.defineProperty(Promise.resolve(given), name, { value });
    const [odd, silent] = [having(7, 'then', undefined), having(8, 'then', () => {})];
    expect(await settled(() => 1, context)).toBe(1);
    expect(await settled(() => odd, context)).toBe(7);
    expect(await settled(() => silent, context)).toBe(8);
    await expect(
      settled(() => {
        throw DOWN;
      }, context),
    ).rejects.toBe(DOWN);
    await expect(settled(7 as never, context)).rejects.toThrow('expected fn to be a function');
    await expect(rejected(DOWN)).rejects.toBe(DOWN);
  });

  test('is watched by who has nothing to wait for', async () => {
    expect(await watched(() => 7, new Context(), watch())).toEqual([7]);
    expect(
      await watched(
        () => {
          throw DOWN;
        },
        new Context(),
        watch(),
      ),
    ).toEqual({ error: DOWN });
  });

  test('ends when its time is up, and its signal with it', async () => {
    vi.useFakeTimers();
    const signals: AbortSignal[] = [];
    const call = watched(
      ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
      new Context(3),
      watch({ timeoutMs: 50 }),
    );
    await vi.advanceTimersByTimeAsync(49);
    expect(signals[0]?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await call).toMatchObject({ error: { message: 'up' } });
    expect(signals[0]).toMatchObject({ aborted: true, reason: { message: 'up' } });
  });

  test('in time leaves no timer and no follower, and a context of its attempt', async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const caller = new Context(3, signal);
    const attempt = await watched(({ attempt: its }) => its, caller, watch({ timeoutMs: 50 }));
    expect(attempt).toEqual([3]);
    expect(vi.getTimerCount()).toBe(0);
    expect(removed).toHaveBeenCalledOnce();
  });

  test('has no limit, and the context of its caller, where there is none', async () => {
    vi.useFakeTimers();
    const caller = new Context(1, new AbortController().signal);
    const given: unknown[] = [];
    const answer = Promise.withResolvers<number>();
    const call = watched(
      (context) => {
        given.push(context);
        return answer.promise;
      },
      caller,
      watch(),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    answer.resolve(7);
    expect(await call).toEqual([7]);
    expect(given).toEqual([caller]);
    expect(given[0]).toBe(caller);
  });

  test('ends at the abort of its caller, whose reason it has', async () => {
    for (const timeoutMs of [false, 50] as const) {
      const scope = new Scope();
      const call = watched(
        () => new Promise(() => {}),
        new Context(1, scope),
        watch({ timeoutMs }),
      );
      scope.abort(DOWN);
      expect(await call).toEqual({ error: DOWN });
    }
  });

  test('is not called for a caller that is gone', async () => {
    const fn = vi.fn<() => void>();
    const gone = new Context(1, AbortSignal.abort(DOWN));
    expect(await watched(fn, gone, watch())).toEqual({ error: DOWN });
    await expect(callWith(fn, gone)).rejects.toBe(DOWN);
    expect(fn).not.toHaveBeenCalled();
  });

  test('answers as it is where nobody watches', async () => {
    const caller = new Context(2, new AbortController().signal);
    expect(await callWith(({ attempt }) => attempt, caller)).toBe(2);
    expect(await callWith(({ attempt }) => attempt, new Context(4))).toBe(4);
    await expect(
      callWith(() => {
        throw DOWN;
      }, caller),
    ).rejects.toBe(DOWN);
  });

  test('that is watched by who throws, throws that', async () => {
    const thrower = () => {
      throw new Error('of the watch');
    };
    const caller = new Context(1, new AbortController().signal);
    await expect(watched(() => 7, caller, watch({ ok: thrower }))).rejects.toThrow('of the watch');
  });
});
