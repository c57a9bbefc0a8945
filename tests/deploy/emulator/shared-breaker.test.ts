/** The breaker before an API that all environments of a deployed function share: three of them, and an operator. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, test, vi } from 'vitest';
import { NO_REQUEST } from '../../../lib/runtime/workflow.ts';
import { ctl, givenAccount, givenDev, type Dev } from './given.ts';

const api = { status: 500, inFlight: 0, mostInFlight: 0, asked: 0 };
let dev: Dev;

beforeAll(async () => {
  const server = createServer((_request, response) => {
    api.asked += 1;
    api.inFlight += 1;
    api.mostInFlight = Math.max(api.mostInFlight, api.inFlight);
    // Long enough for the others to be on their way: each then has an environment of its own.
    setTimeout(() => {
      api.inFlight -= 1;
      response.writeHead(api.status).end('{}');
    }, 300);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sharedBreaker = { minimumRequests: 6, window: 60_000, resetTimeout: 600_000, ramp: [] };
  const upstream = { url, sharedBreaker, degraded: { text: '{}' } };
  const orders = { routes: ['ANY /orders'], policy: 'classic', upstream };
  dev = await givenDev(await givenAccount({ scopes: { orders } }));
  return async () => {
    await dev.close();
    server.closeAllConnections();
    server.close();
  };
});

/** Three requests at once, and what each was answered. */
async function round(): Promise<readonly unknown[]> {
  const request = { ...NO_REQUEST, method: 'POST', resource: '/orders', rawPath: '/orders' };
  const event = { scope: 'orders', executionId: 'x', failOpen: false, readLevel: 1, request };
  const answers = await Promise.all(
    [1, 2, 3].map(() => dev.functions.invoke('full-service', event)),
  );
  return answers.map((answer) => (answer as { readonly statusCode: unknown }).statusCode);
}

test('three environments open it together, and close it by an operator’s word', async () => {
  await vi.waitUntil(
    async () => {
      await round();
      return (await ctl('breaker', 'list')).includes('orders/full  OPEN');
    },
    { timeout: 60_000, interval: 500 },
  );
  expect(api.mostInFlight).toBe(3);
  const refused = async () => {
    const before = api.asked;
    return String(await round()) === '503,503,503' && api.asked === before;
  };
  await vi.waitUntil(refused, { timeout: 20_000, interval: 500 });
  const listed = JSON.parse(await ctl('breaker', 'list', '--json')) as Record<string, object>;
  expect(listed).toMatchObject({ 'orders/full': { state: 'OPEN', epoch: 1, openings: 1 } });
  expect(listed['orders/full']).toHaveProperty('window.environments');
  // The workflow's own row is untouched: what was refused is no outcome, and no face may write a level.
  expect(await dev.table.row('orders')).toBeUndefined();

  api.status = 200;
  await ctl('breaker', 'close', 'orders/full');
  await vi.waitUntil(async () => String(await round()) === '200,200,200', {
    timeout: 20_000,
    interval: 500,
  });
});
