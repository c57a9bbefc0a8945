/** The ladder in Middy, in Express and in Fastify: a Lambda and two servers with three faces each, as their users write them. */
import { default as middy } from '@middy/core';
import express from 'express';
import fastify from 'fastify';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { expressLevels, fastifyLevels, middyLevels, withLevels } from '../../lib/entries/guard.ts';
import { classic } from '../../lib/level/policy.ts';
import * as control from '../../lib/store/control.ts';
import { listening } from '../listen.ts';
import { CountingStore, HandClock, patiently, requestOf } from './given.ts';

function given() {
  const [store, clock] = [new CountingStore(), new HandClock()];
  const protocol = { store, policyOf: () => classic };
  const row = { store, clock, within: patiently, policy: 'classic' as const };
  return {
    store,
    row,
    pin: async (level: 1 | 2 | 3) => {
      await control.pin(protocol, 'default', { level, override: { reason: 'drill' } }, clock.ms);
      clock.on(4_000);
    },
    errors: async () => Number((await store.inner.read('SYSTEM_STATE'))?.['errorCount'] ?? 0),
  };
}

/** Nobody looks at it. */
const CONTEXT = {} as never;

describe('a Lambda with Middy', () => {
  const make = (row: ReturnType<typeof given>['row']) =>
    middy(async (event: { readonly fail?: boolean }) => {
      if (event.fail) throw new Error('the database is down');
      return { statusCode: 200, body: 'everything' };
    }).use(
      middyLevels({
        ...row,
        degraded: async () => ({ statusCode: 200, body: 'less' }),
        probe: () => {},
      }),
    );

  test('serves its three faces', async () => {
    const { row, pin } = given();
    const handler = make(row);
    const call = () => handler({ ...requestOf('GET') }, CONTEXT);
    expect(await call()).toMatchObject({ statusCode: 200, body: 'everything' });
    await pin(2);
    expect(await call()).toMatchObject({ body: 'less', headers: { 'X-Service-Level': '2' } });
    await pin(3);
    expect(await call()).toMatchObject({
      statusCode: 503,
      headers: { 'Retry-After': '60', 'X-Service-Level': '3' },
    });
  });

  test('counts what the handler throws, which is thrown', async () => {
    const { row, errors } = given();
    const handler = make(row);
    for (let calls = 0; calls < 3; calls += 1) {
      await expect(handler({ fail: true }, CONTEXT)).rejects.toThrow('the database is down');
    }
    expect(await errors()).toBe(3);
  });

  test('serves less in place of a failed request that is safe', async () => {
    const { row, errors } = given();
    const handler = make({ ...row, overrides: { shield: 'safe' } } as typeof row);
    const answer = await handler({ ...requestOf('GET'), fail: true }, CONTEXT);
    expect(answer).toMatchObject({ body: 'less', headers: { 'X-Service-Shielded': 'true' } });
    expect(await errors()).toBe(1);
  });
});

const SERVERS: Record<string, (row: ReturnType<typeof given>['row']) => Promise<string>> = {
  async Express(row) {
    const app = express();
    app.use(
      expressLevels<express.Request, express.Response>({
        ...row,
        degraded: (_request, response) => response.json({ orders: 'of yesterday' }),
        probe: () => {},
      }),
    );
    app.get('/orders', (_request, response) => void response.json({ orders: 'all' }));
    app.get('/broken', () => {
      throw new Error('the database is down');
    });
    app.use(((_error, _request, response, _next) => {
      response.status(500).end();
    }) satisfies express.ErrorRequestHandler);
    return listening(app);
  },
  async Fastify(row) {
    const app = fastify();
    await app.register(
      fastifyLevels({
        ...row,
        degraded: async () => ({ orders: 'of yesterday' }),
        probe: () => {},
      }),
    );
    app.get('/orders', async () => ({ orders: 'all' }));
    app.get('/broken', async () => {
      throw new Error('the database is down');
    });
    onTestFinished(() => app.close());
    return app.listen({ host: '127.0.0.1', port: 0 });
  },
};

describe.each(Object.entries(SERVERS))('a server with %s', (_name, serverOn) => {
  test('serves its three faces', async () => {
    const { row, pin } = given();
    const url = await serverOn(row);
    const get = async () => {
      const response = await fetch(`${url}/orders`);
      const level = response.headers.get('X-Service-Level');
      return { status: response.status, level, body: await response.json() };
    };
    expect(await get()).toEqual({ status: 200, level: '1', body: { orders: 'all' } });
    await pin(2);
    expect(await get()).toEqual({ status: 200, level: '2', body: { orders: 'of yesterday' } });
    await pin(3);
    expect(await get()).toMatchObject({ status: 503, level: '3', body: { status: 503 } });
  });

  test('counts the errors that it answers, and neither what is not there nor who is not allowed', async () => {
    const { row, errors, store } = given();
    const url = await serverOn(row);
    for (let calls = 0; calls < 3; calls += 1) await fetch(`${url}/broken`);
    await vi.waitFor(async () => expect(await errors()).toBe(3), { timeout: 10_000 });
    const { writes } = store;
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect(store.writes).toBe(writes);
    await fetch(`${url}/broken`);
    await fetch(`${url}/broken`);
    await vi.waitFor(
      async () => expect(await store.inner.read('SYSTEM_STATE')).toMatchObject({ currentLevel: 2 }),
      { timeout: 10_000 },
    );
  });
});

describe('the events of a Lambda', () => {
  const SAFE: Record<string, [get: object, post: object]> = {
    'a REST API': [{ httpMethod: 'GET' }, { httpMethod: 'POST' }],
    'an HTTP API or a function URL': [requestOf('GET'), requestOf('POST')],
    'a load balancer': [
      { httpMethod: 'HEAD', requestContext: { elb: {} }, headers: {} },
      { httpMethod: 'PUT', requestContext: { elb: {} }, headers: {} },
    ],
  };

  test.each(Object.entries(SAFE))(
    '%s: what is safe is served in place',
    async (_name, [get, post]) => {
      const { row } = given();
      const handler = withLevels({
        ...row,
        overrides: { shield: 'safe' },
        full: async () => ({ statusCode: 502, body: '' }),
        degraded: async () => ({ statusCode: 200, body: 'less' }),
        probe: () => {},
      });
      expect(await handler(get, {})).toMatchObject({ statusCode: 200 });
      expect(await handler(post, {})).toMatchObject({ statusCode: 502 });
    },
  );

  test('a load balancer that takes lists of values gets lists', async () => {
    const { row, pin } = given();
    const handler = withLevels({
      ...row,
      full: async () => ({ statusCode: 200, multiValueHeaders: { 'X-Own': ['1'] }, body: '' }),
      degraded: async () => ({ statusCode: 200, multiValueHeaders: {}, body: '' }),
      probe: () => {},
    });
    const event = { httpMethod: 'GET', requestContext: { elb: {} }, multiValueHeaders: {} };
    expect(await handler(event, {})).toMatchObject({
      multiValueHeaders: { 'X-Own': ['1'], 'X-Service-Level': ['1'] },
    });
    await pin(3);
    expect(await handler(event, {})).toMatchObject({
      statusDescription: '503 Service Unavailable',
      multiValueHeaders: { 'Retry-After': ['60'] },
    });
  });

  test('an answer of any other type is left as it is', async () => {
    const { row } = given();
    const handler = withLevels({
      ...row,
      full: async (event: { readonly Records: readonly string[] }) => event.Records.length,
      degraded: async () => 0,
      probe: () => {},
    });
    expect(await handler({ Records: ['one', 'two'] }, {})).toBe(2);
  });
});
