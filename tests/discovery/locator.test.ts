/** The locator: what it asks of Cloud Map, whom it gives, and what it learns from calls. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DiscoverInstancesCommand,
  GetNamespaceCommand,
  ServiceDiscoveryClient,
} from '@aws-sdk/client-servicediscovery';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ServiceLocator } from '../../lib/discovery/locator.ts';
import { givenClock, givenCloudMap, givenRandom, instance } from './given.ts';

const ONE = [instance('a')];

test('10,000 look-ups in a second make one call of Cloud Map', async () => {
  const cloudMap = givenCloudMap(ONE);
  const clock = givenClock();
  const locator = new ServiceLocator(60_000, { cloudMap: cloudMap.open, clock: clock.read });
  for (let second = 0; second < 1_000; second += 100) {
    await Promise.all(
      Array.from({ length: 1_000 }, () => locator.getServiceInstance('vendor-svc', 'internal')),
    );
    clock.atMs += 100;
  }
  expect(cloudMap.asked).toEqual(['discover internal/vendor-svc']);
});

test('the SDK is asked for the healthy ones, by the name of a namespace that has an id', async () => {
  const sdk = mockClient(ServiceDiscoveryClient);
  onTestFinished(() => sdk.restore());
  vi.stubEnv('AWS_REGION', 'us-east-1');
  sdk.on(GetNamespaceCommand).resolves({ Namespace: { Name: 'internal' } });
  sdk.on(DiscoverInstancesCommand).resolves({
    Instances: [
      { InstanceId: 'a', Attributes: { AWS_INSTANCE_IPV4: '10.0.0.7', AWS_INSTANCE_PORT: '3000' } },
      { InstanceId: 'b', Attributes: { AWS_INSTANCE_IPV6: 'fd00::7', version: '2' } },
    ],
  });
  const locator = new ServiceLocator();
  const found = await locator.getServiceInstances('vendor-svc', 'ns-abcdefgh12345678');
  await locator.getServiceInstances('vendor-svc', 'ns-abcdefgh12345678');
  await locator.getServiceInstances('other-svc', 'ns-abcdefgh12345678');
  expect(found).toMatchObject([
    { instanceId: 'a', ipv4: '10.0.0.7', port: 3000 },
    { instanceId: 'b', ipv4: undefined, ipv6: 'fd00::7', port: 80, attributes: { version: '2' } },
  ]);
  expect(sdk.commandCalls(GetNamespaceCommand)).toHaveLength(1);
  expect(sdk.commandCalls(DiscoverInstancesCommand).map(({ args: [{ input }] }) => input)).toEqual(
    ['vendor-svc', 'other-svc'].map((ServiceName) => ({
      NamespaceName: 'internal',
      ServiceName,
      HealthStatus: 'HEALTHY',
      MaxResults: 1_000,
    })),
  );
});

test('where nobody is, the next one is found a second later', async () => {
  const cloudMap = givenCloudMap();
  const clock = givenClock();
  const locator = new ServiceLocator(60_000, { cloudMap: cloudMap.open, clock: clock.read });
  expect(await locator.getServiceInstance('vendor-svc', 'internal')).toBeNull();
  const call = locator.call('vendor-svc', 'internal', () => 1);
  await expect(call).rejects.toMatchObject({ code: 'NO_INSTANCE' });
  cloudMap.instances = ONE;
  clock.atMs += 999;
  expect(await locator.getServiceInstance('vendor-svc', 'internal')).toBeNull();
  clock.atMs += 1;
  expect(await locator.getServiceInstance('vendor-svc', 'internal')).toMatchObject({ port: 80 });
});

test('a Cloud Map that fails gives the instances of before; without any it is an error', async () => {
  const cloudMap = givenCloudMap(ONE);
  const clock = givenClock();
  const locator = new ServiceLocator(1_000, { cloudMap: cloudMap.open, clock: clock.read });
  await locator.getServiceInstances('vendor-svc', 'internal');
  cloudMap.fails = new Error('throttled');
  clock.atMs += 100_000;
  expect(await locator.getServiceInstances('vendor-svc', 'internal')).toEqual(ONE);
  await expect(locator.getServiceInstances('other-svc', 'internal')).rejects.toMatchObject({
    code: 'LOOK_UP_FAILED',
    cause: cloudMap.fails,
  });
});

test('what was learnt of an instance outlives its next look-up, and goes with it', async () => {
  const cloudMap = givenCloudMap([instance('a', 1), instance('b', 2)]);
  const clock = givenClock();
  const options = { cloudMap: cloudMap.open, clock: clock.read, random: givenRandom() };
  const locator = new ServiceLocator(1_000, options);
  const call = async () => {
    await locator
      .call('svc', 'ns', ({ port }) => {
        if (port === 1) throw new Error('down');
      })
      .catch(() => {});
  };
  for (let calls = 0; calls < 40; calls += 1) await call();
  clock.atMs += 1_000;
  cloudMap.instances = [instance('a', 1), instance('b', 2), instance('c', 3)];
  const ports = new Set<number | undefined>();
  for (let looks = 0; looks < 40; looks += 1) {
    ports.add((await locator.getServiceInstance('svc', 'ns'))?.port);
  }
  expect(ports).toEqual(new Set([2, 3]));
});

test('the fault of a caller is not held against an instance', async () => {
  const cloudMap = givenCloudMap([instance('a', 1), instance('b', 2)]);
  const locator = new ServiceLocator(60_000, { cloudMap: cloudMap.open, random: givenRandom() });
  const ports = new Set<number>();
  const reject = async () =>
    locator.call(
      'svc',
      'ns',
      ({ port }) => {
        ports.add(port);
        throw new Error('404');
      },
      () => false,
    );
  for (let calls = 0; calls < 40; calls += 1) await expect(reject()).rejects.toThrow('404');
  expect(ports).toEqual(new Set([1, 2]));
});

test('with one of three dead, under 1 % of the calls fail after the first second', async () => {
  const servers = await Promise.all(
    [1, 2, 3].map(async () => {
      const server = createServer((_request, response) => response.end('ok')).listen(
        0,
        '127.0.0.1',
      );
      await once(server, 'listening');
      return server;
    }),
  );
  const close = async (server: (typeof servers)[number]) => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  const cloudMap = givenCloudMap(ports.map((port, index) => instance(`i${index}`, port)));
  const locator = new ServiceLocator(60_000, { cloudMap: cloudMap.open });
  const results: { readonly atMs: number; readonly ok: boolean }[] = [];
  const [dead, ...alive] = servers as [(typeof servers)[number], ...typeof servers];
  onTestFinished(async () => {
    for (const server of alive) await close(server);
  });
  await close(dead);
  const startedAt = performance.now();
  const caller = async () => {
    // As many calls as say something of 1 %, however slow this machine is.
    while (results.filter((it) => it.atMs >= 1_000).length < 400) {
      const atMs = performance.now() - startedAt;
      const ok = await locator
        .call('svc', 'ns', async ({ ipv4, port }) => {
          const response = await fetch(`http://${ipv4}:${port}/`);
          await response.text();
          return response.ok;
        })
        .catch(() => false);
      results.push({ atMs, ok });
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  const after = results.filter(({ atMs }) => atMs >= 1_000);
  const failed = after.filter(({ ok }) => !ok).length;
  expect(results.filter(({ ok }) => !ok).length).toBeGreaterThan(0);
  expect(after.length).toBeGreaterThanOrEqual(400);
  expect(failed / after.length).toBeLessThan(0.01);
});

test('to end a call twice does nothing', async () => {
  const cloudMap = givenCloudMap([instance('a', 1), instance('b', 2)]);
  const locator = new ServiceLocator(60_000, { cloudMap: cloudMap.open, random: givenRandom() });
  const [first] = await locator.getServiceInstances('svc', 'ns');
  if (first === undefined) throw new Error('expected an instance');
  const end = locator.track(first);
  end(true);
  end(true);
  // A negative number of calls in flight would draw everybody there.
  const ends = Array.from({ length: 3 }, () => locator.track(first));
  expect(await locator.getServiceInstance('svc', 'ns')).toMatchObject({ port: 2 });
  for (const endIt of ends) endIt(true);
});

test.each([0, Number.NaN, 86_400_001])('a time of %d ms is refused', (ttlMs) => {
  expect(() => new ServiceLocator(ttlMs)).toThrow('ttlMs to be from 1 to 86,400,000');
});

test('a service without a name is refused', async () => {
  const locator = new ServiceLocator(1_000, { cloudMap: givenCloudMap().open });
  await expect(locator.getServiceInstances('', 'ns')).rejects.toThrow('name of the service');
});
