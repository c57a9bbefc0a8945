/** The transition table of each trip kind: calls and time in, states and refusals out. */
import { describe, expect, test } from 'vitest';
import type { CircuitBreakerOptions } from '../../lib/breaker/index.ts';
import { given, run } from './given.ts';

/** `+` and `-` are calls, `!` one that is refused, a number is milliseconds that pass. */
type Row = readonly [what: string, steps: readonly (string | number)[], state: string];

const RATE: CircuitBreakerOptions = { minimumRequests: 4, resetTimeout: 100, window: 1_000 };
const CONSECUTIVE: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 3,
  minimumRequests: 1,
  resetTimeout: 100,
};
const COUNT: CircuitBreakerOptions = {
  trip: 'count',
  size: 4,
  minimumRequests: 4,
  resetTimeout: 100,
};

const PROBES: readonly Row[] = [
  ['stays open until its time is up', ['----', 99, '!'], 'OPEN'],
  ['lets a probe through when its time is up', ['----', 100, '+'], 'CLOSED'],
  ['opens again on a failed probe', ['----', 100, '-', '!'], 'OPEN'],
  ['waits the full time again', ['----', 100, '-', 99, '!'], 'OPEN'],
  ['probes again after it', ['----', 100, '-', 100, '+'], 'CLOSED'],
  ['is half-open to whoever looks', ['----', 100], 'HALF_OPEN'],
  ['begins anew when it has closed', ['----', 100, '+', '-'], 'CLOSED'],
];

const TABLES: readonly [string, CircuitBreakerOptions, readonly Row[]][] = [
  [
    'rate',
    RATE,
    [
      ['stays closed on successes', ['+++++'], 'CLOSED'],
      ['stays closed below minimumRequests', ['---'], 'CLOSED'],
      ['opens at minimumRequests and failureThreshold', ['++--'], 'OPEN'],
      ['opens on a failure, not on the success that fills the window', ['---+'], 'CLOSED'],
      ['opens on the next failure then', ['---+-'], 'OPEN'],
      ['stays closed below failureThreshold', ['+++-+-'], 'CLOSED'],
      ['forgets what is older than the window', ['---', 1_000, '-'], 'CLOSED'],
      ['remembers what is within it', ['---', 899, '-'], 'OPEN'],
      ...PROBES,
    ],
  ],
  [
    'consecutive',
    CONSECUTIVE,
    [
      ['stays closed below the count', ['--'], 'CLOSED'],
      ['opens at the count', ['+++---'], 'OPEN'],
      ['begins to count again after a success', ['--+--'], 'CLOSED'],
      ['is limited by no time', ['-', 3_600_000, '-', 3_600_000, '-'], 'OPEN'],
      ['counts again from zero when it has closed', ['---', 100, '+--'], 'CLOSED'],
      ...PROBES.map(([what, steps, state]): Row => {
        const [first, ...rest] = steps;
        return [what, [first === '----' ? '---' : String(first), ...rest], state];
      }),
    ],
  ],
  [
    'count',
    COUNT,
    [
      ['stays closed below minimumRequests', ['---'], 'CLOSED'],
      ['opens at failureThreshold of the last calls', ['++--'], 'OPEN'],
      ['forgets what is older than size calls', ['-+++-'], 'CLOSED'],
      ['is limited by no time', ['--+', 3_600_000, '-'], 'OPEN'],
      ...PROBES,
    ],
  ],
];

describe.each(TABLES)('trip %s', (_trip, options, rows) => {
  test.each(rows)('%s: %j leads to %s', async (_what, steps, expected) => {
    const { breaker, clock, state } = given(options);
    for (const step of steps) {
      if (typeof step === 'number') clock.advance(step);
      else expect(await run(breaker, step)).toBe(step);
    }
    expect(state()).toBe(expected);
  });
});

describe('slow calls', () => {
  const slowly = async ({ breaker, clock }: ReturnType<typeof given>, tookMs: number) =>
    breaker.execute(() => clock.advance(tookMs));
  const options: CircuitBreakerOptions = {
    minimumRequests: 4,
    slowCall: { threshold: 50, rate: 0.5 },
  };

  test('a slow success opens at slowCall.rate', async () => {
    const it = given(options);
    for (const tookMs of [0, 0, 50]) await slowly(it, tookMs);
    expect(it.state()).toBe('CLOSED');
    await slowly(it, 50);
    expect(it.state()).toBe('OPEN');
  });

  test('a success that was not slow opens nothing, whatever the slow rate', async () => {
    const it = given(options);
    for (const tookMs of [50, 50, 50, 49]) await slowly(it, tookMs);
    expect(it.state()).toBe('CLOSED');
    expect(it.breaker.getStats()).toMatchObject({ slowRate: 0.75, window: { slow: 3 } });
  });

  test('minimumRequests counts the requests in the window', async () => {
    const it = given(options);
    for (const tookMs of [50, 50, 50]) await slowly(it, tookMs);
    expect(it.state()).toBe('CLOSED');
  });

  test('a slow failure counts as slow and opens by the failure rate alone', async () => {
    const it = given({ ...options, failureThreshold: 1 });
    await run(it.breaker, '+');
    for (let call = 0; call < 5; call += 1) {
      await it.breaker.tryExecute(() => {
        it.clock.advance(50);
        throw new Error('slow and failed');
      });
    }
    expect(it.state()).toBe('CLOSED');
    expect(it.breaker.getStats().window).toMatchObject({ slow: 5, failures: 5 });
  });

  test('one slow probe opens again for the full resetTimeout', async () => {
    const it = given({ ...options, resetTimeout: 100, halfOpen: { successesToClose: 3 } });
    it.breaker.open({ forMs: 10 });
    it.clock.advance(10);
    await slowly(it, 0);
    await slowly(it, 50);
    expect(it.state()).toBe('OPEN');
    await expect(it.breaker.execute(() => 1)).rejects.toMatchObject({ retryAfterMs: 100 });
  });
});
