/** The health of a service as HTTP answers, in both of API Gateway's forms. */
import { expect, test } from 'vitest';
import { BreakerRegistry } from '../../lib/breaker/index.ts';
import { createHealthCheckHandler } from '../../lib/health/handler.ts';
import { HealthCheckManager } from '../../lib/health/manager.ts';

function handlersOf(healthy: boolean, critical: boolean) {
  const manager = new HealthCheckManager({
    serviceName: 'payments-svc',
    version: '1.0.0',
    registry: new BreakerRegistry(),
    checks: [{ name: 'db', critical, check: () => ({ healthy }) }],
  });
  return createHealthCheckHandler(manager);
}

test.each([
  { healthy: true, critical: true, readiness: 200, health: 200, status: 'healthy' },
  { healthy: false, critical: false, readiness: 200, health: 200, status: 'degraded' },
  { healthy: false, critical: true, readiness: 503, health: 503, status: 'unhealthy' },
])('$status is $health, and $readiness to who sends requests', async (row) => {
  const handlers = handlersOf(row.healthy, row.critical);
  const health = await handlers.health();
  expect(health).toMatchObject({
    statusCode: row.health,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  });
  expect(JSON.parse(health.body)).toMatchObject({ status: row.status, service: 'payments-svc' });
  expect((await handlers.readiness()).statusCode).toBe(row.readiness);
  const alive = await handlers.liveness();
  expect(alive.statusCode).toBe(200);
  expect(JSON.parse(alive.body)).toMatchObject({ status: 'alive', version: '1.0.0' });
});

test.each([
  { httpMethod: 'HEAD' },
  { version: '2.0', requestContext: { http: { method: 'HEAD' } } },
])('HEAD gets the status and no body: %o', async (event) => {
  const { readiness } = handlersOf(false, true);
  expect(await readiness(event)).toMatchObject({ statusCode: 503, body: '' });
});
