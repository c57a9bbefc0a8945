/** The shield and the exercise of the degraded face in Express and in Fastify: what is safe and has failed is answered by the other face. */
import express from 'express';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { expressLevels, fastifyLevels } from '../../lib/entries/guard.ts';
import type { Policy } from '../../lib/level/policy.ts';
import { listening } from '../listen.ts';
import { Counts, CountingStore, HandClock, patiently } from './given.ts';

/** How the faces do; `throw` throws, a number is a status. */
interface Faces {
  full: number | 'throw' | 'long';
  degraded: number | 'throw' | 'send';
}

interface Row {
  readonly store: CountingStore;
  readonly clock: HandClock;
  readonly telemetry: Counts;
  readonly within: typeof patiently;
  readonly random: () => number;
  readonly policy: 'classic';
  readonly overrides: Partial<Policy>;
}

const LONG = 'x'.repeat(100_000);

async function express5(row: Row, faces: Faces): Promise<string> {
  const app = express();
  app.use((_request, response, next) => {
    response.setHeader('X-Before', 'kept');
    next();
  });
  app.use(
    expressLevels<express.Request, express.Response>({
      ...row,
      degraded: (_request, response) => {
        if (faces.degraded === 'throw') throw new Error('down, too');
        if (faces.degraded === 'send')
          return (void response.write('of '), response.end('yesterday'));
        return response.status(faces.degraded).json({ orders: 'of yesterday' });
      },
      probe: () => {},
    }),
  );
  app.all('/orders', (_request, response) => {
    if (faces.full === 'throw') throw new Error('the database is down');
    response.setHeader('X-Full', 'own');
    if (faces.full === 'long')
      return (void response.status(500).write(LONG), void response.end(LONG));
    response.status(faces.full).json({ orders: 'all' });
  });
  app.use(((_error, _request, response, _next) => {
    response.status(500).json({ message: 'sorry' });
  }) satisfies express.ErrorRequestHandler);
  return listening(app);
}

async function fastify5(row: Row, faces: Faces): Promise<string> {
  const app = fastify();
  app.addHook('onRequest', async (_request, reply) => void reply.header('X-Before', 'kept'));
  await app.register(
    fastifyLevels<FastifyRequest, FastifyReply>({
      ...row,
      degraded: async (_request, reply) => {
        if (faces.degraded === 'throw') throw new Error('down, too');
        if (faces.degraded === 'send') return reply.type('text/plain').send('of yesterday');
        reply.code(faces.degraded);
        return { orders: 'of yesterday' };
      },
      probe: () => {},
    }),
  );
  app.setErrorHandler(async (_error, _request, reply) => {
    reply.code(500);
    return { message: 'sorry' };
  });
  app.all('/orders', async (_request, reply) => {
    if (faces.full === 'throw') throw new Error('the database is down');
    reply.header('X-Full', 'own');
    reply.code(faces.full === 'long' ? 500 : faces.full);
    return faces.full === 'long' ? LONG + LONG : { orders: 'all' };
  });
  onTestFinished(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function given(make: typeof express5, overrides: Partial<Policy> = { shield: 'safe' }) {
  const [store, clock, telemetry] = [new CountingStore(), new HandClock(), new Counts()];
  const faces: Faces = { full: 500, degraded: 200 };
  const row = {
    store,
    clock,
    telemetry,
    within: patiently,
    random: () => 0,
    policy: 'classic',
  } as const;
  const url = await make({ ...row, overrides }, faces);
  const ask = async (method = 'GET') => {
    const response = await fetch(`${url}/orders`, { method });
    const text = await response.text();
    const { headers } = response;
    return {
      status: response.status,
      text: text.length > 1_000 ? text.length : text,
      level: headers.get('X-Service-Level'),
      shielded: headers.get('X-Service-Shielded'),
      own: headers.get('X-Full'),
      before: headers.get('X-Before'),
      type: headers.get('Content-Type')?.split(';')[0],
    };
  };
  const errors = async () => Number((await store.inner.read('SYSTEM_STATE'))?.['errorCount'] ?? 0);
  const served = () => telemetry.served;
  return { faces, ask, errors, served };
}

const JSON_TYPE = 'application/json';

/** What is published of a face that served, and how it did. */
const told = (level: string, ok: boolean) =>
  `{"Scope":"default","Level":"${level}"} {"Success":${Number(ok)},"Error":${Number(!ok)},"ResponseTime":0}`;

describe.each([
  ['Express', express5],
  ['Fastify', fastify5],
])('the shield in %s', (_name, make) => {
  test.each([500, 'throw'] as const)(
    'answers a GET that failed with %s by the degraded face',
    async (full) => {
      const { faces, ask, errors, served } = await given(make);
      faces.full = full;
      expect(await ask()).toEqual({
        status: 200,
        text: '{"orders":"of yesterday"}',
        level: '2',
        shielded: 'true',
        // What the full face has said of its answer is not of this one.
        own: null,
        before: 'kept',
        type: JSON_TYPE,
      });
      // What is counted is the error that it was, once; the other is told apart.
      await vi.waitFor(async () => expect(await errors()).toBe(1), { timeout: 10_000 });
      expect(served()).toEqual([told('1', false), told('shield', true)]);
    },
  );

  test('takes an answer that the face sends itself', async () => {
    const { faces, ask } = await given(make);
    faces.degraded = 'send';
    expect(await ask()).toMatchObject({ status: 200, text: 'of yesterday', shielded: 'true' });
  });

  test.each([500, 'throw'] as const)(
    'gives the failed answer back where the degraded face fails with %s',
    async (degraded) => {
      const { faces, ask, errors } = await given(make);
      faces.degraded = degraded;
      expect(await ask()).toEqual({
        status: 500,
        text: '{"orders":"all"}',
        level: '1',
        shielded: null,
        own: 'own',
        before: 'kept',
        type: JSON_TYPE,
      });
      await vi.waitFor(async () => expect(await errors()).toBe(1), { timeout: 10_000 });
    },
  );

  test('is for what may be served again alone, and for nobody where it is off', async () => {
    const { ask } = await given(make);
    expect(await ask('POST')).toMatchObject({ status: 500, level: '1', shielded: null });
    const off = await given(make, { shield: 'off' });
    expect(await off.ask()).toMatchObject({ status: 500, level: '1', shielded: null });
    const all = await given(make, { shield: 'all' });
    expect(await all.ask('POST')).toMatchObject({ status: 200, level: '2', shielded: 'true' });
  });

  test('leaves good answers alone', async () => {
    const { faces, ask, errors } = await given(make);
    for (const status of [200, 404]) {
      faces.full = status;
      expect(await ask()).toMatchObject({
        status,
        text: '{"orders":"all"}',
        own: 'own',
        level: '1',
      });
    }
    expect(await errors()).toBe(0);
  });

  test('serves a share of the safe requests by the degraded face, and by the full one where that fails', async () => {
    const { faces, ask, errors, served } = await given(make, {
      shield: 'safe',
      exerciseDegradedPercent: 20,
    });
    faces.full = 200;
    expect(await ask()).toMatchObject({
      status: 200,
      text: '{"orders":"of yesterday"}',
      level: '2',
    });
    for (const degraded of [500, 'throw'] as const) {
      faces.degraded = degraded;
      expect(await ask()).toMatchObject({ text: '{"orders":"all"}', level: '1', shielded: 'true' });
    }
    expect(await errors()).toBe(0);
    // Each face that served is told, the full one when its answer has gone out.
    const [good, bad] = [told('exercise', true), told('exercise', false)];
    await vi.waitFor(() => expect(served()).toEqual([good, bad, good, bad, good]), {
      timeout: 10_000,
    });
  });
});

test('a failed answer of Express that is longer than what is held back goes as it is', async () => {
  const { faces, ask, errors } = await given(express5);
  faces.full = 'long';
  expect(await ask()).toMatchObject({ status: 500, text: 200_000, level: '1', own: 'own' });
  await vi.waitFor(async () => expect(await errors()).toBe(1), { timeout: 10_000 });
});
