/** Options are validated once: defaults, ranges, and unknown names with the nearest known one. */
import { describe, expect, test } from 'vitest';
import { BreakerOptionsError, CircuitBreaker, DEFAULTS } from '../../lib/breaker/index.ts';

const REFUSED: readonly [options: Record<string, unknown>, message: string][] = [
  [{ failureTreshold: 0.5 }, 'got failureTreshold; did you mean failureThreshold?'],
  [{ halfOpen: { permited: 1 } }, 'got permited; did you mean permitted?'],
  [{ slowCall: { threshold: 1, rates: 1 } }, 'got rates; did you mean rate?'],
  [{ name: '' }, "name to be a string that is not empty, got ''"],
  [{ trip: 'ratio' }, 'trip to be of rate, consecutive, count, got ratio; did you mean rate?'],
  [{ failureThreshold: '0.5' }, 'failureThreshold'],
  [{ trip: 'count', failureThreshold: 2 }, "a count needs trip: 'consecutive'"],
  [{ trip: 'consecutive', failureThreshold: 0.5 }, 'failureThreshold to be an integer from 1'],
  [{ minimumRequests: -1 }, 'minimumRequests to be an integer from 0'],
  [{ trip: 'count', size: 5, minimumRequests: 6 }, 'integer from 0 to 5, got 6'],
  [{ trip: 'count', size: 1_001 }, 'size to be an integer from 1 to 1,000, got 1001'],
  [{ timeout: 0 }, 'timeout to be a number from 1 to 2,147,483,647 or false, got 0'],
  [{ timeout: 2 ** 31 }, 'timeout'],
  [{ timeout: Number.NaN }, 'timeout'],
  [{ resetTimeout: -1 }, 'resetTimeout'],
  [{ resetTimeout: '60s' }, "or a function, got '60s'"],
  [{ window: 0 }, 'window'],
  [{ buckets: 0 }, 'buckets'],
  [{ halfOpen: { permitted: 0 } }, 'permitted'],
  [{ halfOpen: { successesToClose: 1.5 } }, 'successesToClose'],
  [{ halfOpen: { maxWait: 0 } }, 'maxWait to be a number above 0'],
  [{ halfOpen: 3 }, 'halfOpen to be an object, got 3'],
  [{ slowCall: {} }, 'threshold'],
  [{ slowCall: { threshold: 5, rate: 1.1 } }, 'rate'],
  [{ fallback: 'none' }, "fallback to be a function, got 'none'"],
  [{ isFailure: true }, 'isFailure'],
  [{ clock: 5 }, 'clock'],
];

describe('options', () => {
  test.each(REFUSED)('%j is refused: %s', (options, message) => {
    expect(() => new CircuitBreaker(options)).toThrow(BreakerOptionsError);
    expect(() => new CircuitBreaker(options)).toThrow(message);
  });

  test('undefined is as good as absent', () => {
    const options = { name: undefined, timeout: undefined, halfOpen: undefined, clock: undefined };
    expect(new CircuitBreaker(options as object).name).toBe('circuit-breaker');
  });

  test('none are needed', () => {
    expect(new CircuitBreaker().getStats()).toMatchObject({ name: DEFAULTS.name, state: 'CLOSED' });
  });

  test('minimumRequests of count is at most size by default', async () => {
    const breaker = new CircuitBreaker({ trip: 'count', size: 2 });
    for (let call = 0; call < 2; call += 1) await breaker.tryExecute(() => Promise.reject('down'));
    expect(breaker.getStats().state).toBe('OPEN');
  });
});
