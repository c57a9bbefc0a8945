/** opossum's own half-open cases, walked through opossum and through its words here alike. */
import Opossum from 'opossum';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BreakerRegistry, CircuitBreakerService } from '../../../lib/entries/opossum.ts';
import { settle } from '../given.ts';

interface Options {
  readonly timeout?: number | false;
  readonly resetTimeout?: number;
  readonly volumeThreshold?: number;
  readonly errorFilter?: (error: unknown) => boolean;
}

/** What both have. */
interface Breaker {
  fire(...args: readonly unknown[]): Promise<unknown>;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  readonly closed: boolean;
}

type Action = (...args: readonly unknown[]) => Promise<unknown>;

const MAKERS: readonly [string, (action: Action, options: Options) => Breaker][] = [
  [
    'opossum',
    (action, options) =>
      new Opossum(action, { errorThresholdPercentage: 1, volumeThreshold: 1, ...options }),
  ],
  [
    'getBreaker',
    (action, options) =>
      new CircuitBreakerService(new BreakerRegistry()).getBreaker('own cases', action, {
        errorThresholdPercentage: 1,
        volumeThreshold: 1,
        ...options,
      }),
  ],
];

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

class Coded extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`failed with ${code}`);
    this.code = code;
  }
}

/** Fails after so many milliseconds; above 0 with a code. */
const failAfter: Action = async (ms, code = 500) => {
  if (Number(ms) > 0) await new Promise((resolve) => void setTimeout(resolve, Number(ms)));
  throw new Coded(Number(code));
};
const passOrFail: Action = async (value) => {
  if (Number(value) < 0) throw new Coded(500);
  return value;
};

async function caught(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error);
}

describe.each(MAKERS)('%s', (_name, make) => {
  test('half-open lets one request through, and a long one that fails opens again', async () => {
    const breaker = make(failAfter, { resetTimeout: 100 });
    await caught(breaker.fire(0));
    expect(breaker.opened).toBe(true);
    await vi.advanceTimersByTimeAsync(150);
    expect(breaker.halfOpen).toBe(true);
    // Five times as long as the open time.
    const probe = caught(breaker.fire(500));
    for (let passedMs = 0; passedMs < 500; passedMs += 100) {
      expect(await caught(breaker.fire(0))).not.toBeInstanceOf(Coded);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(await probe).toBeInstanceOf(Coded);
    expect([breaker.opened, breaker.halfOpen]).toEqual([true, false]);
    expect(await caught(breaker.fire(0))).not.toBeInstanceOf(Coded);
  });

  test('half-open closes after a long request that succeeds', async () => {
    const action: Action = async (ms) => {
      if (ms === 0) throw new Coded(500);
      await new Promise((resolve) => void setTimeout(resolve, Number(ms)));
      return 'well';
    };
    const breaker = make(action, { resetTimeout: 100, timeout: 3_000 });
    await caught(breaker.fire(0));
    await vi.advanceTimersByTimeAsync(150);
    const probe = breaker.fire(2_500);
    for (let passedMs = 0; passedMs < 2_500; passedMs += 100) {
      void caught(breaker.fire(1));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(await probe).toBe('well');
    expect(breaker.closed).toBe(true);
  });

  test('half-open opens again after a request that hangs until its time is up', async () => {
    const hangs: Action = async (now) => {
      if (now === 'fail') throw new Coded(500);
      return new Promise(() => {});
    };
    const breaker = make(hangs, { resetTimeout: 100, timeout: 1_000 });
    await caught(breaker.fire('fail'));
    await vi.advanceTimersByTimeAsync(150);
    const probe = caught(breaker.fire('hang'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await probe).not.toBeInstanceOf(Coded);
    expect(breaker.opened).toBe(true);
  });

  test('half-open closes after an error that the filter takes', async () => {
    const errorFilter = (error: unknown) => (error as Coded).code < 500;
    const breaker = make(failAfter, { resetTimeout: 100, errorFilter });
    await caught(breaker.fire(0, 500));
    expect(breaker.opened).toBe(true);
    await vi.advanceTimersByTimeAsync(150);
    expect(breaker.halfOpen).toBe(true);
    expect(await caught(breaker.fire(0, 400))).toMatchObject({ code: 400 });
    expect(breaker.closed).toBe(true);
  });

  test('half-open fails, waits again, and closes at last', async () => {
    const breaker = make(passOrFail, { resetTimeout: 100 });
    await caught(breaker.fire(-1));
    for (let round = 0; round < 2; round += 1) {
      expect(breaker.opened).toBe(true);
      await vi.advanceTimersByTimeAsync(130);
      expect(breaker.halfOpen).toBe(true);
      if (round === 0) await caught(breaker.fire(-1));
    }
    expect(await breaker.fire(1)).toBe(1);
    await settle();
    expect(breaker.closed).toBe(true);
  });

  test('the volume threshold does not matter in half-open', async () => {
    const breaker = make(passOrFail, { resetTimeout: 300, volumeThreshold: 2 });
    await caught(breaker.fire(-1));
    expect(breaker.closed).toBe(true);
    await caught(breaker.fire(-1));
    expect(breaker.opened).toBe(true);
    await vi.advanceTimersByTimeAsync(450);
    expect(breaker.halfOpen).toBe(true);
    await caught(breaker.fire(-1));
    expect(breaker.opened).toBe(true);
  });
});
