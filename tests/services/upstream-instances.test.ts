/** An API of one's own whose instances Cloud Map knows: found, shared, left out when they fail. */
import { expect, test } from 'vitest';
import { ServiceLocator } from '../../lib/discovery/locator.ts';
import type { ServiceInstance } from '../../lib/discovery/cloud-map.ts';
import { givenCloudMap, givenClock, instance } from '../discovery/given.ts';
import { freePort } from '../listen.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

function givenApi(instances: readonly ServiceInstance[]) {
  const cloudMap = givenCloudMap(instances);
  const clock = givenClock();
  const locator = new ServiceLocator(15_000, { cloudMap: cloudMap.open, clock: clock.read });
  const at = (path: string) => new URL(`cloudmap://internal/orders${path}`);
  const { service } = givenService(
    at('/v1?key=k'),
    { degraded: at('/lite'), probeUrl: at('/health') },
    { instances: locator },
  );
  const post = async () => (await service.full(requestOf(), CONTEXT)).statusCode;
  return { cloudMap, clock, service, post };
}

test('a request reaches an instance under the path and query that are named, once', async () => {
  const upstream = await givenUpstream();
  const { service, cloudMap } = givenApi([instance('a', Number(upstream.url.port))]);
  const answer = await service.full(requestOf({ query: { page: '2' } }), CONTEXT);
  expect(answer.statusCode).toBe(200);
  expect(await service.probe('degraded', requestOf(), CONTEXT)).toBe('success');
  expect(upstream.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1?key=k&page=2',
    'GET /health',
  ]);
  expect(cloudMap.asked).toEqual(['discover internal/orders']);
});

test('with one of three instances dead, no client is told of it', async () => {
  const alive = await Promise.all([givenUpstream(), givenUpstream()]);
  const { post } = givenApi([
    instance('dead', await freePort()),
    ...alive.map(({ url }, index) => instance(`alive${index}`, Number(url.port))),
  ]);
  const answers: number[] = [];
  for (let calls = 0; calls < 60; calls += 1) answers.push(await post());
  expect(new Set(answers)).toEqual(new Set([200]));
  for (const { seen } of alive) expect(seen.length).toBeGreaterThan(5);
});

test('instances change without a restart', async () => {
  const [before, after] = await Promise.all([givenUpstream(), givenUpstream()]);
  const { post, cloudMap, clock } = givenApi([instance('a', Number(before.url.port))]);
  await post();
  cloudMap.instances = [instance('b', Number(after.url.port))];
  clock.atMs += 15_000;
  await post();
  expect([before.seen.length, after.seen.length]).toEqual([1, 1]);
});

test('without an instance, and without Cloud Map, the answer is 502 and an error of the service', async () => {
  for (const fails of [null, new Error('throttled')]) {
    const { service, cloudMap } = givenApi([]);
    cloudMap.fails = fails;
    const answer = await service.full(requestOf(), CONTEXT);
    expect(answer).toMatchObject({ outcome: 'error', statusCode: 502 });
  }
});
