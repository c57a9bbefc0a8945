/** What callers of the vocabularies give wrongly is named, before anything is called. */
import { describe, expect, test } from 'vitest';
import {
  BreakerRegistry,
  CircuitBreakerService,
  createExternalServiceCircuitBreaker,
  retryWithBackoff,
} from '../../../lib/entries/utils.ts';

const ok = async (): Promise<string> => 'ok';
const NONE = 'none' as never;
const service = () => new CircuitBreakerService(new BreakerRegistry());

describe('an action, a fallback and a listener are functions', () => {
  test('of a breaker in the words of opossum', async () => {
    expect(() => service().getBreaker('api', NONE)).toThrow(
      /^expected the action to be a function/,
    );
    const breaker = service().getBreaker('api', ok);
    expect(breaker.name).toBe('api');
    expect(() => breaker.fallback(NONE)).toThrow(/^expected the fallback to be a function/);
    expect(() => breaker.on('open', NONE)).toThrow(
      /^expected the listener of open to be a function/,
    );
  });

  test('of a call by name, and of a service outside', async () => {
    await expect(service().executeWithFallback('api', ok, NONE)).rejects.toThrow(
      /^expected the fallback to be a function/,
    );
    expect(() => createExternalServiceCircuitBreaker('api', NONE, new BreakerRegistry())).toThrow(
      /^expected the fallback to be a function/,
    );
  });
});

test('a listener that is taken off leaves the others', async () => {
  const breaker = service().getBreaker('api', async () => Promise.reject(new Error('down')), {
    volumeThreshold: 1,
  });
  const told: string[] = [];
  const [first, second] = [() => told.push('first'), () => told.push('second')];
  breaker.on('open', first).on('open', second).off('open', first);
  for (let calls = 0; calls < 10; calls += 1) await breaker.fire().catch(() => {});
  expect(told).toEqual(['second']);
});

test('a listener that is taken off twice takes no other with it', async () => {
  const breaker = service().getBreaker('api', async () => Promise.reject(new Error('down')), {
    volumeThreshold: 1,
  });
  let told = 0;
  const [first, second] = [() => {}, () => (told += 1)];
  breaker.on('open', first).on('open', second);
  breaker.off('open', first).off('open', first).off('open', second);
  for (let calls = 0; calls < 10; calls += 1) await breaker.fire().catch(() => {});
  expect(told).toBe(0);
});

test('options are looked at in each call, though those of the first are in force', async () => {
  const calls = service();
  const odd = { limt: 1 } as never;
  await calls.execute('db', 'read', ok);
  await expect(calls.execute('db', 'read', ok, null, odd)).rejects.toThrow(/limt/);
  await calls.executeWithFallback('api', ok);
  await expect(calls.executeWithFallback('api', ok, null, odd)).rejects.toThrow(/limt/);
});

test('options are named by what they are of', async () => {
  const odd = { limt: 1 } as never;
  expect(() => new BreakerRegistry(odd)).toThrow(/the options of a registry/);
  await expect(retryWithBackoff(odd, ok)).rejects.toThrow(/the configuration/);
  await expect(service().execute('db', 'read', ok, () => 'no', odd)).rejects.toThrow(
    /the configuration/,
  );
});

test('a part of a key has up to 256 characters', async () => {
  const limit = 256;
  const calls = service();
  await expect(calls.executeWithFallback('x'.repeat(limit), ok)).resolves.toBe('ok');
  await expect(calls.executeWithFallback('x'.repeat(limit + 1), ok)).rejects.toThrow(/256/);
});
