/** Breakers of every vocabulary in an operator's hands: opened, closed, set aside, emptied, and given other settings. */
import { describe, expect, test, vi } from 'vitest';
import { CircuitBreaker } from '../../../lib/breaker/circuit-breaker.ts';
import { NamedBreaker, type Meaning } from '../../../lib/breaker/vocabularies/named-breaker.ts';
import { BreakerRegistry } from '../../../lib/breaker/vocabularies/registry.ts';
import { checkedSharing } from '../../../lib/breaker/vocabularies/sharing.ts';
import {
  newCircuitBreaker,
  newDefaultCircuitBreaker,
  type GobreakerSettings,
} from '../../../lib/entries/utils.ts';
import { DOWN } from '../given.ts';

const ok = async (): Promise<string> => 'ok';
const down = (): Promise<never> => Promise.reject(DOWN);
const OPEN = { code: 'CIRCUIT_OPEN' };

function givenGobreaker(settings: Partial<GobreakerSettings> = {}) {
  let nowMs = 0;
  const registry = new BreakerRegistry();
  const made = newCircuitBreaker({ name: 'test', clock: () => nowMs, ...settings }, registry);
  const fail = async (count: number) => {
    for (let calls = 0; calls < count; calls += 1) await made.execute(down).catch(() => {});
  };
  return { breaker: made, fail, pass: (byMs: number) => (nowMs += byMs) };
}

describe('one of gobreaker', () => {
  test('is named, and calls functions alone', async () => {
    const { breaker } = givenGobreaker();
    expect(breaker.name).toBe('test');
    expect(() => newCircuitBreaker({} as unknown as GobreakerSettings)).toThrow(/^expected name /);
    await expect(breaker.execute('ok' as never)).rejects.toThrow(/^expected fn to be a function/);
    expect(breaker.counts().requests).toBe(0);
  });

  test('says how long it is open, from when it opened', async () => {
    const { breaker, fail, pass } = givenGobreaker({ timeout: 1_000 });
    pass(5_000);
    await fail(6);
    expect(breaker.counts().requests).toBe(0);
    pass(300);
    await expect(breaker.execute(ok)).rejects.toMatchObject({ retryAfterMs: 700 });
  });

  test('counts an excluded call nowhere, not in its totals either', async () => {
    const { breaker, fail } = givenGobreaker({ isExcluded: () => true });
    await fail(3);
    expect(breaker.getStats()).toMatchObject({ totalRequests: 0, failureCount: 0 });
  });

  test('begins its interval when it closes', async () => {
    const { breaker, fail, pass } = givenGobreaker({ timeout: 1, interval: 100 });
    await fail(6);
    pass(2);
    await breaker.execute(ok);
    pass(50);
    await breaker.execute(ok);
    expect([breaker.state(), breaker.counts().requests]).toEqual(['closed', 1]);
    pass(51);
    expect([breaker.state(), breaker.counts().requests]).toEqual(['closed', 0]);
  });

  test('warns of no listener where it was given none', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    const { breaker, fail } = givenGobreaker();
    await fail(6);
    expect(breaker.state()).toBe('open');
    expect(warn).not.toHaveBeenCalled();
  });

  test('is held open for a time, or until it is closed', async () => {
    const { breaker, pass } = givenGobreaker();
    breaker.open({ forMs: 10 });
    await expect(breaker.execute(ok)).rejects.toMatchObject(OPEN);
    pass(11);
    expect(breaker.state()).toBe('half-open');
    await breaker.execute(ok);
    await breaker.execute(ok);
    breaker.open();
    expect(breaker.counts().requests).toBe(0);
    pass(1e9);
    expect(breaker.state()).toBe('open');
    breaker.close();
    await expect(breaker.execute(ok)).resolves.toBe('ok');
    expect(() => breaker.open({ forMs: 0 })).toThrow(/forMs/);
    expect(() => breaker.open({ untilMs: 1 } as never)).toThrow(/the options of open/);
  });

  test('stands aside, or counts and never opens, until it is closed', async () => {
    const { breaker, fail } = givenGobreaker();
    breaker.disable();
    await fail(9);
    expect(breaker.getStats()).toMatchObject({ mode: 'disabled', state: 'CLOSED' });
    expect(breaker.counts().requests).toBe(0);
    breaker.metricsOnly();
    await fail(9);
    expect(breaker.getStats()).toMatchObject({ mode: 'metricsOnly', state: 'CLOSED' });
    expect(breaker.counts().requests).toBe(9);
    breaker.close();
    expect(breaker.getStats().mode).toBe('auto');
    expect(breaker.counts().requests).toBe(0);
    await fail(6);
    expect(breaker.state()).toBe('open');
  });

  test('is as new after a reset', async () => {
    const { breaker, fail } = givenGobreaker();
    await fail(6);
    expect(breaker.getStats().totalRequests).toBe(6);
    breaker.reset();
    expect(breaker.state()).toBe('closed');
    expect(breaker.getStats().totalRequests).toBe(0);
  });

  test('goes on with other settings, but not with another name, clock or listener', async () => {
    const { breaker, fail } = givenGobreaker();
    await fail(3);
    breaker.reconfigure({ readyToTrip: ({ consecutiveFailures }) => consecutiveFailures > 3 });
    await fail(1);
    expect(breaker.state()).toBe('open');
    expect(breaker.name).toBe('test');
    for (const fixed of ['name', 'clock', 'onStateChange']) {
      const changes = { [fixed]: undefined, timeout: 1 } as never;
      expect(() => breaker.reconfigure(changes)).toThrow(
        new RegExp(`^expected the changes to be without ${fixed}`),
      );
    }
  });

  test('of the default settings opens from five requests on of which half fail', async () => {
    const registry = new BreakerRegistry();
    const half = newDefaultCircuitBreaker('half', registry);
    for (const call of [ok, ok, ok, down, down]) await half.execute<string>(call).catch(() => {});
    expect(half.state()).toBe('closed');
    await half.execute(down).catch(() => {});
    expect(half.state()).toBe('open');
    const few = newDefaultCircuitBreaker('few', registry);
    for (const call of [down, down, down, down]) await few.execute(call).catch(() => {});
    expect(few.state()).toBe('closed');
  });

  test('asks for a call that was aborted before it: nothing is called or counted', async () => {
    const { breaker } = givenGobreaker();
    const signal = AbortSignal.abort(DOWN);
    let calls = 0;
    await expect(breaker.execute(async () => (calls += 1), { signal })).rejects.toBe(DOWN);
    expect([calls, breaker.counts().requests]).toEqual([0, 0]);
  });
});

/** Its one word is how many failures in a row open it. */
function givenNamed(more: Partial<Meaning> = {}) {
  let nowMs = 0;
  // It is made with a clock for good.
  let clock: object = { clock: () => nowMs };
  const meaningOf = (words: object): Meaning => ({
    options: {
      ...clock,
      trip: 'consecutive',
      failureThreshold: (words as { readonly inRow: number }).inRow,
      minimumRequests: 0,
      resetTimeout: 60_000,
      timeout: false,
    },
    tolerates: null,
    sharing: null,
    ...more,
  });
  const breaker = new NamedBreaker({ service: 'test' }, { inRow: 3 }, meaningOf);
  clock = {};
  const call = (fn: typeof ok = ok) => breaker.call(fn, { fallback: null });
  const fail = async (count: number) => {
    for (let calls = 0; calls < count; calls += 1) await call(down).catch(() => {});
  };
  return { breaker, call, fail, pass: (byMs: number) => (nowMs += byMs) };
}

describe('one that is named', () => {
  test('is held open, closed, set aside, only counts, and is emptied', async () => {
    const { breaker, call, fail, pass } = givenNamed();
    breaker.open({ forMs: 10 });
    await expect(call()).rejects.toMatchObject(OPEN);
    pass(10);
    await expect(call()).resolves.toBe('ok');
    breaker.open();
    pass(1e9);
    await expect(call()).rejects.toMatchObject(OPEN);
    breaker.close();
    expect(breaker.getStats()).toMatchObject({ mode: 'auto', state: 'CLOSED' });
    breaker.disable();
    await fail(9);
    expect(breaker.getStats()).toMatchObject({ mode: 'disabled', state: 'CLOSED' });
    breaker.metricsOnly();
    await fail(9);
    expect(breaker.getStats()).toMatchObject({ mode: 'metricsOnly', state: 'CLOSED' });
    breaker.reset();
    expect(breaker.getStats()).toMatchObject({ mode: 'auto', totalRequests: 0 });
  });

  test('goes on with other words, those that are left out stay', async () => {
    const { breaker, fail } = givenNamed();
    await fail(1);
    breaker.reconfigure({});
    await fail(1);
    expect(breaker.getStats().state).toBe('CLOSED');
    breaker.reconfigure({ inRow: 4 });
    await fail(1);
    expect(breaker.getStats().state).toBe('CLOSED');
    await fail(1);
    expect(breaker.getStats().state).toBe('OPEN');
  });

  test('is of the same process, or of the same fleet, for good', () => {
    const sharing = { breaker: () => new CircuitBreaker() as never };
    const meanings: Partial<Meaning>[] = [{}, { sharing }];
    const meaningOf = (): Meaning => ({
      options: {},
      tolerates: null,
      sharing: null,
      ...meanings.shift(),
    });
    const breaker = new NamedBreaker({ service: 'test' }, {}, meaningOf);
    expect(() => breaker.reconfigure({ shared: 1 })).toThrow(
      /^expected the changes to be without shared/,
    );
  });

  test('has told its fleet once it is settled; of this process alone there is nothing to tell', async () => {
    await expect(givenNamed().breaker.settled()).resolves.toBeUndefined();
    const told: string[] = [];
    const shared = Object.assign(new CircuitBreaker(), {
      async settled() {
        told.push('told');
      },
    });
    const { breaker } = givenNamed({ sharing: { breaker: () => shared } });
    await breaker.settled();
    expect(told).toEqual(['told']);
    const registry = new BreakerRegistry();
    registry.keep({ service: 'shared' }, breaker);
    registry.keep({ service: 'alone' }, givenGobreaker().breaker);
    await registry.settled();
    expect(told).toEqual(['told', 'told']);
  });
});

describe('an error that counts as a success', () => {
  test('is thrown all the same; what tells it apart gets the arguments of the call, and no others', async () => {
    const asked: unknown[][] = [];
    const tolerates = (...given: unknown[]) => asked.push(given) > 0;
    const { breaker, call, fail } = givenNamed({ tolerates });
    await expect(call()).resolves.toBe('ok');
    await expect(call(down)).rejects.toBe(DOWN);
    await expect(breaker.call(down, { fallback: null, args: [7] })).rejects.toBe(DOWN);
    expect(asked).toEqual([[DOWN], [DOWN, 7]]);
    await fail(9);
    expect(breaker.getStats()).toMatchObject({ state: 'CLOSED', failureCount: 0 });
  });

  test('is a failure where that cannot be told; the fallback of a call answers it', async () => {
    const tolerates = () => {
      throw new Error('odd');
    };
    const { breaker, fail } = givenNamed({ tolerates });
    const fallback = (error: unknown) => [error];
    await expect(breaker.call(down, { fallback })).resolves.toEqual([DOWN]);
    const signal = AbortSignal.abort(DOWN);
    await expect(breaker.call(ok, { fallback: null, signal })).rejects.toBe(DOWN);
    await fail(2);
    expect(breaker.getStats().state).toBe('OPEN');
  });
});

test('of more than there is room for the one that was used longest ago leaves the registry', () => {
  const registry = new BreakerRegistry({ limit: 2 });
  const { breaker } = givenGobreaker();
  for (const service of ['a', 'b', 'a', 'c', 'd']) registry.keep({ service }, breaker);
  expect(registry.list().map(({ service }) => service)).toEqual(['c', 'd']);
});

test('what makes no breakers is no sharing', () => {
  const sharing = { breaker: () => new CircuitBreaker() as never };
  expect(checkedSharing(sharing)).toBe(sharing);
  expect(checkedSharing(null)).toBeNull();
  expect(() => checkedSharing({})).toThrow(
    /^expected shared to be what sharing\(\{ store \}\) makes/,
  );
});
