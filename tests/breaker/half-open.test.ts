/** Half-open always decides: for every combination of limits, and by the rate of its probes. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CircuitBreaker, type CircuitBreakerOptions } from '../../lib/breaker/index.ts';
import { deferred, DOWN, given, run } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TRIP = { trip: 'consecutive', failureThreshold: 2, minimumRequests: 0 } as const;
const EVERY_MS = 20;

/** A dependency under steady traffic: it fails at once, or answers after a while, or hangs. */
function traffic(options: CircuitBreakerOptions) {
  const breaker = new CircuitBreaker({ ...TRIP, ...options });
  const running = { now: 0, most: 0 };
  let latencyMs: number | 'down' | 'hangs' = 'down';
  const call = () =>
    breaker.tryExecute(async () => {
      if (latencyMs === 'down') throw DOWN;
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      if (latencyMs === 'hangs') await new Promise(() => {});
      await new Promise((resolve) => void setTimeout(resolve, Number(latencyMs)));
      running.now -= 1;
    });
  const states = new Set<string>();
  const flow = async (forMs: number) => {
    states.clear();
    for (let passedMs = 0; passedMs < forMs; passedMs += EVERY_MS) {
      void call();
      await vi.advanceTimersByTimeAsync(EVERY_MS);
      states.add(breaker.getStats().state);
    }
  };
  const become = (next: typeof latencyMs) => (latencyMs = next);
  return { breaker, flow, become, states, running };
}

/** [timeout, resetTimeout]: the time limit below, near and above the open time, and none. */
const LIMITS: readonly (readonly [number | false, number | (() => number)])[] = [
  [100, 1_000],
  [1_000, 1_000],
  [3_000, 1_000],
  [10_000, 1_000],
  [10_000, 0],
  [3_000, () => 10],
  [false, 1_000],
  [false, 0],
  [false, () => 10],
];

describe.each(LIMITS)('with timeout %s and resetTimeout %s', (timeout, resetTimeout) => {
  const longMs = timeout === false ? 2_500 : Math.min(2_500, timeout * 0.8);

  test('a dependency that is well again, and slow, is CLOSED after its first answer', async () => {
    const it = traffic({ timeout, resetTimeout });
    await it.flow(200);
    it.become(longMs);
    await it.flow(1_000 + longMs + 2 * EVERY_MS);
    expect(it.breaker.getStats().state).toBe('CLOSED');
  });

  test('one probe at a time is in flight until it has answered', async () => {
    const it = traffic({ timeout, resetTimeout });
    await it.flow(200);
    it.become(longMs);
    it.running.most = 0;
    for (let passedMs = 0; it.breaker.getStats().state !== 'CLOSED'; passedMs += EVERY_MS) {
      expect(passedMs).toBeLessThan(10_000);
      await it.flow(EVERY_MS);
      if (it.breaker.getStats().state !== 'CLOSED') expect(it.running.most).toBeLessThanOrEqual(1);
    }
    expect(it.running.most).toBeGreaterThan(0);
  });

  test('a dependency that hangs is opened again by the time limit of its probe', async () => {
    const it = traffic({ timeout, resetTimeout });
    await it.flow(200);
    it.become('hangs');
    const openings = () => it.breaker.getStats().tripped?.openings ?? 0;
    const before = openings();
    await it.flow(1_000 + (timeout || 1_000) + 3 * EVERY_MS);
    // Without a time limit nobody knows; it goes on waiting for the probe.
    expect(openings() > before).toBe(timeout !== false);
    expect(it.states).not.toContain('CLOSED');
  });
});

describe('the permit of a probe', () => {
  test.each([
    [{ timeout: 50 }, Infinity],
    [{ timeout: 50, resetTimeout: 0 }, Infinity],
    [{ timeout: false }, 60_000],
    [{ timeout: false, resetTimeout: 10 }, 60_000],
    [{ timeout: false, resetTimeout: 90_000 }, 90_000],
    [{ timeout: false, resetTimeout: () => 90_000 }, 60_000],
    [{ timeout: 50, halfOpen: { maxWait: 20 } }, 20],
  ] as const)('with %j may be taken by another call after %i ms', async (options, afterMs) => {
    const { breaker, clock } = given({ ...TRIP, ...(options as CircuitBreakerOptions) });
    breaker.open({ forMs: 1 });
    clock.advance(1);
    // The clock of the breaker moves, and no timer: nothing ends the probe.
    void breaker.tryExecute(() => new Promise(() => {}));
    clock.advance(Math.min(afterMs, 1e9) - 1);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe(afterMs === Infinity ? '!' : '+');
  });

  test('taken at most once in maxWait, so that probes do not pile up', async () => {
    const it = traffic({ timeout: false, resetTimeout: 100, halfOpen: { maxWait: 1_000 } });
    await it.flow(40);
    it.become('hangs');
    await it.flow(5_000);
    expect(it.running.most).toBe(5);
  });
});

describe('by the rate of N probes', () => {
  const half = async (halfOpen: NonNullable<CircuitBreakerOptions['halfOpen']>) => {
    const it = given({ ...TRIP, resetTimeout: 100, halfOpen });
    await run(it.breaker, '--');
    it.clock.advance(100);
    return it;
  };

  test.each([
    ['fewer failures than the rate close', '+-++', 'CLOSED'],
    ['so many failures as the rate open', '+-+-', 'OPEN'],
    ['it closes as soon as the rest cannot change it', '+++', 'CLOSED'],
    ['it opens as soon as the rest cannot change it', '--', 'OPEN'],
    ['it waits as long as the rest can', '-++', 'HALF_OPEN'],
  ])('%s: %s leads to %s', async (_what, probes, expected) => {
    const { breaker, state } = await half({ probes: 4, failureThreshold: 0.5 });
    expect(await run(breaker, probes)).toBe(probes);
    expect(state()).toBe(expected);
  });

  test('the rate is 0.5 by default, and permitted bounds the probes in flight', async () => {
    const { breaker } = await half({ probes: 5, permitted: 2 });
    const probes = [deferred(), deferred()];
    const calls = probes.map(({ promise }) => breaker.tryExecute(() => promise));
    expect(await run(breaker, '+')).toBe('!');
    expect(breaker.getStats().probes).toEqual({
      inFlight: 2,
      permitted: 2,
      successes: 0,
      failures: 0,
      successesToClose: 3,
      failuresToOpen: 3,
    });
    probes[0]?.resolve(1);
    probes[1]?.reject(DOWN);
    await Promise.all(calls);
    expect(breaker.getStats().probes).toMatchObject({ inFlight: 0, successes: 1, failures: 1 });
  });

  test('a filtered probe is none of them', async () => {
    const it = given({
      ...TRIP,
      resetTimeout: 100,
      halfOpen: { probes: 2, failureThreshold: 1 },
      failsOn: { error: (error) => error === DOWN },
    });
    await run(it.breaker, '--');
    it.clock.advance(100);
    await it.breaker.tryExecute(() => Promise.reject('not found'));
    expect(it.breaker.getStats().probes).toMatchObject({ successes: 0, failures: 0 });
    await run(it.breaker, '+');
    expect(it.state()).toBe('CLOSED');
  });

  test('a slow probe is a failed one where slow calls open', async () => {
    for (const [rate, expected] of [
      [1, 'OPEN'],
      [false, 'CLOSED'],
    ] as const) {
      const { breaker, clock, state } = given({
        ...TRIP,
        slowCall: { threshold: 5, rate },
        resetTimeout: 100,
        halfOpen: { probes: 2 },
      });
      breaker.open({ forMs: 1 });
      clock.advance(1);
      await breaker.execute(() => clock.advance(5));
      if (rate === false) await breaker.execute(() => clock.advance(5));
      expect(state()).toBe(expected);
    }
  });

  test.each([{ probes: 4, successesToClose: 2 }, { failureThreshold: 0.5 }])(
    '%j is refused: one of the two ways decides',
    (halfOpen) => {
      expect(() => new CircuitBreaker({ halfOpen })).toThrow(
        'expected halfOpen to be of successesToClose, or of probes and failureThreshold',
      );
    },
  );
});
