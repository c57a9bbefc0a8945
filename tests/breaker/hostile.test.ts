/** What no call may be spoiled by: whatever a caller, a function, a fallback or a clock does, it ends. */
import { describe, expect, test, vi } from 'vitest';
import {
  BreakerRegistry,
  bulkhead,
  CircuitBreaker,
  CircuitBreakerService,
  fallback,
  newCircuitBreaker,
  pipeline,
  rateLimiter,
  retry,
  timeout,
  type ExecuteOptions,
  type Policy,
} from '../../lib/entries/utils.ts';
import { DOWN, given, run, settle } from './given.ts';

const TRAP = new Error('trap');
const trap = (): never => {
  throw TRAP;
};

/** The same with a property of its own. */
const own = <T extends object>(it: T, name: string, value: unknown): T =>
  Object.defineProperty(it, name, { value });

describe("a caller's signal", () => {
  const unreadable = Object.defineProperty({}, 'signal', { get: trap }) as ExecuteOptions;
  const noSignal = { signal: {} } as unknown as ExecuteOptions;

  test.each<[string, Policy]>([
    ['CircuitBreaker', new CircuitBreaker({ timeout: false })],
    ['CircuitBreaker with a time limit', new CircuitBreaker()],
    ['retry', retry()],
    ['timeout', timeout()],
    ['bulkhead', bulkhead({ concurrency: 1 })],
    ['rateLimiter', rateLimiter({ tokens: 1 })],
    ['fallback', fallback(trap)],
    ['pipeline', pipeline(timeout(), retry())],
  ])('that cannot be read or is none rejects the call, and fn is not called: %s', async (_, it) => {
    await expect(it.execute(trap, unreadable)).rejects.toBe(TRAP);
    await expect(it.execute(trap, noSignal)).rejects.toThrow(
      'expected signal to be an AbortSignal, got [object Object]',
    );
  });

  test('is an outcome to tryExecute, and counts nowhere', async () => {
    const { breaker } = given();
    expect(await breaker.tryExecute(trap, unreadable)).toEqual({
      ok: false,
      reason: 'failed',
      error: TRAP,
    });
    expect(await breaker.tryExecute(trap, noSignal)).toMatchObject({
      error: { code: 'BREAKER_OPTIONS_INVALID' },
    });
    expect(breaker.getStats().totalRequests).toBe(0);
  });

  test('may be null', async () => {
    const { breaker } = given();
    expect(await breaker.execute(() => 1, { signal: null as never })).toBe(1);
  });
});

describe('a promise with a then of its own', () => {
  const thens: readonly [string, unknown][] = [
    ['throws', trap],
    ['does nothing', () => {}],
    ['answers otherwise', (ok: (value: unknown) => void) => ok('its own')],
    ['is no function', null],
  ];

  test.each(thens)('that %s is waited for as await does', async (_what, then) => {
    const { breaker } = given();
    const timed = given({ timeout: 50 });
    const promised = () => own(Promise.resolve<unknown>('the value'), 'then', then);
    expect(await breaker.execute(promised)).toBe('the value');
    expect(await breaker.tryExecute(promised)).toEqual({ ok: true, value: 'the value' });
    expect(await timed.breaker.execute(promised)).toBe('the value');
    expect(await timeout({ timeout: 50 }).execute(promised)).toBe('the value');
    expect(await bulkhead({ concurrency: 1 }).execute(promised)).toBe('the value');
    expect(await retry().execute(promised)).toBe('the value');
    expect(timed.breaker.getStats().successCount).toBe(1);
  });

  test.each(thens)('that %s is also what a fallback may answer', async (_what, then) => {
    const { breaker } = given({
      fallback: () => own(Promise.resolve<unknown>('instead'), 'then', then),
    });
    expect(await breaker.execute(() => Promise.reject(DOWN))).toBe('instead');
    breaker.open();
    expect(await breaker.tryExecute(trap)).toEqual({ ok: true, value: 'instead' });
  });
});

describe('a clock', () => {
  test.each<[string, () => number]>([
    ['throws', trap],
    ['is not a number', () => Number.NaN],
    ['is text', () => 'now' as unknown as number],
  ])('that %s stands still', async (_what, broken) => {
    let read = () => 5;
    const { breaker, state } = given({
      clock: () => read(),
      trip: 'consecutive',
      failureThreshold: 2,
      minimumRequests: 0,
      slowCall: { threshold: 1 },
    });
    expect(await run(breaker, '+')).toBe('+');
    read = broken;
    expect(await run(breaker, '+--!')).toBe('+--!');
    expect(state()).toBe('OPEN');
    read = () => 60_005;
    expect(await run(breaker, '+')).toBe('+');
    expect(state()).toBe('CLOSED');
  });

  test('that throws from the beginning is at 0', async () => {
    const { breaker } = given({ clock: trap });
    expect(await run(breaker, '+-')).toBe('+-');
    expect(await rateLimiter({ tokens: 1, clock: trap }).execute(() => 1)).toBe(1);
  });
});

describe('a predicate that is async', () => {
  // Its rejection is nobody's: one that is left unhandled fails the run.
  const later = (async () => Promise.reject(TRAP)) as unknown as () => boolean;
  const registry = new BreakerRegistry();
  const fail = () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  const gobreaker = (settings: object) => newCircuitBreaker({ name: '', ...settings }, registry);

  test('as isFailure counts a failure', async () => {
    const { breaker } = given({ isFailure: later });
    await breaker.tryExecute(fail);
    expect(breaker.getStats().failureCount).toBe(1);
  });

  test('as errorFilter filters nothing', async () => {
    const breakers = new CircuitBreakerService(registry);
    const breaker = breakers.getBreaker('filtered', fail, { errorFilter: later });
    await expect(breaker.fire()).rejects.toThrow('reset');
    expect(breaker.stats.failures).toBe(1);
  });

  test.each(['isExcluded', 'isSuccessful', 'readyToTrip'])('as %s says no', async (name) => {
    const breaker = gobreaker({ name, [name]: later });
    await expect(breaker.execute(fail)).rejects.toThrow('reset');
    expect([breaker.counts().totalFailures, breaker.state()]).toEqual([1, 'closed']);
  });

  test('as isRetryable ends the retries', async () => {
    const fn = vi.fn(fail);
    await expect(retry({ isRetryable: later }).execute(fn)).rejects.toThrow('reset');
    expect(fn).toHaveBeenCalledTimes(1);
  });
});

describe('a fallback', () => {
  const traps = ['has', 'get', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'defineProperty'];
  const evil = (name: string) => new Proxy(new Error('evil'), { [name]: trap });

  test.each(traps)('that throws an error whose trap %s throws ends the call', async (name) => {
    const error = evil(name);
    for (const answer of [() => Promise.reject(error), () => trapWith(error)]) {
      const { breaker } = given({ fallback: answer });
      const result = await breaker.tryExecute(() => Promise.reject(DOWN));
      expect(result.ok ? null : result.error === error).toBe(true);
      breaker.open();
      const refused = await breaker.tryExecute(trap);
      expect(refused.ok ? null : refused.error === error).toBe(true);
      const policy = fallback(answer);
      // In a list: a promise that is resolved with the error itself would look at it.
      const thrown: unknown = await policy.execute(trap).catch((it: unknown) => [it]);
      expect(Array.isArray(thrown) && thrown[0] === error).toBe(true);
    }
  });

  test('that answers a function with a then is waited for', async () => {
    const late = own(
      () => {},
      'then',
      (_ok: unknown, bad: (error: unknown) => void) => bad(DOWN),
    );
    const { breaker } = given({ fallback: () => late });
    breaker.open();
    expect(await breaker.tryExecute(trap)).toEqual({ ok: false, reason: 'rejected', error: DOWN });
    breaker.close();
    expect(await breaker.tryExecute(trap)).toEqual({ ok: false, reason: 'failed', error: DOWN });
  });

  function trapWith(error: unknown): never {
    throw error;
  }
});

test('a listener that aborts the call as it becomes a probe keeps fn from being called', async () => {
  const { breaker, clock } = given({
    trip: 'consecutive',
    failureThreshold: 1,
    minimumRequests: 0,
  });
  await run(breaker, '-');
  const caller = new AbortController();
  breaker.on('stateChange', () => caller.abort('gone'));
  clock.advance(60_000);
  let called = false;
  const call = breaker.execute(() => (called = true), { signal: caller.signal });
  await expect(call).rejects.toBe('gone');
  await settle();
  expect(called).toBe(false);
  expect(await run(breaker, '+')).toBe('+');
});
