/** Saving and restoring: nothing that was seen is lost, and nothing that was never saved is taken over. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  BreakerOptionsError,
  type CircuitBreaker,
  type SavedBreaker,
} from '../../lib/breaker/index.ts';
import { DOWN, given, run } from './given.ts';
import { HALF_OPEN, OPEN, TRIPPED, TWO } from './saved-states.ts';

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

/** A copy with one value in another place. */
function edited(saved: SavedBreaker, path: string, value: unknown): SavedBreaker {
  const whole = structuredClone(saved) as unknown as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const holder = names.reduce((it, name) => it[name] as Record<string, unknown>, whole);
  holder[last] = value;
  return whole as unknown as SavedBreaker;
}

test.each([
  ['version', 1],
  ['state', 'OPEN'],
  ['state.kind', 'open'],
  ['mode', 'off'],
  ['totals', null],
  ['state.requests', -1],
  ['changedAtMs', 'now'],
  ['totals.failures', -1],
  ['totals.successes', 0.5],
  ['totals.lastFailureAtMs', 'now'],
  ['state', { ...OPEN, endsAtMs: 'a while' }],
  ['state', { ...OPEN, tripped: { ...TRIPPED, reason: 'whim' } }],
  ['state', { ...OPEN, tripped: { ...TRIPPED, seen: null } }],
  ['state', { ...HALF_OPEN, successes: 3 }],
  ['state.window', null],
  ['state.window.at', 1],
  ['state.window.at', 3_000],
  ['state.window.tallies.0', 1.5],
  ['state.window.tallies.0', '1'],
  ['state.window.tallies.2', 1],
] as const)('a malformed %s, %j, is refused', (path, value) => {
  const { breaker } = given(TWO);
  const before = breaker.toJSON();
  expect(() => breaker.restore(edited(copy(breaker), path, value))).toThrow(BreakerOptionsError);
  expect(breaker.toJSON()).toEqual(before);
});

test.each([
  ['metricsOnly', OPEN],
  ['disabled', HALF_OPEN],
] as const)('a mode of %s is refused outside CLOSED', (mode, state) => {
  const { breaker } = given(TWO);
  const saved = edited(edited(copy(breaker), 'mode', mode), 'state', state);
  expect(() => breaker.restore(saved)).toThrow(`expected mode to be auto in ${state.kind}`);
});

test('what is no saved breaker at all is refused', () => {
  const { breaker } = given(TWO);
  for (const saved of [null, 'CLOSED', [], {}]) {
    expect(() => breaker.restore(saved as unknown as SavedBreaker)).toThrow(BreakerOptionsError);
  }
});

describe('the time since it was saved', () => {
  const opened = async () => {
    const it = given({ ...TWO, resetTimeout: 60_000 });
    await run(it.breaker, '--');
    return copy(it.breaker);
  };

  test('is none by default: an OPEN waits for the time that was left', async () => {
    const { breaker, clock } = given({ ...TWO, resetTimeout: 60_000 });
    breaker.restore(await opened());
    clock.advance(59_999);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe('+');
  });

  test('may be hours: an OPEN whose time has passed meanwhile probes at once', async () => {
    const { breaker } = given({ ...TWO, resetTimeout: 60_000 });
    breaker.restore(await opened(), { elapsedMs: 3 * 3_600_000 });
    expect(breaker.getStats().state).toBe('HALF_OPEN');
    expect(await run(breaker, '+')).toBe('+');
  });

  test('is taken off the time left, and added to every age', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    const saved = await opened();
    const { breaker, clock } = given({ ...TWO, resetTimeout: 60_000 });
    clock.advance(7);
    breaker.restore(saved, { elapsedMs: 50_000 });
    expect(breaker.getStats()).toMatchObject({
      lastFailureTime: new Date(950_000),
      lastStateChange: new Date(950_000),
      nextAttemptTime: new Date(1_010_000),
      tripped: { reason: 'failures', since: new Date(950_000), error: undefined },
    });
  });

  test.each([
    ['a date', (ms: number) => new Date(ms)],
    ['milliseconds', (ms: number) => ms],
  ])('is known from %s too', async (_what, at) => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    const { breaker, clock } = given({ ...TWO, resetTimeout: 60_000 });
    breaker.restore(await opened(), { savedAt: at(941_000) });
    clock.advance(999);
    expect(await run(breaker, '+')).toBe('!');
    clock.advance(1);
    expect(await run(breaker, '+')).toBe('+');
  });

  test('lets the buckets of a window age', async () => {
    const options = { minimumRequests: 2 };
    const first = given(options);
    await run(first.breaker, '-');
    for (const [elapsedMs, expected] of [
      [8_000, 'OPEN'],
      [10_000, 'CLOSED'],
    ] as const) {
      const { breaker, state } = given(options);
      breaker.restore(copy(first.breaker), { elapsedMs });
      await run(breaker, '-');
      expect(state()).toBe(expected);
    }
  });

  test('that lies ahead is none, and what is no time is refused', async () => {
    const saved = await opened();
    const { breaker, state } = given(TWO);
    breaker.restore(saved, { savedAt: Date.now() + 1e9 });
    expect(state()).toBe('OPEN');
    const restore = (options: object) => () => breaker.restore(saved, options);
    expect(restore({ savedAt: 'yesterday' })).toThrow('savedAt to be a date, or milliseconds');
    expect(restore({ elapsedMs: -1 })).toThrow('elapsedMs to be a number from 0');
    expect(restore({ elapsed: 1 })).toThrow('did you mean elapsedMs?');
  });
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
  const saved = copy(breaker);
  Object.assign(saved.totals, { more: 1 });
  breaker.restore(saved);
  expect(breaker.toJSON().totals).not.toHaveProperty('more');
  expect(await run(breaker, '+-')).toBe('+-');
});
