/** Where the peers break: each in-process failure of theirs, by name, held against this breaker. */
import { describe, expect, test } from 'vitest';
import type { CircuitBreakerOptions, SavedBreaker } from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run } from './given.ts';

const FIVE: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 5,
  minimumRequests: 0,
  resetTimeout: 100,
};

describe('circuitbreaker-lambda', () => {
  test('50 concurrent failures at threshold 5 open it, and all are counted', async () => {
    const { breaker } = given(FIVE);
    const down = deferred();
    const calls = Array.from({ length: 50 }, () => breaker.tryExecute(() => down.promise));
    down.reject(DOWN);
    await Promise.all(calls);
    expect(breaker.getStats()).toMatchObject({ state: 'OPEN', failureCount: 50 });
  });

  test('a late success does not turn OPEN back to CLOSED', async () => {
    const { breaker, state } = given(FIVE);
    const late = deferred();
    const call = breaker.execute(() => late.promise);
    await run(breaker, '-----');
    late.resolve(1);
    await call;
    expect(state()).toBe('OPEN');
  });

  test('at expiry one of 50 concurrent callers probes', async () => {
    const { breaker, clock } = given(FIVE);
    await run(breaker, '-----');
    clock.advance(100);
    const probe = deferred();
    let probes = 0;
    const calls = Array.from({ length: 50 }, () =>
      breaker.tryExecute(() => {
        probes += 1;
        return probe.promise;
      }),
    );
    probe.resolve(1);
    const refused = (await Promise.all(calls)).filter(({ ok }) => !ok);
    expect([probes, refused.length]).toEqual([1, 49]);
  });
});

describe('Powertools for Python', () => {
  test('a stale failure does not overwrite HALF_OPEN and restart the recovery', async () => {
    const { breaker, clock, state } = given(FIVE);
    const stale = deferred();
    const call = breaker.tryExecute(() => stale.promise);
    await run(breaker, '-----');
    clock.advance(100);
    const probe = deferred();
    const probing = breaker.execute(() => probe.promise);
    stale.reject(DOWN);
    await call;
    expect(state()).toBe('HALF_OPEN');
    probe.resolve(1);
    await probing;
    expect(state()).toBe('CLOSED');
  });

  test('closing is fenced: a probe whose permit another has taken does not close', async () => {
    const { breaker, clock, state } = given({ ...FIVE, halfOpen: { maxWait: 100 } });
    await run(breaker, '-----');
    clock.advance(100);
    const expired = deferred();
    const call = breaker.execute(() => expired.promise);
    clock.advance(100);
    void breaker.execute(() => new Promise(() => {}));
    expired.resolve(1);
    await call;
    expect(state()).toBe('HALF_OPEN');
  });

  test('a 30 % failure that consecutive counts hardly ever see trips by rate', async () => {
    const calls = '++-+-++-++'.repeat(30);
    const [runs, rate] = [given(FIVE), given({ failureThreshold: 0.3 })];
    await run(runs.breaker, calls);
    await run(rate.breaker, calls);
    expect([runs.state(), rate.state()]).toEqual(['CLOSED', 'OPEN']);
  });
});

describe('opossum 10', () => {
  const saved = (it: ReturnType<typeof given>) =>
    JSON.parse(JSON.stringify(it.breaker)) as SavedBreaker;

  test('a state saved just after opening restores as open', async () => {
    const [first, second] = [given(FIVE), given(FIVE)];
    await run(first.breaker, '-----');
    second.breaker.restore(saved(first));
    expect(await run(second.breaker, '+')).toBe('!');
  });

  test('a restored open breaker waits for the time that was left, not for the full time', async () => {
    const [first, second] = [given(FIVE), given(FIVE)];
    await run(first.breaker, '-----');
    first.clock.advance(70);
    second.clock.advance(9_999);
    second.breaker.restore(saved(first));
    second.clock.advance(29);
    expect(await run(second.breaker, '+')).toBe('!');
    second.clock.advance(1);
    expect(await run(second.breaker, '+')).toBe('+');
  });

  test('a hung probe without a time-out does not wedge half-open', async () => {
    const { breaker, clock, state } = given(FIVE);
    await run(breaker, '-----');
    clock.advance(100);
    void breaker.execute(() => new Promise(() => {}));
    clock.advance(59_999);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe('+');
    expect(state()).toBe('CLOSED');
  });

  test('a filtered probe error does not close', async () => {
    const { breaker, clock, state } = given({ ...FIVE, isFailure: (error) => error === DOWN });
    await run(breaker, '-----');
    clock.advance(100);
    await breaker.tryExecute(() => Promise.reject('not found'));
    expect(state()).toBe('HALF_OPEN');
  });
});

describe('cockatiel 4', () => {
  test('four failures and one more an hour later do not open a 5-second window', async () => {
    const { breaker, clock, state } = given({ window: 5_000, minimumRequests: 5 });
    await run(breaker, '----');
    clock.advance(3_600_000);
    await run(breaker, '-');
    expect(state()).toBe('CLOSED');
  });
});

describe('gobreaker', () => {
  test('consecutive failures in a slow, low-traffic outage do not plateau below the threshold', async () => {
    const { breaker, clock, state } = given({ ...FIVE, window: 10_000 });
    for (let failure = 0; failure < 5; failure += 1) {
      expect(state()).toBe('CLOSED');
      clock.advance(9_000);
      await run(breaker, '-');
    }
    expect(state()).toBe('OPEN');
  });

  test('nothing is held across the call: another call passes meanwhile', async () => {
    const { breaker } = given(FIVE);
    const slow = deferred();
    const call = breaker.execute(() => slow.promise);
    expect(await run(breaker, '+')).toBe('+');
    slow.resolve(1);
    await call;
  });
});

describe('several', () => {
  const endings: readonly [string, (it: ReturnType<typeof given>) => Promise<unknown>][] = [
    ['is filtered', ({ breaker }) => breaker.tryExecute(() => Promise.reject('not found'))],
    [
      'throws before it returns a promise',
      ({ breaker }) =>
        breaker.tryExecute(() => {
          throw new TypeError('not found');
        }),
    ],
    [
      'is aborted',
      ({ breaker }) => {
        const caller = new AbortController();
        const call = breaker.tryExecute(() => new Promise(() => {}), { signal: caller.signal });
        caller.abort('not found');
        return call;
      },
    ],
    [
      'hangs past maxWait',
      async ({ breaker, clock }) => {
        void breaker.execute(() => new Promise(() => {}));
        clock.advance(60_000);
      },
    ],
  ];

  test.each(endings)('no permit leaks when a probe %s', async (_how, end) => {
    const it = given({ ...FIVE, isFailure: (error) => error === DOWN });
    await run(it.breaker, '-----');
    it.clock.advance(100);
    for (let probe = 0; probe < 100; probe += 1) {
      await end(it);
      expect(it.state()).toBe('HALF_OPEN');
    }
    expect(await run(it.breaker, '+')).toBe('+');
    expect(it.state()).toBe('CLOSED');
  });

  test('probes are capped in an outage: one per resetTimeout, however many ask', async () => {
    const { breaker, clock } = given(FIVE);
    let calls = 0;
    for (let atMs = 0; atMs < 1_000; atMs += 1) {
      await breaker.tryExecute(() => {
        calls += 1;
        throw DOWN;
      });
      clock.advance(1);
    }
    expect(calls).toBe(5 + 9);
  });

  test('an open time of 0 does not make every permit expire at once', async () => {
    const { breaker, clock } = given({ ...FIVE, resetTimeout: 0 });
    await run(breaker, '-----');
    void breaker.execute(() => new Promise(() => {}));
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(59_999);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe('+');
  });
});
