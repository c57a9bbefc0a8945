/** Services that a project adds to its file, deployed: every route and the walk of one, the shared breaker of another. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { NO_REQUEST } from '../../../lib/runtime/workflow.ts';
import { clientOf } from '../../flow/given.ts';
import { listen } from '../../listen.ts';
import {
  bookRowOf,
  ctl,
  givenAccount,
  givenDev,
  headersOf,
  startFrontProcess,
  type Dev,
} from './given.ts';

/** The API behind `orders`, slow enough that three requests meet. */
const api = { status: 500, inFlight: 0, mostInFlight: 0, asked: 0 };
/** The two APIs behind `catalogue`, and what each answers with. */
const catalogue = { v1: 200, lite: 200 };
let dev: Dev;

/** Says what it was asked. */
async function answerCatalogue(request: IncomingMessage, response: ServerResponse) {
  const { method, url = '' } = request;
  const body = (await request.setEncoding('utf8').toArray()).join('');
  const status = url.startsWith('/lite/') ? catalogue.lite : catalogue.v1;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ method, url, body }));
}

const ROUTES = [
  'ANY /catalogue',
  'GET /catalogue/{id}',
  'DELETE /catalogue/{id}',
  'ANY /catalogue/{id}/parts/{proxy+}',
  'POST /searches',
];

beforeAll(async () => {
  const server = createServer((request, response) => {
    if (/^\/(v1|lite)\//.test(request.url ?? '')) {
      void answerCatalogue(request, response);
      return;
    }
    api.asked += 1;
    api.inFlight += 1;
    api.mostInFlight = Math.max(api.mostInFlight, api.inFlight);
    // Long enough for the others to be on their way: each then has an environment of its own.
    setTimeout(() => {
      api.inFlight -= 1;
      response.writeHead(api.status).end('{}');
    }, 300);
  });
  const { url, close } = await listen(server);
  const sharedBreaker = { minimumRequests: 6, window: 60_000, resetTimeout: 600_000, ramp: [] };
  const upstream = { url, sharedBreaker, degraded: { text: '{}' } };
  const orders = { routes: ['ANY /orders'], policy: 'classic', upstream };
  const added = {
    routes: ROUTES,
    policy: 'classic',
    upstream: { url: `${url}/v1`, degraded: `${url}/lite`, probe: `${url}/lite/health` },
  };
  dev = await givenDev(await givenAccount({ scopes: { orders, catalogue: added } }));
  return async () => {
    await dev.close();
    await close();
  };
});

/** A request to each route, and to what is none. */
const ASKED = [
  ['GET', '/catalogue?page=2'],
  ['PATCH', '/catalogue', '{"a":1}'],
  ['GET', '/catalogue/a%3Ab'],
  ['DELETE', '/catalogue/7'],
  ['PUT', '/catalogue/7/parts/a/b', 'x=1'],
  ['POST', '/searches', '{}'],
] as const;
const NO_ROUTES = [
  ['PUT', '/catalogue/7', 405],
  ['GET', '/searches', 405],
  ['GET', '/catalogue/7/parts', 404],
] as const;

describe('a service that is an entry', () => {
  test('has its routes and no other, and walks 1 → 2 → 3 → 2 by its own row', async () => {
    // The front of the copy, whose services.json has the entry.
    const front = clientOf((await startFrontProcess(dev.account.folder)).url);
    for (const [method, url, body = ''] of ASKED) {
      const headers = { 'Content-Type': body.includes('=') ? 'text/plain' : 'application/json' };
      const reply = await front.send(method, url, body === '' ? {} : { body, headers });
      expect(reply).toMatchObject({ status: 200, body: { method, url: `/v1${url}`, body } });
      expect(headersOf(reply).level).toBe('1');
      // The emulator's API has the route, though it cannot start a workflow itself.
      expect((await dev.gateway.send(method, url)).status).toBe(504);
    }
    for (const [method, url, status] of NO_ROUTES) {
      expect(await front.send(method, url)).toMatchObject({ status });
      expect((await dev.gateway.send(method, url)).status).toBe(404);
    }

    const ask = async () => {
      const reply = await front.send('POST', '/searches', { body: '{}', headers: JSON_TYPE });
      return `${reply.status} ${headersOf(reply).level}`;
    };
    const times = async (count: number) => {
      const shown = new Set<string>();
      for (let i = 0; i < count; i += 1) shown.add(await ask());
      return [...shown];
    };
    catalogue.v1 = 500;
    expect(await times(5)).toEqual(['500 1']);
    expect(await ask()).toBe('200 2');
    catalogue.lite = 500;
    expect(await times(5)).toEqual(['500 2']);
    expect(await ask()).toBe('503 3');
    expect(await bookRowOf(dev, 'catalogue')).toMatchObject({ level: 3, errorCount: 10, epoch: 2 });
    catalogue.lite = 200;
    for (let ticks = 0; ticks < 10; ticks += 1) await dev.schedules.tick('catalogue');
    expect(await ask()).toBe('200 2');
    expect(await dev.table.row()).toBeUndefined();
  });
});

const JSON_TYPE = { 'Content-Type': 'application/json' };

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
