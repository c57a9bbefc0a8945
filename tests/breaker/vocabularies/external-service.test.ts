/** Breakers of external services: what they answer, when they are listed, what an import does. */
import { build } from 'esbuild';
import { describe, expect, test, vi } from 'vitest';
import {
  BreakerRegistry,
  CircuitBreaker,
  CircuitBreakerOpenError,
  createExternalServiceCircuitBreaker,
  getAllCircuitBreakerStats,
  sharedRegistry,
  stripeCircuitBreaker,
  weatherApiCircuitBreaker,
} from '../../../lib/entries/utils.ts';
import { DOWN } from '../given.ts';

const down = async (): Promise<never> => {
  throw DOWN;
};

describe('a preconfigured breaker', () => {
  test('is listed from its first use on', async () => {
    // A process may have used them before.
    vi.resetModules();
    const its = await import('../../../lib/entries/utils.ts');
    expect(its.getAllCircuitBreakerStats()).not.toHaveProperty('stripe');
    expect(await its.stripeCircuitBreaker.execute(async () => 'paid')).toBe('paid');
    const weather = await its.weatherApiCircuitBreaker.tryExecute(async () => 21);
    expect(weather).toMatchObject({ value: 21 });
    expect(its.getAllCircuitBreakerStats()).toMatchObject({
      stripe: { state: 'CLOSED', totalRequests: 1, failureRate: 0 },
      'weather-api': { successCount: 1 },
    });
  });

  test('for payments tells a refusal by its error', async () => {
    stripeCircuitBreaker.open();
    await expect(stripeCircuitBreaker.execute(down)).rejects.toBeInstanceOf(
      CircuitBreakerOpenError,
    );
    stripeCircuitBreaker.close();
    await expect(stripeCircuitBreaker.execute(down)).rejects.toBe(DOWN);
  });

  test('for weather answers null where there is none', async () => {
    expect(await weatherApiCircuitBreaker.execute(down)).toBeNull();
    weatherApiCircuitBreaker.open();
    expect(await weatherApiCircuitBreaker.execute(async () => 21)).toBeNull();
    weatherApiCircuitBreaker.close();
  });

  test('is no part of a bundle that does not use it', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export { CircuitBreaker } from './lib/breaker/index.ts'`,
        resolveDir: new URL('../../..', import.meta.url).pathname,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    });
    const text = outputFiles[0]?.text ?? '';
    expect(text).toContain('CircuitBreaker = class');
    expect(text).not.toMatch(/stripe|weather-api|BreakerRegistry|opossum|obreaker/);
  });
});

describe('createExternalServiceCircuitBreaker', () => {
  const registry = () => new BreakerRegistry();

  test('makes a breaker with the default options, listed at once', async () => {
    const listed = registry();
    const breaker = createExternalServiceCircuitBreaker('billing', async () => 'cached', listed);
    expect(breaker).toBeInstanceOf(CircuitBreaker);
    expect(Object.keys(getAllCircuitBreakerStats(listed))).toEqual(['billing']);
    for (let calls = 0; calls < 10; calls += 1) expect(await breaker.execute(down)).toBe('cached');
    expect(breaker.getStats()).toMatchObject({ name: 'billing', state: 'OPEN', fallbackCount: 10 });
    expect(listed.list()[0]?.stats.state).toBe('OPEN');
  });

  test('without a fallback lets errors through', async () => {
    const breaker = createExternalServiceCircuitBreaker('billing', undefined, registry());
    await expect(breaker.execute(down)).rejects.toBe(DOWN);
  });

  test('the same name with the same fallback is the same breaker', () => {
    const listed = registry();
    const cached = () => 'cached';
    const breaker = createExternalServiceCircuitBreaker('billing', cached, listed);
    expect(createExternalServiceCircuitBreaker('billing', cached, listed)).toBe(breaker);
  });

  test('the same name with another fallback is refused: it would answer for another caller', () => {
    const listed = registry();
    createExternalServiceCircuitBreaker('billing', () => 'of one user', listed);
    expect(() =>
      createExternalServiceCircuitBreaker('billing', () => 'of another', listed),
    ).toThrow(
      'expected one fallback for the breaker billing, got a second one; create it once, outside the handler',
    );
  });

  test('an evicted breaker is listed again when it is used', async () => {
    const listed = new BreakerRegistry({ limit: 1 });
    const breaker = createExternalServiceCircuitBreaker('a', undefined, listed);
    createExternalServiceCircuitBreaker('b', undefined, listed);
    expect(Object.keys(getAllCircuitBreakerStats(listed))).toEqual(['b']);
    await breaker.execute(async () => 1);
    expect(getAllCircuitBreakerStats(listed)).toMatchObject({ a: { successCount: 1 } });
  });
});

test('a breaker made by hand is not listed', async () => {
  const before = sharedRegistry().size;
  await new CircuitBreaker({ name: 'by hand' }).execute(async () => 1);
  expect(sharedRegistry().size).toBe(before);
});
