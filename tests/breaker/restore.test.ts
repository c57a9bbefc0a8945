/** Saving and restoring: nothing that was seen is lost, and nothing that was never saved is taken over. */
import { afterEach, expect, test, vi } from 'vitest';
import {
  BreakerOptionsError,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type SavedBreaker,
} from '../../lib/breaker/index.ts';
import { DOWN, given, run } from './given.ts';

const TWO: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 2,
  minimumRequests: 0,
  resetTimeout: 100,
};
const TOTALS = {
  failures: 0,
  successes: 0,
  rejected: 0,
  timeouts: 0,
  fallbacks: 0,
  failureRun: 0,
  successRun: 0,
  lastFailureAgoMs: null,
  lastSuccessAgoMs: null,
};

afterEach(() => {
  vi.useRealTimers();
});

const copy = (breaker: CircuitBreaker) => JSON.parse(JSON.stringify(breaker)) as SavedBreaker;

test('restore is an instance method and returns the breaker', () => {
  const { breaker } = given(TWO);
  expect(breaker.restore(copy(breaker))).toBe(breaker);
});

test.each([
  ['rate', { minimumRequests: 4 }],
  ['consecutive', { ...TWO, failureThreshold: 4 }],
  ['count', { trip: 'count', size: 4 }],
] as const)('the counts of %s go on where they were', async (_trip, options) => {
  // The dates in the stats are the wall's, which must not tick between the two.
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
  const first = given(options);
  await run(first.breaker, '---');
  const second = given(options);
  second.clock.advance(5_000_000);
  second.breaker.restore(copy(first.breaker));
  expect(second.breaker.getStats()).toEqual(first.breaker.getStats());
  await run(second.breaker, '-');
  expect(second.state()).toBe('OPEN');
});

test('the age of a bucket survives', async () => {
  const first = given({ minimumRequests: 2 });
  await run(first.breaker, '-');
  first.clock.advance(8_000);
  const second = given({ minimumRequests: 2 });
  second.breaker.restore(copy(first.breaker));
  second.clock.advance(2_000);
  await run(second.breaker, '-');
  expect(second.state()).toBe('CLOSED');
});

test('a window of another shape is left out', async () => {
  const first = given({ minimumRequests: 2 });
  await run(first.breaker, '-');
  const second = given({ minimumRequests: 2, buckets: 5 });
  second.breaker.restore(copy(first.breaker));
  expect(second.breaker.getStats()).toMatchObject({ failureCount: 1, window: { requests: 0 } });
});

test('permits in flight are not saved, successes are', async () => {
  const options = { ...TWO, halfOpen: { successesToClose: 2 } };
  const { breaker, clock } = given(options);
  await run(breaker, '--');
  clock.advance(100);
  await run(breaker, '+');
  void breaker.execute(() => new Promise(() => {}));
  const second = given(options);
  second.breaker.restore(copy(breaker));
  expect(second.state()).toBe('HALF_OPEN');
  await run(second.breaker, '+');
  expect(second.state()).toBe('CLOSED');
});

test('a held open stays held', async () => {
  const { breaker } = given(TWO);
  breaker.open();
  const second = given(TWO);
  second.breaker.restore(copy(breaker));
  second.clock.advance(1e12);
  expect(await run(second.breaker, '+')).toBe('!');
});

test.each([
  ['version', { version: 2 }],
  ['state', { state: 'open' }],
  ['mode', { mode: 'off' }],
  ['totals', { totals: null }],
  ['requests', { requests: -1 }],
  ['changedAgoMs', { changedAgoMs: 'now' }],
  ['failures', { totals: { ...TOTALS, failures: -1 } }],
  ['lastFailureAgoMs', { totals: { ...TOTALS, lastFailureAgoMs: 'now' } }],
  ['openForMs', { state: 'OPEN', openings: 1, openForMs: 'a while' }],
  ['mode', { mode: 'metricsOnly', state: 'OPEN', openings: 1, openForMs: null }],
  ['mode', { mode: 'disabled', state: 'HALF_OPEN', openings: 1, successes: 0 }],
  ['window', { window: { shape: 'time', values: [1.5] } }],
  ['window', { window: { shape: 'time 1000 1', values: [1, 1, 3] } }],
  ['window', { window: { shape: 'time 1000 1', values: [1, 1] } }],
  ['window', { window: { shape: 'count 3', values: [1, 0] } }],
  ['window', { window: { shape: 'count 3', values: [3] } }],
  ['window', { window: { shape: 'count 3', values: [4] } }],
  ['window', { window: { shape: 'count 3', values: [7] } }],
  ['window', { window: { shape: 'count 3', values: [1, 1, 2, 2] } }],
])('a malformed %s is refused', (key, edit) => {
  const { breaker } = given(TWO);
  const saved = { ...copy(breaker), ...edit } as unknown as SavedBreaker;
  expect(() => breaker.restore(saved)).toThrow(key);
  expect(() => breaker.restore(null as unknown as SavedBreaker)).toThrow(BreakerOptionsError);
});

test.each(['disabled', 'metricsOnly'] as const)('the mode %s goes on', async (mode) => {
  const [first, second] = [given(TWO), given(TWO)];
  if (mode === 'disabled') first.breaker.disable();
  else first.breaker.metricsOnly();
  second.breaker.restore(copy(first.breaker));
  expect(await run(second.breaker, '---+')).toBe('---+');
  const totalRequests = mode === 'disabled' ? 0 : 4;
  expect(second.breaker.getStats()).toMatchObject({ state: 'CLOSED', mode, totalRequests });
});

test('slow calls go on where they were, in both kinds of window', async () => {
  for (const trip of ['rate', 'count'] as const) {
    const options = { trip, slowCall: { threshold: 5, rate: false }, failureThreshold: 1 } as const;
    const [first, second] = [given(options), given(options)];
    for (const takesMs of [0, 5]) {
      await first.breaker.execute(() => first.clock.advance(takesMs));
      await first.breaker.tryExecute(() => {
        first.clock.advance(takesMs);
        throw DOWN;
      });
    }
    second.breaker.restore(copy(first.breaker));
    expect(second.breaker.getStats().window).toEqual({
      requests: 4,
      failures: 2,
      successes: 2,
      slow: 2,
    });
  }
});

test('what else lies beside the totals is not taken over', async () => {
  const { breaker } = given(TWO);
  const saved = JSON.parse(JSON.stringify(breaker)) as { totals: Record<string, unknown> };
  Object.assign(saved.totals, { addSuccess: null, addFailure: 1 });
  breaker.restore(saved as unknown as SavedBreaker);
  expect(await breaker.tryExecute(() => 1)).toEqual({ ok: true, value: 1 });
  expect(await run(breaker, '-')).toBe('-');
});
