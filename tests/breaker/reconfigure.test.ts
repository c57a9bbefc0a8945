/** Other options at run time: what changes at once, what stays, and what is refused. */
import { describe, expect, test } from 'vitest';
import {
  BreakerRegistry,
  CircuitBreaker,
  CircuitBreakerService,
  createExternalServiceCircuitBreaker,
  newCircuitBreaker,
} from '../../lib/entries/utils.ts';
import { deferred, DOWN, given, run } from './given.ts';

describe('reconfigure', () => {
  test('takes effect at the next call, with the counts that are there', async () => {
    const { breaker, state } = given({ minimumRequests: 4 });
    await run(breaker, '+++-');
    breaker.reconfigure({ failureThreshold: 0.25 });
    await run(breaker, '-');
    expect(state()).toBe('OPEN');
  });

  test('leaves what it does not name', async () => {
    const { breaker, clock } = given({ minimumRequests: 2, resetTimeout: 100 });
    breaker.reconfigure({ failureThreshold: 1 });
    breaker.reconfigure({ size: 50 });
    await run(breaker, '--');
    clock.advance(99);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe('+');
  });

  test('begins a window of another shape anew, and no other', async () => {
    const { breaker } = given({ minimumRequests: 4 });
    await run(breaker, '---');
    breaker.reconfigure({ minimumRequests: 7 });
    expect(breaker.getStats().window.requests).toBe(3);
    for (const changes of [
      { buckets: 5 },
      { window: 5_000 },
      { trip: 'count', size: 7 },
    ] as const) {
      await run(breaker, '+');
      breaker.reconfigure(changes);
      expect(breaker.getStats().window.requests).toBe(0);
    }
    expect(breaker.getStats().totalRequests).toBe(6);
  });

  test('of an OPEN lets it end when it would have, and the next one as it says', async () => {
    const { breaker, clock } = given({ minimumRequests: 1, resetTimeout: 100 });
    await run(breaker, '-');
    breaker.reconfigure({ resetTimeout: 5_000 });
    clock.advance(100);
    expect(await run(breaker, '-')).toBe('-');
    clock.advance(4_999);
    expect(await run(breaker, '+')).toBe('!');
  });

  test('gives a time limit to the calls that follow', async () => {
    const { breaker } = given();
    expect(await run(breaker, '+')).toBe('+');
    breaker.reconfigure({ timeout: 1, fallback: undefined as never });
    expect(await breaker.tryExecute(() => new Promise(() => {}))).toMatchObject({
      reason: 'timeout',
    });
  });

  test('of a call that runs changes its judgement, not its time', async () => {
    const { breaker } = given();
    const late = deferred();
    const call = breaker.tryExecute(() => late.promise);
    breaker.reconfigure({ failsOn: { error: () => false } });
    late.reject(DOWN);
    await call;
    expect(breaker.getStats().totalRequests).toBe(0);
  });

  test.each([
    [{ failureThreshold: 2 }, 'failureThreshold'],
    [{ resetTimout: 5 }, 'did you mean resetTimeout?'],
    [{ name: 'other' }, 'expected the changes to be without a name and a clock'],
    [{ clock: () => 0 }, 'expected the changes to be without a name and a clock'],
  ])('%o is refused, and nothing changes', async (changes, message) => {
    const { breaker, state } = given({ minimumRequests: 2 });
    expect(() => breaker.reconfigure(changes as never)).toThrow(message);
    await run(breaker, '+-');
    expect(state()).toBe('OPEN');
  });
});

describe('a registered breaker', () => {
  const registry = new BreakerRegistry();
  const down = () => Promise.reject(DOWN);
  const service = new CircuitBreakerService(registry);
  const kinds: readonly [string, () => Promise<unknown>, object, object][] = [
    [
      'execute',
      () => service.execute('kinds', 'execute', down, () => null),
      { failureThreshold: 1, minimumRequestCount: 0, recoveryTimeout: 1_000 },
      { failureTreshold: 1 },
    ],
    [
      'getBreaker',
      () => service.getBreaker('kinds-opossum', down).fire(),
      { volumeThreshold: 1, errorThresholdPercentage: 10 },
      { volumeTreshold: 1 },
    ],
    [
      'newCircuitBreaker',
      () => newCircuitBreaker({ name: 'kinds-go' }, registry).execute(down),
      { readyToTrip: () => true, maxRequests: 2 },
      { readyToTrp: 1 },
    ],
    [
      'createExternalServiceCircuitBreaker',
      () => createExternalServiceCircuitBreaker('kinds-ext', undefined, registry).execute(down),
      { minimumRequests: 1 },
      { minimumRequest: 1 },
    ],
  ];

  test.each(kinds)('of %s is held, and given other options in its own words', async (...kind) => {
    const [, call, changes, mistyped] = kind;
    await call().catch(() => {});
    const listed = registry.list().at(-1);
    const breaker = registry.get({ service: '', ...listed });
    const state = () => breaker?.getStats().state;

    breaker?.open();
    const refused = await call().catch((error: unknown) => error);
    if (refused !== null) expect(refused).toMatchObject({ code: 'CIRCUIT_OPEN' });
    breaker?.close();
    expect(breaker?.getStats()).toMatchObject({ state: 'CLOSED', rejectedCount: 1 });
    breaker?.disable();
    for (let calls = 0; calls < 20; calls += 1) await call().catch(() => {});
    expect(breaker?.getStats()).toMatchObject({
      state: 'CLOSED',
      mode: 'disabled',
      failureCount: 1,
    });
    breaker?.metricsOnly();
    for (let calls = 0; calls < 20; calls += 1) await call().catch(() => {});
    expect(breaker?.getStats()).toMatchObject({ state: 'CLOSED', failureCount: 21 });
    breaker?.reset();
    expect(breaker?.getStats()).toMatchObject({ mode: 'auto', failureCount: 0 });

    breaker?.reconfigure(changes);
    expect(state()).toBe('CLOSED');
    await call().catch(() => {});
    expect(state()).toBe('OPEN');
    expect(() => breaker?.reconfigure(mistyped)).toThrow('did you mean');
    expect(() => breaker?.reconfigure({ name: 'other' })).toThrow(/name/);
  });

  test('made by hand can be listed and controlled too', () => {
    const byHand = new CircuitBreaker({ name: 'by hand' });
    registry.keep({ service: 'by hand' }, byHand);
    registry.get({ service: 'by hand' })?.open({ forMs: 60_000 });
    expect(byHand.getStats().state).toBe('OPEN');
  });
});
