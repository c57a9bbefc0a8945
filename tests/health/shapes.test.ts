/** Code in the shapes that services write about their health and their discovery: only the import is ours. */
import { expect, test, vi } from 'vitest';
import {
  createDynamoDBHealthCheck,
  createEnvVarHealthCheck,
  createHealthCheckHandler,
  createMemoryHealthCheck,
  HealthCheckManager,
  ServiceDiscoveryManager,
  ServiceLocator,
  type HealthCheck,
} from '../../lib/entries/utils.ts';
import { givenCloudMap, instance } from '../discovery/given.ts';

const manager = new HealthCheckManager({
  serviceName: 'orders-svc',
  version: '2.0.0',
  checks: [
    createEnvVarHealthCheck(['PATH']),
    createMemoryHealthCheck(90),
    createDynamoDBHealthCheck('Orders', {
      table: { describe: async () => ({ TableStatus: 'ACTIVE' }) },
    }),
  ],
});

const queue: HealthCheck = {
  name: 'queue',
  check: async () => {
    try {
      await Promise.resolve();
      return { healthy: true, message: 'Queue reached' };
    } catch (error) {
      return { healthy: false, message: error instanceof Error ? error.message : '' };
    }
  },
  critical: false,
};
manager.registerCheck(queue);

const handlers = createHealthCheckHandler(manager);
const { liveness, readiness, health } = handlers;

test('a service exports its three handlers', async () => {
  expect((await liveness()).statusCode).toBe(200);
  expect((await readiness()).statusCode).toBe(200);
  const { checks } = JSON.parse((await health()).body) as { readonly checks: object };
  expect(Object.keys(checks)).toEqual([
    'environment-variables',
    'memory-usage',
    'database-connection',
    'queue',
  ]);
});

test('it tells Cloud Map how it is, and finds another one', async () => {
  const cloudMap = givenCloudMap([instance('a', 3_000)]);
  const discovery = new ServiceDiscoveryManager({
    namespaceId: 'ns-1',
    serviceName: 'orders-svc',
    instanceId: 'i-1',
    cloudMap: cloudMap.open,
    onProblem: vi.fn(),
  });
  const { status } = await manager.executeHealthChecks();
  await discovery.updateHealthStatus(status === 'unhealthy' ? 'UNHEALTHY' : 'HEALTHY');
  expect(cloudMap.asked.at(-1)).toBe('health srv-1 i-1 HEALTHY');

  const locator = new ServiceLocator(60_000, { cloudMap: cloudMap.open });
  const found = await locator.getServiceInstance('vendor-svc', 'internal');
  expect(found && `http://${found.ipv4}:${found.port}`).toBe('http://127.0.0.1:3000');
  expect(await locator.getServiceInstances('vendor-svc', 'internal')).toHaveLength(1);
});
