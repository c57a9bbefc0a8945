/** Tenants with a level of their own, in a whole system: one that breaks is alone, and nobody can make another. */
import { describe, expect, test } from 'vitest';
import { givenUpstream } from '../services/upstreams.ts';
import { givenService, json, type RunningService } from './given.ts';

const TENANTS = { by: 'header X-Tenant', own: { acme: 'acme', globex: 'g1' } };
const ORDERS = {
  routes: ['POST /orders'],
  module: 'demo',
  maintenance: { status: 503, contentType: 'text/plain', text: 'Orders are away' },
  tenants: TENANTS,
};

/** Sends an order of a tenant, good or one that fails; null is nobody's. */
async function order(service: RunningService, tenant: string | null, error = false) {
  const { headers, body } = json({ error });
  const own = tenant === null ? {} : { 'X-Tenant': tenant };
  const reply = await service.send('POST', '/orders', {
    ...(body !== undefined && { body }),
    headers: { ...headers, ...own },
  });
  return { status: reply.status, level: reply.headers.get('X-Service-Level'), body: reply.body };
}

async function times(count: number, one: () => Promise<{ readonly level: string | null }>) {
  const seen: (string | null)[] = [];
  for (let i = 0; i < count; i += 1) seen.push((await one()).level);
  return seen.join('');
}

async function levels(service: RunningService) {
  const { body } = await service.send('GET', '/circuit-breaker?');
  const scopes = body['scopes'] as Readonly<Record<string, { readonly currentLevel: number }>>;
  return Object.fromEntries(
    Object.entries(scopes).map(([scope, { currentLevel }]) => [scope, currentLevel]),
  );
}

/** The keys of the rows that there are. */
async function rowsOf({ server }: RunningService) {
  const scanned = await server.table?.call('Scan', { TableName: 'ServiceResiliencyTable-dev' });
  const { Items: items } = scanned as { readonly Items: readonly { readonly PK: { S: string } }[] };
  return items.map(({ PK: { S: key } }) => key).toSorted();
}

const ALL_WELL = { orders: 1, 'orders.acme': 1, 'orders.globex': 1 };

describe('a tenant that breaks', () => {
  test('falls alone, and comes back; who has no level of their own share the service’s', async () => {
    const service = await givenService({}, { orders: ORDERS });
    expect(await times(5, () => order(service, 'acme', true))).toBe('11111');
    expect(await levels(service)).toEqual({ ...ALL_WELL, 'orders.acme': 2 });
    expect(await order(service, 'acme')).toMatchObject({ status: 200, level: '2' });
    expect(await order(service, 'g1')).toMatchObject({ status: 200, level: '1' });
    expect(await order(service, null)).toMatchObject({ status: 200, level: '1' });

    expect(await times(5, () => order(service, null, true))).toBe('11111');
    expect(await order(service, 'initech')).toMatchObject({ level: '2' });
    expect(await levels(service)).toEqual({ ...ALL_WELL, orders: 2, 'orders.acme': 2 });

    expect(await times(10, () => order(service, 'acme'))).toBe('2222222221');
    expect(await levels(service)).toEqual({ ...ALL_WELL, orders: 2 });
    expect(await rowsOf(service)).toEqual([
      'HISTORY#SYSTEM_STATE#orders',
      'HISTORY#SYSTEM_STATE#orders.acme',
      'SYSTEM_STATE#orders',
      'SYSTEM_STATE#orders.acme',
    ]);
  });

  test('opens no breaker of another before an API of one’s own', async () => {
    const api = await givenUpstream();
    api.respond(({ headers }, response) => {
      response.writeHead(headers['x-tenant'] === 'acme' ? 500 : 200).end('{}');
    });
    const upstream = { url: api.url.href };
    const { module: _module, ...entry } = ORDERS;
    const service = await givenService({}, { orders: { ...entry, upstream, policy: 'bank' } });
    await times(5, () => order(service, 'acme'));
    const asked = api.seen.length;
    expect(await order(service, 'g1')).toMatchObject({ status: 200, level: '1' });
    expect(await order(service, null)).toMatchObject({ status: 200, level: '1' });
    expect(api.seen).toHaveLength(asked + 2);
    expect(await levels(service)).toEqual({ ...ALL_WELL, 'orders.acme': 2 });
  });
});

test('no text of a client makes a scope, or a row', async () => {
  const service = await givenService({}, { orders: ORDERS });
  const hostile = [
    'ACME',
    'globex',
    'orders.acme',
    'SYSTEM_STATE#orders.acme',
    '__proto__',
    'constructor',
    "acme')#set($scope='x",
    '"},"scope":"x","stateKey":"OTHER',
    'a'.repeat(8_000),
    ...Array.from({ length: 20 }, (_, index) => `tenant-${index}`),
  ];
  for (const name of hostile) expect((await order(service, name, true)).status).not.toBe(200);
  expect(await rowsOf(service)).toEqual(['HISTORY#SYSTEM_STATE#orders', 'SYSTEM_STATE#orders']);
  expect((await levels(service))['orders.acme']).toBe(1);
});

test('whoever has no key is nobody’s tenant, whatever they say', async () => {
  const tenants = { by: 'apiKey', own: { acme: 'k3x9' } };
  const file = { orders: { ...ORDERS, auth: 'apiKey', tenants } };
  const service = await givenService({ API_KEY: 'the-only-key' }, file);
  const post = async (headers: Readonly<Record<string, string>>) => {
    const sent = {
      body: '{"error":true}',
      headers: { 'Content-Type': 'application/json', ...headers },
    };
    return (await service.send('POST', '/orders', sent)).status;
  };
  for (let i = 0; i < 5; i += 1) expect(await post({ 'X-Tenant': 'k3x9' })).toBe(403);
  expect(await levels(service)).toEqual({ orders: 1, 'orders.acme': 1 });
  // On a laptop there is one key, and who has it says whose request it is.
  for (let i = 0; i < 5; i += 1) {
    expect(await post({ 'X-Tenant': 'k3x9', 'X-Api-Key': 'the-only-key' })).toBe(500);
  }
  expect(await levels(service)).toEqual({ orders: 1, 'orders.acme': 2 });
});

describe('an operator', () => {
  test('pins, releases, resets and looks at one tenant', async () => {
    const service = await givenService({}, { orders: ORDERS });
    const pin = json({ level: 3, reason: 'their import' });
    const at = '?scope=orders.acme';
    const pinned = await service.send('PUT', `/circuit-breaker/override${at}`, pin);
    expect(pinned).toMatchObject({ status: 200, body: { scope: 'orders.acme', currentLevel: 3 } });
    // In the words of its service.
    expect(await order(service, 'acme')).toMatchObject({
      status: 503,
      level: '3',
      body: { text: 'Orders are away' },
    });
    expect(await order(service, 'g1')).toMatchObject({ status: 200, level: '1' });
    const past = await service.send('POST', '/circuit-breaker/bypass/orders', {
      body: '{}',
      headers: { 'Content-Type': 'application/json', 'X-Tenant': 'acme' },
    });
    expect(past).toMatchObject({ status: 200, body: { level: 1 } });
    const policy = json({ errorsToDegrade: 2 });
    expect(await service.send('PATCH', `/circuit-breaker/policy${at}`, policy)).toMatchObject({
      body: { policy: { errorsToDegrade: 2 } },
    });
    expect((await service.send('DELETE', `/circuit-breaker/override${at}`)).status).toBe(200);
    expect((await service.send('POST', `/circuit-breaker/reset${at}`)).status).toBe(200);
    expect((await service.send('GET', `/circuit-breaker${at}`)).body).toMatchObject({
      scope: 'orders.acme',
      currentLevel: 1,
    });
    expect(await levels(service)).toEqual(ALL_WELL);
  });

  test('is told which services there are where a tenant is none, and makes no row of it', async () => {
    const service = await givenService({}, { orders: ORDERS });
    const reply = await service.send('POST', '/circuit-breaker/reset?scope=orders.initech');
    expect(reply).toMatchObject({
      status: 404,
      body: {
        message:
          'unknown scope "orders.initech"; there is orders and 2 of tenants, as service.tenant',
      },
    });
    expect(await rowsOf(service)).toEqual([]);
  });
});

test('monitors see each tenant, the health sees services alone', async () => {
  const service = await givenService({}, { orders: ORDERS });
  await times(5, () => order(service, 'acme', true));
  await order(service, 'initech');
  const text = String((await service.send('GET', '/metrics')).body['text']);
  expect(text).toContain('service_level{scope="orders.acme"} 2');
  expect(text).toContain('service_level{scope="orders.globex"} 1');
  const count = 'service_requests_total{';
  const requests = text.split('\n').filter((line) => line.startsWith(count));
  expect(requests.map((line) => /scope="([^"]*)"/.exec(line)?.[1] ?? '').toSorted()).toEqual([
    'orders',
    'orders.acme',
  ]);
  const health = await service.send('GET', '/health');
  expect(health).toMatchObject({ status: 200 });
  expect(JSON.stringify(health.body)).not.toMatch(/acme|globex/);
});

test('a tenant has the read replicas of its service, of its own row', async () => {
  const orders = { ...ORDERS, policy: 'classic', readReplicas: 2 };
  const service = await givenService({}, { orders });
  expect(await times(5, () => order(service, 'acme', true))).toBe('11111');
  expect(await times(20, () => order(service, 'acme'))).toMatch(/^2{10}1{10}$/);
  expect(await times(10, () => order(service, 'g1'))).toBe('1111111111');
  const replicas = (await rowsOf(service)).filter((key) => key.startsWith('REPLICA#'));
  expect(replicas.toSorted()).toEqual([
    'REPLICA#1#SYSTEM_STATE#orders.acme',
    'REPLICA#2#SYSTEM_STATE#orders.acme',
  ]);
});
