/** An instance in the emulator's Cloud Map: registered, found, left out while it is not well, taken out when it ends. */
import { createServer } from 'node:http';
import {
  CreateHttpNamespaceCommand,
  CreateServiceCommand,
  DiscoverInstancesCommand,
  GetOperationCommand,
  ServiceDiscoveryClient,
} from '@aws-sdk/client-servicediscovery';
import { beforeAll, expect, test, vi } from 'vitest';
import {
  createServiceDiscovery,
  ServiceLocator,
  type DiscoveryProblem,
} from '../../../lib/entries/discovery.ts';
import { clientOf } from '../../flow/given.ts';
import { givenListening } from '../../listen.ts';
import { givenFolder, startProcess } from '../../local/process.ts';
import { awsEnv } from './aws.ts';
import { givenAccount, type Account } from './given.ts';

let account: Account;
beforeAll(async () => {
  account = await givenAccount();
  return account.close;
});

/** An emulator has no host of its own for DiscoverInstances. */
const sdk = () => new ServiceDiscoveryClient({ disableHostPrefix: true });

/** Makes a namespace, and a service in it whose instances say themselves how they are. */
async function givenNamespace(Name: string, service: string): Promise<string> {
  const client = sdk();
  const { OperationId = '' } = await client.send(new CreateHttpNamespaceCommand({ Name }));
  const made = async () =>
    (await client.send(new GetOperationCommand({ OperationId }))).Operation?.Targets?.NAMESPACE;
  const NamespaceId = await vi.waitUntil(made, { timeout: 10_000, interval: 50 });
  const HealthCheckCustomConfig = { FailureThreshold: 1 };
  await client.send(
    new CreateServiceCommand({ Name: service, NamespaceId, HealthCheckCustomConfig }),
  );
  return NamespaceId;
}

/** A server that says who it is; it ends with the test. */
async function givenInstance(name: string) {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ name }));
  });
  const { port, close } = await givenListening(server);
  return { port, calls: () => calls, close };
}

/** Registers instances of a service, with no signal of this process behind them. */
async function register(namespaceId: string, serviceName: string, ports: readonly number[]) {
  const problems: DiscoveryProblem[] = [];
  const managers = await Promise.all(
    ports.map((port) =>
      createServiceDiscovery({
        namespaceId,
        serviceName,
        instanceId: `i-${port}`,
        attributes: { AWS_INSTANCE_IPV4: '127.0.0.1', AWS_INSTANCE_PORT: String(port) },
        host: { env: {}, ipv4: () => '127.0.0.1', onEnd: () => {} },
        onProblem: (problem) => problems.push(problem),
      }),
    ),
  );
  return { managers, problems };
}

test('is found by who looks for its service, not while it is unhealthy, and not when it has ended', async () => {
  const namespaceId = await givenNamespace('internal', 'orders');
  const { managers, problems } = await register(namespaceId, 'orders', [4001, 4002]);
  const portsNow = async () => {
    const instances = await new ServiceLocator(1_000).getServiceInstances('orders', 'internal');
    return instances.map(({ port }) => port).toSorted((a = 0, b = 0) => a - b);
  };
  const becomes = (ports: readonly number[]) =>
    vi.waitUntil(async () => JSON.stringify(await portsNow()) === JSON.stringify(ports), {
      timeout: 10_000,
      interval: 100,
    });
  await becomes([4001, 4002]);
  await managers[0]?.updateHealthStatus('UNHEALTHY');
  await becomes([4002]);
  await managers[0]?.updateHealthStatus('HEALTHY');
  await becomes([4001, 4002]);
  await managers[1]?.deregister();
  await becomes([4001]);
  expect(problems).toEqual([]);
});

test('is an API of your own by cloudmap://, and one that dies costs no client an answer', async () => {
  const namespaceId = await givenNamespace('fleet', 'accounts');
  const instances = await Promise.all(['a', 'b', 'c'].map(givenInstance));
  await register(
    namespaceId,
    'accounts',
    instances.map(({ port }) => port),
  );
  const listed = async () => {
    const request = { NamespaceName: 'fleet', ServiceName: 'accounts' };
    return (await sdk().send(new DiscoverInstancesCommand(request))).Instances?.length === 3;
  };
  await vi.waitUntil(listed, { timeout: 10_000, interval: 100 });
  const server = await startProcess({
    ...awsEnv(account.endpoint),
    DATA_DIR: await givenFolder(),
    FULL_UPSTREAM_URL: 'cloudmap://fleet/accounts/v1',
  });
  const { send } = clientOf(server.url);
  const get = async () => (await send('GET', '/service-api')).status;
  const before: number[] = [];
  for (let calls = 0; calls < 30; calls += 1) before.push(await get());
  expect(new Set(before)).toEqual(new Set([200]));
  expect(instances.every(({ calls }) => calls() > 0)).toBe(true);
  await instances[0]?.close();
  const after: number[] = [];
  for (let calls = 0; calls < 60; calls += 1) after.push(await get());
  expect(new Set(after)).toEqual(new Set([200]));
});
