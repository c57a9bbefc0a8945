/** The options as the breaker uses them, complete and with their units: what each says, and what it leaves to others. */
import { describe, expect, test } from 'vitest';
import { monotonicMs } from '../../lib/breaker/host.ts';
import type { CircuitBreakerOptions } from '../../lib/breaker/index.ts';
import { readOptions } from '../../lib/breaker/settings.ts';

const fn = (): number => 7;

const DEFAULT = {
  name: 'circuit-breaker',
  trip: 'rate',
  failureThreshold: 0.5,
  minimumRequests: 10,
  timeoutMs: 30_000,
  unref: false,
  resetTimeout: 60_000,
  fallback: null,
  bucketMs: 1_000,
  buckets: 10,
  permitted: 1,
  failuresToOpen: 1,
  successesToClose: 1,
  maxWait: Infinity,
  slowAfterMs: null,
  slowRate: false,
  failsOnError: null,
  failsOnResult: null,
  onListenerError: null,
  clock: monotonicMs,
};

describe('settings', () => {
  test.each<[string, CircuitBreakerOptions<number>, object]>([
    ['of nothing', {}, {}],
    [
      'of what is taken as it is',
      { name: 'a', timeout: 5, unref: true, resetTimeout: 0, fallback: fn, onListenerError: fn },
      { name: 'a', timeoutMs: 5, unref: true, resetTimeout: 0, fallback: fn, onListenerError: fn },
    ],
    ['of a window', { window: 500, buckets: 4 }, { bucketMs: 125, buckets: 4 }],
    [
      'of a number of calls',
      { trip: 'count', size: 4, window: 500, buckets: 7 },
      { trip: 'count', bucketMs: 0, buckets: 4, minimumRequests: 4 },
    ],
    ['of many calls', { trip: 'count' }, { trip: 'count', bucketMs: 0, buckets: 100 }],
    [
      'of failures in a row',
      { trip: 'consecutive' },
      { trip: 'consecutive', failureThreshold: 5, minimumRequests: 10 },
    ],
    [
      'of thresholds',
      { failureThreshold: 1, minimumRequests: 0 },
      { failureThreshold: 1, minimumRequests: 0 },
    ],
    [
      'of a reset by a function',
      { resetTimeout: fn, timeout: false },
      { resetTimeout: fn, timeoutMs: false, maxWait: 60_000 },
    ],
    [
      'of a reset that is longer than a probe may take',
      { resetTimeout: 90_000, timeout: false },
      { resetTimeout: 90_000, timeoutMs: false, maxWait: 90_000 },
    ],
    [
      'of a reset that is shorter',
      { resetTimeout: 1, timeout: false },
      { resetTimeout: 1, timeoutMs: false, maxWait: 60_000 },
    ],
    ['of a wait', { halfOpen: { maxWait: 5 } }, { maxWait: 5 }],
    ['of permits', { halfOpen: { permitted: 3 } }, { permitted: 3, successesToClose: 3 }],
    [
      'of permits and successes',
      { halfOpen: { permitted: 3, successesToClose: 2 } },
      { permitted: 3, successesToClose: 2 },
    ],
    [
      'of probes that decide by their rate',
      { halfOpen: { probes: 10 } },
      { failuresToOpen: 5, successesToClose: 6 },
    ],
    [
      'of probes by another rate',
      { halfOpen: { probes: 10, failureThreshold: 0.25 } },
      { failuresToOpen: 3, successesToClose: 8 },
    ],
    ['of slow calls', { slowCall: { threshold: 0 } }, { slowAfterMs: 0, slowRate: 1 }],
    [
      'of slow calls that open nothing',
      { slowCall: { threshold: 5, rate: false } },
      { slowAfterMs: 5, slowRate: false },
    ],
    [
      'of what fails',
      { failsOn: { error: () => true, result: () => true } },
      {
        failsOnError: expect.any(Function) as unknown,
        failsOnResult: expect.any(Function) as unknown,
      },
    ],
    ['of nothing that fails', { failsOn: {} }, {}],
  ])('%s', (_what, options, settings) => {
    expect(readOptions(options)).toEqual({ ...DEFAULT, ...settings });
  });

  test('of the older form of what fails', () => {
    const asked: unknown[][] = [];
    const both = (error: unknown, result: unknown): boolean => {
      asked.push([error, result]);
      return true;
    };
    const { failsOnError, failsOnResult } = readOptions({ isFailure: both });
    expect([failsOnError?.('e'), failsOnResult?.('r')]).toEqual([true, true]);
    expect(asked).toEqual([
      ['e', undefined],
      [undefined, 'r'],
    ]);
    expect(readOptions({ isFailure: (error) => error === 7 }).failsOnResult).toBeNull();
  });

  test('of a clock', () => {
    expect(readOptions({ clock: () => 7 }).clock()).toBe(7);
  });

  test.each<[object, string]>([
    [{ trip: 'rate', failureThreshold: 0 }, 'expected failureThreshold to be a fraction above 0'],
    [
      { failureThreshold: 1.1 },
      "a fraction above 0 and at most 1 under trip 'rate' (a count needs trip: 'consecutive'), got 1.1",
    ],
    [{ trip: 'consecutive', failureThreshold: 0 }, 'failureThreshold to be an integer from 1'],
    [{ minimumRequests: 1e9 + 1 }, 'an integer from 0 to 1,000,000,000'],
    [{ buckets: 1_001 }, 'expected buckets to be an integer from 1 to 1,000'],
    [{ size: 0 }, 'expected size to be an integer from 1 to 1,000'],
    [{ window: 0.9 }, 'expected window to be a number from 1'],
    [{ unref: 1 }, 'expected unref to be true or false'],
    [{ trp: 'rate' }, 'expected the options to be of name, trip, '],
    [{ halfOpen: { probs: 1 } }, 'expected halfOpen to be of permitted, successesToClose, probes'],
    [{ halfOpen: { probes: 0 } }, 'expected probes to be an integer from 1'],
    [{ halfOpen: { probes: 1, failureThreshold: 0 } }, 'failureThreshold to be a number above 0'],
    [{ halfOpen: { failureThreshold: 0.5 } }, "got 'a mixture'"],
    [{ halfOpen: { probes: 1, successesToClose: 1 } }, "got 'a mixture'"],
    [{ slowCall: { treshold: 1 } }, 'expected slowCall to be of threshold, rate, got treshold'],
    [{ slowCall: { threshold: -1 } }, 'expected threshold to be a number from 0'],
    [{ slowCall: null }, 'expected slowCall to be an object'],
    [{ failsOn: { eror: fn } }, 'expected failsOn to be of error, result, got eror'],
    [{ failsOn: { result: 7 } }, 'expected result to be a function, got 7'],
    [{ failsOn: { result: fn }, isFailure: fn }, 'expected isFailure to be absent beside failsOn'],
    [{ failsOn: { error: fn }, isFailure: fn }, 'expected isFailure to be absent beside failsOn'],
    [{ onListenerError: 7 }, 'expected onListenerError to be a function'],
  ])('refuse %j: %s', (options, words) => {
    expect(() => readOptions(options)).toThrow(words);
  });
});
