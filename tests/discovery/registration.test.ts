/** The registration of an instance: what is told to Cloud Map, and that nothing of it stops the service. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  ListServicesCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
  UpdateInstanceCustomHealthStatusCommand,
} from '@aws-sdk/client-servicediscovery';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { DiscoveryHost } from '../../lib/discovery/host.ts';
import {
  createServiceDiscovery,
  ServiceDiscoveryManager,
  type DiscoveryProblem,
  type ServiceDiscoveryOptions,
} from '../../lib/discovery/registration.ts';
import { givenCloudMap } from './given.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const WHO = { namespaceId: 'ns-1', serviceName: 'payments-svc', instanceId: 'i-1' };

function given(options: Partial<ServiceDiscoveryOptions> = {}) {
  const cloudMap = givenCloudMap();
  const ends: ((signal: NodeJS.Signals) => Promise<void>)[] = [];
  const problems: DiscoveryProblem[] = [];
  const host: DiscoveryHost = {
    env: { PORT: '3000' },
    ipv4: () => '10.0.0.7',
    onEnd: (listener) => ends.push(listener),
  };
  const all = {
    ...WHO,
    cloudMap: cloudMap.open,
    host,
    onProblem: (problem: DiscoveryProblem) => problems.push(problem),
    ...options,
  };
  return { cloudMap, ends, problems, all };
}

test('an instance is registered with its address, and taken out when the process ends', async () => {
  const { cloudMap, ends, all } = given({
    attributes: { version: '1.0.0', region: 'us-east-1' },
    healthCheckUrl: '/health/readiness',
  });
  const manager = await createServiceDiscovery(all);
  expect(manager.registered).toBe(true);
  for (const end of ends) await end('SIGTERM');
  const attributes = {
    AWS_INSTANCE_IPV4: '10.0.0.7',
    AWS_INSTANCE_PORT: '3000',
    HEALTH_CHECK_URL: '/health/readiness',
    version: '1.0.0',
    region: 'us-east-1',
  };
  expect(cloudMap.asked).toEqual([
    'service ns-1/payments-svc',
    `register srv-1 i-1 ${JSON.stringify(attributes)}`,
    'deregister srv-1 i-1',
  ]);
  expect(manager.registered).toBe(false);
});

test('its own address and the id of a service are taken as they are', async () => {
  const { cloudMap, all } = given({
    serviceName: 'srv-abcdefgh12345678',
    attributes: { AWS_INSTANCE_IPV4: '192.0.2.1', AWS_INSTANCE_PORT: '8080' },
  });
  await createServiceDiscovery(all);
  expect(cloudMap.asked).toEqual([
    'register srv-abcdefgh12345678 i-1 {"AWS_INSTANCE_IPV4":"192.0.2.1","AWS_INSTANCE_PORT":"8080"}',
  ]);
});

test('a registration that fails stops nothing, and is tried again until it succeeds', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { cloudMap, problems, all } = given();
  cloudMap.fails = new Error('throttled');
  const manager = await createServiceDiscovery(all);
  expect(manager.registered).toBe(false);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(problems.map(({ operation }) => operation)).toEqual(['register', 'register', 'register']);
  expect(problems[0]?.error).toBe(cloudMap.fails);
  cloudMap.fails = null;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(manager.registered).toBe(true);
  const { length } = cloudMap.asked;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(cloudMap.asked).toHaveLength(length);
});

test('one that did not succeed is given up with the process', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { cloudMap, all } = given();
  cloudMap.fails = new Error('throttled');
  const manager = await createServiceDiscovery(all);
  await manager.deregister();
  cloudMap.fails = null;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(cloudMap.asked).toEqual(['service ns-1/payments-svc']);
});

test.each([
  [{ serviceName: 'none' }, 'UNKNOWN_SERVICE', /create it first/],
  [{ namespaceId: '' }, 'DISCOVERY_OPTIONS_INVALID', /namespaceId to be a string/],
  [{ instanceId: undefined as never }, 'DISCOVERY_OPTIONS_INVALID', /got undefined/],
])('%o is a problem that is told, and no rejection', async (options, code, message) => {
  const { problems, all } = given(options);
  const manager = await createServiceDiscovery(all);
  await manager.deregister();
  expect(problems).toMatchObject([{ operation: 'register', error: { code } }]);
  expect(String(problems[0]?.error)).toMatch(message);
});

test('the health is told when it changes, and again where it was not taken', async () => {
  const { cloudMap, problems, all } = given();
  const manager = new ServiceDiscoveryManager(all);
  await manager.updateHealthStatus('UNHEALTHY');
  await manager.updateHealthStatus('UNHEALTHY');
  cloudMap.fails = new Error('throttled');
  await manager.updateHealthStatus('HEALTHY');
  cloudMap.fails = null;
  await manager.updateHealthStatus('HEALTHY');
  expect(cloudMap.asked.filter((what) => what.startsWith('health'))).toEqual([
    'health srv-1 i-1 UNHEALTHY',
    'health srv-1 i-1 HEALTHY',
    'health srv-1 i-1 HEALTHY',
  ]);
  expect(problems).toMatchObject([{ operation: 'updateHealthStatus' }]);
});

test('by the SDK the service is found over its pages, by its namespace', async () => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  const sdk = mockClient(ServiceDiscoveryClient);
  onTestFinished(() => sdk.restore());
  sdk
    .on(ListServicesCommand)
    .resolvesOnce({ Services: [{ Id: 'srv-0', Name: 'other-svc' }], NextToken: 'next' })
    .resolves({ Services: [{ Id: 'srv-1', Name: 'payments-svc' }] });
  const { all } = given();
  const { cloudMap: _given, ...options } = all;
  const manager = await createServiceDiscovery(options);
  await manager.updateHealthStatus('HEALTHY');
  expect(sdk.commandCalls(ListServicesCommand)[1]?.args[0].input).toEqual({
    Filters: [{ Name: 'NAMESPACE_ID', Values: ['ns-1'], Condition: 'EQ' }],
    NextToken: 'next',
  });
  expect(sdk.commandCalls(RegisterInstanceCommand)[0]?.args[0].input).toMatchObject({
    ServiceId: 'srv-1',
    InstanceId: 'i-1',
  });
  expect(sdk.commandCalls(UpdateInstanceCustomHealthStatusCommand)[0]?.args[0].input).toEqual({
    ServiceId: 'srv-1',
    InstanceId: 'i-1',
    Status: 'HEALTHY',
  });
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a process that %s ends is deregistered first, and ends by the signal',
  async (signal) => {
    const script = `
      import { createServiceDiscovery } from '${ROOT}lib/discovery/registration.ts';
      const say = (what) => async () => console.log(what);
      await createServiceDiscovery({
        namespaceId: 'ns-1', serviceName: 'srv-abcdefgh12345678', instanceId: 'i-1',
        cloudMap: async () => ({ register: say('in'), deregister: say('out') }),
      });
      setInterval(() => {}, 1_000);
      process.kill(process.pid, '${signal}');
    `;
    const args = ['--input-type=module', '--eval', script];
    const ended = promisify(execFile)(process.execPath, args, { timeout: 10_000 });
    await expect(ended).rejects.toMatchObject({ signal, stdout: 'in\nout\n' });
  },
);
