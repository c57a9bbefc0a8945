/** Code in the shapes that callers write who protect external services: only the import is ours. */
import { afterEach, expect, test } from 'vitest';
import {
  CircuitBreaker,
  CircuitBreakerOpenError,
  CircuitBreakerService,
  CircuitState,
  createExternalServiceCircuitBreaker,
  getAllCircuitBreakerStats,
  stripeCircuitBreaker,
  weatherApiCircuitBreaker,
} from '../../../lib/entries/utils.ts';
import { DOWN } from '../given.ts';

const breakers = new CircuitBreakerService();
const log: unknown[] = [];

afterEach(() => {
  log.length = 0;
});

interface Order {
  readonly amount: number;
}
const pay = async (order: Order) => {
  try {
    const paid = await stripeCircuitBreaker.execute(async () => {
      return { status: 'paid', amount: order.amount };
    });
    return paid;
  } catch (error) {
    if (error instanceof CircuitBreakerOpenError) {
      return { status: 'queued', message: 'Payment queued' };
    }
    throw error;
  }
};

test('a payment is queued while the breaker is open', async () => {
  expect(await pay({ amount: 5 })).toEqual({ status: 'paid', amount: 5 });
  stripeCircuitBreaker.open();
  expect(await pay({ amount: 5 })).toEqual({ status: 'queued', message: 'Payment queued' });
  const refused = stripeCircuitBreaker.execute(async () => 1);
  await expect(refused).rejects.toMatchObject({ name: 'CircuitBreakerOpenError' });
  stripeCircuitBreaker.close();
});

test('an incident goes on without weather', async () => {
  const weather: { degrees: number } | null = await weatherApiCircuitBreaker.execute(
    async (): Promise<{ degrees: number }> => {
      throw DOWN;
    },
  );
  expect(weather).toBeNull();
});

test('breakers are made by options or by a fallback', async () => {
  const mine = new CircuitBreaker({
    name: 'shapes-mine',
    failureThreshold: 0.5,
    minimumRequests: 10,
    timeout: 30_000,
    resetTimeout: 60_000,
  });
  const cached = createExternalServiceCircuitBreaker('shapes-cached', async () => {
    return await Promise.resolve(['cached']);
  });
  const call = async (data: readonly string[]) => mine.execute(async () => data);
  expect(await call(['fresh'])).toEqual(['fresh']);
  const answer: readonly string[] | number = await cached.execute((): Promise<number> =>
    Promise.reject(DOWN),
  );
  expect(answer).toEqual(['cached']);
});

test('an advanced one is watched and held by hand', async () => {
  const advanced = new CircuitBreaker({
    name: 'shapes-advanced',
    failureThreshold: 0.3,
    minimumRequests: 20,
    timeout: 15_000,
    resetTimeout: 120_000,
    fallback: async () => {
      log.push('fallback');
      return { degraded: true, data: await Promise.resolve(1) };
    },
  });
  const { state, failureRate, totalRequests } = advanced.getStats();
  expect([state, failureRate, totalRequests]).toEqual([CircuitState.CLOSED, 0, 0]);
  advanced.open();
  expect(await advanced.execute(async () => 'fresh')).toEqual({ degraded: true, data: 1 });
  advanced.close();
  expect(await advanced.execute(async () => 'fresh')).toBe('fresh');
});

test('a loop publishes the stats of all, by name', async () => {
  const mine = new CircuitBreaker({ name: 'shapes-by-hand' });
  const listed = createExternalServiceCircuitBreaker('shapes-listed', async () => null);
  await breakers.execute(
    'shapes',
    'fail',
    () => Promise.reject(DOWN),
    () => null,
  );
  for (const breaker of [mine, listed]) await breaker.execute(async () => 'ok');
  const data: { metric: string; value: number; dimensions: readonly string[] }[] = [];
  const stats = getAllCircuitBreakerStats();
  for (const [name, stat] of Object.entries(stats)) {
    data.push(
      { metric: 'FailureRate', value: stat.failureRate, dimensions: [name, stat.state] },
      { metric: 'TotalRequests', value: stat.totalRequests, dimensions: [name] },
    );
  }
  expect(data.filter(({ dimensions }) => dimensions[0]?.startsWith('shapes-listed'))).toEqual([
    { metric: 'FailureRate', value: 0, dimensions: ['shapes-listed', 'CLOSED'] },
    { metric: 'TotalRequests', value: 1, dimensions: ['shapes-listed'] },
  ]);
  expect(data).toContainEqual({
    metric: 'FailureRate',
    value: 1,
    dimensions: ['shapes#fail', 'CLOSED'],
  });
  expect(Object.keys(stats)).not.toContain('shapes-by-hand');
});
