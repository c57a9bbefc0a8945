/** Code in the shapes that callers write who name services, actions and Go breakers: only the import is ours. */
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  CircuitBreaker,
  CircuitBreakerService,
  CircuitBreakerWrapper,
  CircuitState,
  newCircuitBreaker,
  retryWithBackoff,
  stateWord,
  type CircuitBreakerStats,
} from '../../../lib/entries/utils.ts';
import { DOWN } from '../given.ts';

interface Claims {
  readonly sub: string;
}

const breakers = new CircuitBreakerService();
const log: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  log.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

describe('by service and operation', () => {
  class Login {
    readonly #verifier = { verify: async (token: string): Promise<Claims> => ({ sub: token }) };

    async claimsOf(token: string): Promise<Claims> {
      const claims = await breakers.execute(
        'user-pool',
        'checkToken',
        async () => {
          return await this.#verifier.verify(token);
        },
        async () => {
          log.push('user pool unavailable');
          throw new Error('Login temporarily unavailable');
        },
        {
          failureThreshold: 3,
          recoveryTimeout: 30_000,
          expectedResponseTime: 2_000,
          monitoringWindow: 60_000,
          minimumRequestCount: 5,
        },
      );
      return claims;
    }
  }

  test('a method calls through the breaker with its own this and token', async () => {
    expect(await new Login().claimsOf('ada')).toEqual({ sub: 'ada' });
  });

  test('a handler logs the stats where there are some', async () => {
    await new Login().claimsOf('ada');
    const seen = breakers.getCircuitBreakerStats('user-pool', 'checkToken');
    if (seen) {
      const { state, failureRate, totalRequests } = seen;
      log.push({ state, failureRate, counted: totalRequests > 0 });
    }
    expect(log).toEqual([{ state: 'CLOSED', failureRate: 0, counted: true }]);
  });

  test('the stats have the eight fields', () => {
    const fields = (stats: CircuitBreakerStats) => ({
      state: stats.state satisfies CircuitState,
      failureCount: stats.failureCount satisfies number,
      successCount: stats.successCount satisfies number,
      totalRequests: stats.totalRequests satisfies number,
      lastFailureTime: stats.lastFailureTime satisfies Date | null,
      lastSuccessTime: stats.lastSuccessTime satisfies Date | null,
      nextAttemptTime: stats.nextAttemptTime satisfies Date | null,
      failureRate: stats.failureRate satisfies number,
    });
    expect(fields(new CircuitBreaker().getStats())).toMatchObject({ state: CircuitState.CLOSED });
  });
});

describe('by the name of an action', () => {
  class HttpException extends Error {
    readonly status: number;
    constructor(message: string, status: number) {
      super(message);
      this.status = status;
    }
  }
  const exchange = async (tenant: string, token: string): Promise<string> => {
    if (tenant === 'down') throw DOWN;
    return `${tenant}:${token}`;
  };
  const through = (tenant: string, token: string) =>
    breakers.executeWithFallback(
      `exchange-${tenant}`,
      async () => await exchange(tenant, token),
      (error) => {
        log.push(error);
        throw new HttpException('Exchange temporarily unavailable', 503);
      },
      {
        timeout: 5_000,
        errorThresholdPercentage: 50,
        resetTimeout: 30_000,
      },
    );

  test('a call has its own token, and its fallback answers 503', async () => {
    const answers: readonly string[] = await Promise.all([
      through('acme', 't1'),
      through('acme', 't2'),
    ]);
    expect(answers).toEqual(['acme:t1', 'acme:t2']);
    await expect(through('down', 't3')).rejects.toMatchObject({ status: 503 });
    expect(log).toEqual([DOWN]);
  });

  test('a breaker is made with the type of its answer alone', async () => {
    const breaker = breakers.getBreaker<string>('by type', async (id: string) => `user ${id}`);
    const user: string = await breaker.fire('ada');
    expect(user).toBe('user ada');
    const both = breakers.getBreaker<string, [string]>('by types', async (id) => `user ${id}`);
    expectTypeOf<Parameters<typeof both.fire>>().toEqualTypeOf<[string]>();
    const inferred = breakers.getBreaker('inferred', exchange);
    expectTypeOf<Parameters<typeof inferred.fire>>().toEqualTypeOf<[string, string]>();
  });

  test('a breaker is fired, and reports its state and counts to health', async () => {
    const breaker = breakers.getBreaker('exchange', exchange, {
      timeout: 3_000,
      errorThresholdPercentage: 50,
      resetTimeout: 30_000,
      rollingCountTimeout: 10_000,
      rollingCountBuckets: 10,
    });
    breaker.on('open', () => log.push('open'));
    const token: string = await breaker.fire('acme', 't');
    expect(token).toBe('acme:t');
    const state = breaker.opened ? 'open' : breaker.halfOpen ? 'half-open' : 'closed';
    expect({ state, stats: breaker.stats }).toEqual({
      state: 'closed',
      stats: { fires: 1, successes: 1, failures: 0, rejects: 0, timeouts: 0 },
    });
  });
});

describe('in camelCase of Go', () => {
  test('a store is read through the wrapper, and the cache is skipped while it is down', async () => {
    const wrapper = new CircuitBreakerWrapper();
    const find = async (key: string): Promise<string> => {
      try {
        return await wrapper.executeWithBreaker(wrapper.redisBreaker, () => Promise.reject(DOWN));
      } catch {
        return wrapper.executeWithBreaker(
          wrapper.mongoBreaker,
          async () => `${key} of the database`,
        );
      }
    };
    expect(await find('store')).toBe('store of the database');
    const { mongoBreaker } = wrapper;
    expect({
      state: stateWord(mongoBreaker.getStats().state),
      counts: mongoBreaker.counts(),
    }).toEqual({
      state: 'closed',
      counts: {
        requests: 1,
        totalSuccesses: 1,
        totalFailures: 0,
        totalExclusions: 0,
        consecutiveSuccesses: 1,
        consecutiveFailures: 0,
      },
    });
  });

  test('a breaker is made from settings and tells of its changes', async () => {
    const breaker = newCircuitBreaker({
      name: 'shapes-go',
      maxRequests: 3,
      interval: 10_000,
      timeout: 30_000,
      readyToTrip: (counts) => {
        const failureRatio = counts.totalFailures / counts.requests;
        return counts.requests >= 5 && failureRatio >= 0.5;
      },
      onStateChange: (name, from, to) => {
        log.push({ breaker: name, from, to });
      },
    });
    const config = { maxAttempts: 5, initialDelay: 100, maxDelay: 5_000, backoffFactor: 2 };
    const { signal } = new AbortController();
    const call = retryWithBackoff(
      config,
      () => breaker.execute(() => Promise.reject(DOWN)),
      signal,
    );
    const last = call.catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    expect(await last).toBe(DOWN);
    expect(log).toEqual([{ breaker: 'shapes-go', from: 'closed', to: 'open' }]);
  });
});
