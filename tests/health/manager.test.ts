/** The health of a service: how it is judged, who is asked how often, and what a hung check holds up. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { BreakerRegistry, CircuitBreaker } from '../../lib/breaker/index.ts';
import { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import type { HealthCheck } from '../../lib/health/check.ts';
import type { LevelReport } from '../../lib/health/document.ts';
import { HealthCheckManager, type HealthChange } from '../../lib/health/manager.ts';
import { givenHost } from './given.ts';

const WHO = { serviceName: 'payments-svc', version: '1.2.3' };
const OPENAPI = new URL('../../docs/openapi.yaml', import.meta.url);
const registry = new BreakerRegistry();

const well = (name: string, critical = true): HealthCheck => ({
  name,
  critical,
  check: () => ({ healthy: true, message: 'fine' }),
});
const ill = (name: string, critical = true): HealthCheck => ({
  name,
  critical,
  check: async () => ({ healthy: false, message: 'no answer' }),
});
const scope = (level: LevelReport['level']): LevelReport => ({ level, pinned: false, since: null });

test.each([
  { checks: [], levels: {}, status: 'healthy' },
  { checks: [well('a'), well('b', false)], levels: { one: scope(1) }, status: 'healthy' },
  { checks: [well('a'), ill('b', false)], levels: {}, status: 'degraded' },
  { checks: [well('a')], levels: { one: scope(1), two: scope(2) }, status: 'degraded' },
  { checks: [well('a')], levels: { one: scope(3) }, status: 'degraded' },
  { checks: [well('a')], levels: { one: scope(null) }, status: 'healthy' },
  { checks: [ill('a'), ill('b', false)], levels: { one: scope(1) }, status: 'unhealthy' },
])('$status with $checks.length checks and levels $levels', async ({ checks, levels, status }) => {
  const manager = new HealthCheckManager({ ...WHO, registry, checks, levels: () => levels });
  expect(await manager.executeHealthChecks()).toMatchObject({ status, levels });
});

test('of a breaker that a fleet shares it shows the fleet, and what its table did not answer', async () => {
  const breakers = new BreakerRegistry();
  const named = { service: 'orders', operation: 'read', registry: breakers };
  const store = { read: async () => ({ state: 'OPEN', epoch: 4 }), write: async () => null };
  const breaker = new SharedCircuitBreaker({ ...named, store });
  const manager = new HealthCheckManager({ ...WHO, registry: breakers });
  const shown = async () => (await manager.executeHealthChecks()).circuitBreakers['orders#read'];
  expect(await shown()).toMatchObject({ state: 'CLOSED', fleet: null, storeFailures: 0 });
  await breaker.tryExecute(async () => 1);
  const document = await manager.executeHealthChecks();
  const report = document.circuitBreakers['orders#read'];
  expect(report).toMatchObject({ state: 'OPEN', fleet: { epoch: 4, rules: { quorum: 2 } } });
  const { components } = parse(await readFile(OPENAPI, 'utf8'), { merge: true }) as {
    readonly components: { readonly schemas: { readonly Breaker: object } };
  };
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.validate(components.schemas.Breaker, report);
  expect(ajv.errors).toBeNull();
});

test('the document has the shape that its readers know', async () => {
  const host = givenHost();
  const breakers = new BreakerRegistry();
  const breaker = new CircuitBreaker({ name: 'stripe' });
  breakers.keep({ service: 'stripe' }, breaker);
  await breaker.execute(() => 1);
  await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => {});
  breaker.open();
  await breaker.execute(() => 1).catch(() => {});
  const slow: HealthCheck = {
    name: 'database-connection',
    async check() {
      host.atMs += 156;
      return { healthy: true, message: 'Database connection successful' };
    },
  };
  const manager = new HealthCheckManager({ ...WHO, host, registry: breakers, checks: [slow] });
  expect(await manager.executeHealthChecks()).toEqual({
    status: 'healthy',
    timestamp: '2026-01-02T12:00:00.156Z',
    service: 'payments-svc',
    version: '1.2.3',
    checks: {
      'database-connection': {
        status: 'healthy',
        message: 'Database connection successful',
        responseTime: 156,
      },
    },
    circuitBreakers: {
      stripe: {
        state: 'OPEN',
        failureCount: 1,
        successCount: 1,
        totalRequests: 2,
        failureRate: 0.5,
        counts: {
          requests: 2,
          totalSuccesses: 1,
          totalFailures: 1,
          consecutiveSuccesses: 0,
          consecutiveFailures: 1,
        },
        stats: { fires: 3, successes: 1, failures: 1, rejects: 1, timeouts: 0 },
        lastStateChange: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      },
    },
  });
});

test('a thousand callers within a second are one look', async () => {
  const host = givenHost();
  const check = vi.fn(async () => ({ healthy: true }));
  const manager = new HealthCheckManager({
    ...WHO,
    host,
    registry,
    checks: [{ name: 'a', check }],
  });
  await Promise.all(Array.from({ length: 500 }, () => manager.executeHealthChecks()));
  host.atMs += 999;
  await Promise.all(Array.from({ length: 500 }, () => manager.executeReadinessChecks()));
  expect(check).toHaveBeenCalledTimes(1);
  host.atMs += 1;
  await manager.executeHealthChecks();
  expect(check).toHaveBeenCalledTimes(2);
});

test('checks run side by side, and one that hangs delays the answer by its own time alone', async () => {
  let aborted = false;
  const hung: HealthCheck = {
    name: 'hung',
    timeout: 60,
    check: ({ signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
      }),
  };
  const others = ['a', 'b', 'c'].map((name) => well(name));
  const manager = new HealthCheckManager({ ...WHO, registry, checks: [hung, ...others] });
  const startedAt = performance.now();
  const { status, checks } = await manager.executeHealthChecks();
  const tookMs = performance.now() - startedAt;
  expect(tookMs).toBeGreaterThanOrEqual(55);
  expect(tookMs).toBeLessThan(1_000);
  expect(aborted).toBe(true);
  expect(status).toBe('unhealthy');
  expect(checks['hung']).toMatchObject({ status: 'unhealthy', message: 'no answer within 60 ms' });
  expect(checks['a']).toMatchObject({ status: 'healthy' });
});

test('a check that hangs for ever is left alone for half a minute, and holds up nobody meanwhile', async () => {
  const host = givenHost();
  const check = vi.fn(() => new Promise<never>(() => {}));
  const checks = [{ name: 'hung', timeout: 5, check }];
  const manager = new HealthCheckManager({ ...WHO, host, registry, checks });
  await manager.executeHealthChecks();
  for (const second of [1, 10, 29.9]) {
    host.atMs = Date.UTC(2026, 0, 2, 12) + second * 1_000;
    const { checks: seen } = await manager.executeHealthChecks();
    expect(seen['hung']?.status).toBe('unhealthy');
  }
  expect(check).toHaveBeenCalledTimes(1);
  host.atMs += 200;
  await manager.executeHealthChecks();
  expect(check).toHaveBeenCalledTimes(2);
});

test('readiness asks what the service takes no requests without, and nothing else', async () => {
  const asked: string[] = [];
  const of = (name: string, healthy: boolean, flags: Partial<HealthCheck>): HealthCheck => ({
    name,
    check() {
      asked.push(name);
      return { healthy };
    },
    ...flags,
  });
  const manager = new HealthCheckManager({ ...WHO, registry });
  manager.registerCheck(of('needed', true, {}));
  manager.registerCheck(of('optional', false, { critical: false }));
  expect(await manager.executeReadinessChecks()).toMatchObject({ status: 'ready' });
  expect(asked).toEqual(['needed']);
  manager.registerCheck(of('gate', false, { critical: false, readiness: true }));
  const { status, checks } = await manager.executeReadinessChecks();
  expect(status).toBe('not-ready');
  expect(Object.keys(checks)).toEqual(['needed', 'gate']);
  // What only keeps requests away makes nothing unhealthy.
  expect((await manager.executeHealthChecks()).status).toBe('degraded');
});

test('who listens is told of each change once, with the error, and cannot break anything', async () => {
  const host = givenHost();
  const down = Object.assign(new Error('connect 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
  let fails = false;
  const told: HealthChange[] = [];
  const manager = new HealthCheckManager({
    ...WHO,
    host,
    registry,
    checks: [
      {
        name: 'db',
        check() {
          if (fails) throw down;
          return { healthy: true };
        },
      },
    ],
    onChange(change) {
      told.push(change);
      throw new Error('a listener');
    },
  });
  const lookAgain = async () => {
    host.atMs += 1_000;
    return (await manager.executeHealthChecks()).checks['db'];
  };
  await lookAgain();
  fails = true;
  await lookAgain();
  const failed = await lookAgain();
  fails = false;
  await lookAgain();
  expect(failed?.message).toBe('the check failed (ECONNREFUSED)');
  expect(told.map(({ check, status, error }) => [check, status, error])).toEqual([
    ['db', 'unhealthy', down],
    ['db', 'healthy', undefined],
  ]);
});

test('at most 100 breakers are shown, the open ones first', async () => {
  const breakers = new BreakerRegistry();
  const made = Array.from({ length: 120 }, (_, at) => {
    const breaker = new CircuitBreaker({ name: `b${at}` });
    breakers.keep({ service: `b${at}` }, breaker);
    return breaker;
  });
  made.at(-1)?.open();
  const manager = new HealthCheckManager({ ...WHO, registry: breakers });
  const { circuitBreakers } = await manager.executeHealthChecks();
  expect(Object.keys(circuitBreakers)).toHaveLength(100);
  expect(Object.keys(circuitBreakers)[0]).toBe('b119');
});

test.each([
  [{ name: '' }, "expected the name to be a string of 1 to 64 characters, got ''"],
  [{ name: 'a'.repeat(65) }, /string of 1 to 64 characters/],
  [{ check: 1 }, 'expected check of the health check a to be a function, got 1'],
  [{ critical: 'yes' }, "expected critical of the health check a to be true or false, got 'yes'"],
  [{ timeout: 0 }, 'milliseconds from 1 to 2,147,483,647, got 0'],
  [{ timeoutMs: 5 }, 'got timeoutMs; did you mean timeout?'],
])('a check with %o is refused', (field, message) => {
  const manager = new HealthCheckManager(WHO);
  const check = { ...well('a'), ...field } as HealthCheck;
  expect(() => manager.registerCheck(check)).toThrow(message);
});

test('a name that is taken, a 51st check and a nameless service are refused', () => {
  const manager = new HealthCheckManager({ ...WHO, checks: [well('a')] });
  expect(() => manager.registerCheck(well('a'))).toThrow('one health check a, got a second one');
  for (let at = 1; at < 50; at += 1) manager.registerCheck(well(`c${at}`));
  expect(() => manager.registerCheck(well('more'))).toThrow('at most 50 health checks');
  expect(() => new HealthCheckManager({ serviceName: '', version: '1' })).toThrow(
    'expected serviceName to be a string that is not empty, got ',
  );
});
