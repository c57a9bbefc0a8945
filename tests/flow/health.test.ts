/** The health of a running service: without its table, with a page that hangs, and with an open breaker. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { givenService, type RunningService } from './given.ts';

async function killTable(service: RunningService): Promise<void> {
  const { connection } = service.server.table ?? {};
  if (connection === undefined) throw new Error('no table');
  const drop = new DeleteTableCommand({ TableName: 'ServiceResiliencyTable-dev' });
  await new DynamoDBClient(connection).send(drop);
}

async function givenApi(listener: RequestListener): Promise<Record<string, string>> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    FULL_UPSTREAM_URL: `${url}/full`,
    DEGRADED_UPSTREAM_URL: `${url}/lite`,
    PROBE_URL: `${url}/health`,
  };
}

const statusOf = async (service: RunningService, path: string) =>
  (await service.send('GET', path)).status;

test('a service is healthy, ready and alive, by GET and by HEAD, at the version of its package', async () => {
  const service = await givenService();
  const { status, headers, body } = await service.send('GET', '/health');
  expect(status).toBe(200);
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(body).toMatchObject({
    status: 'healthy',
    service: 'resilient-service-dev',
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
    checks: { 'level-table': { status: 'healthy' }, 'memory-usage': { status: 'healthy' } },
    circuitBreakers: {},
    levels: { default: { level: 1 }, account: { level: 1 } },
  });
  for (const path of ['/health', '/health/readiness', '/health/liveness']) {
    expect(await statusOf(service, path)).toBe(200);
    const head = await fetch(`${service.url}${path}`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  }
});

test('the level of a scope below 1 is degraded, and ready', async () => {
  const service = await givenService();
  await service.postTimes(5, true);
  const { status, body } = await service.send('GET', '/health');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'degraded',
    levels: { default: { level: 2, since: expect.any(String) as string }, account: { level: 1 } },
  });
  expect(await statusOf(service, '/health/readiness')).toBe(200);
});

test.each([
  ['1', 200, 200],
  ['3', 503, 503],
])(
  'a killed table is seen within one interval; with FAIL_OPEN_LEVEL %s readiness is %d and the answer %d',
  async (level, readiness, answer) => {
    const service = await givenService({ FAIL_OPEN_LEVEL: level });
    expect((await service.send('GET', '/health')).body).toMatchObject({ status: 'healthy' });
    await killTable(service);
    const killedAt = performance.now();
    await vi.waitUntil(
      async () => (await service.send('GET', '/health')).body['status'] === 'degraded',
      { timeout: 3_000, interval: 20 },
    );
    // One look is told again for a second; the rest is this machine's.
    expect(performance.now() - killedAt).toBeLessThan(2_000);
    expect(await statusOf(service, '/health')).toBe(200);
    expect(await statusOf(service, '/health/readiness')).toBe(readiness);
    expect(await statusOf(service, '/health/liveness')).toBe(200);
    expect((await service.post({ error: false })).status).toBe(answer);
  },
);

test('a page that hangs for ever delays the health by its own second alone, once', async () => {
  const service = await givenService(await givenApi(() => {}));
  const startedAt = performance.now();
  const { status, body } = await service.send('GET', '/health');
  const tookMs = performance.now() - startedAt;
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'degraded',
    checks: {
      upstream: { status: 'unhealthy', message: 'no answer within 1000 ms' },
      'level-table': { status: 'healthy' },
    },
  });
  expect(tookMs).toBeGreaterThanOrEqual(990);
  // A check that hangs has no end of its own; what is more than its second is this machine's.
  expect(tookMs).toBeLessThan(6_000);
});

test('the breakers before an API of your own are shown with their counts', async () => {
  const api = await givenApi((request, response) => {
    response.writeHead(request.url === '/health' ? 200 : 500).end();
  });
  const service = await givenService(api);
  await service.postTimes(5, true);
  const { body } = await service.send('GET', '/health');
  expect(body['circuitBreakers']).toMatchObject({
    'full upstream': {
      // Open for a second: on a slow machine it is over by now.
      state: expect.stringMatching(/^(OPEN|HALF_OPEN)$/) as string,
      failureCount: 5,
      totalRequests: 5,
      counts: { totalFailures: 5, consecutiveFailures: 5 },
      stats: { fires: 5, failures: 5, rejects: 0 },
      lastStateChange: expect.any(String) as string,
    },
    'degraded upstream': { state: 'CLOSED', totalRequests: 0, lastStateChange: null },
  });
});
