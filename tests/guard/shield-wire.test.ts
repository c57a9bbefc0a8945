/** What a shielded answer is on the wire in Express and in Fastify: cookies, streams, heads, and answers that break off. */
import express from 'express';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { request as ask, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { expressLevels, fastifyLevels } from '../../lib/entries/guard.ts';
import type { Policy } from '../../lib/level/policy.ts';
import { listening } from '../listen.ts';
import { Counts, CountingStore, HandClock, patiently } from './given.ts';

const rowOf = (overrides: Partial<Policy>) =>
  ({
    store: new CountingStore(),
    clock: new HandClock(),
    telemetry: new Counts(),
    within: patiently,
    random: () => 0,
    policy: 'classic',
    overrides: { shield: 'safe', ...overrides },
    probe: () => {},
  }) as const;

type ExpressFace = (request: express.Request, response: express.Response) => unknown;
type FastifyFace = (request: FastifyRequest, reply: FastifyReply) => unknown;

async function inExpress(
  faces: { readonly full: ExpressFace; readonly degraded: ExpressFace },
  overrides: Partial<Policy> = {},
): Promise<string> {
  const app = express();
  app.use((_request, response, next) => {
    response.setHeader('Set-Cookie', ['session=1', 'seen=1']);
    next();
  });
  const { full, degraded } = faces;
  app.use(expressLevels<express.Request, express.Response>({ ...rowOf(overrides), degraded }));
  app.all('/orders', async (request, response) => void (await full(request, response)));
  return `${await listening(app)}/orders`;
}

async function inFastify(
  faces: { readonly full: FastifyFace; readonly degraded: FastifyFace },
  overrides: Partial<Policy> = {},
): Promise<string> {
  const app = fastify();
  app.addHook(
    'onRequest',
    async (_request, reply) => void reply.header('Set-Cookie', ['session=1', 'seen=1']),
  );
  const { full, degraded } = faces;
  await app.register(
    fastifyLevels<FastifyRequest, FastifyReply>({ ...rowOf(overrides), degraded }),
  );
  app.all('/orders', async (request, reply) => full(request, reply));
  onTestFinished(() => app.close());
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/orders`;
}

interface OnWire {
  readonly status: number | undefined;
  readonly cookies: readonly string[] | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** false: the connection ended before the answer did. */
  readonly isWhole: boolean;
}

const onWire = (url: string, method = 'GET') =>
  new Promise<OnWire>((resolve, reject) => {
    const sent = ask(url, { method, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part: Buffer) => (text += part.toString()));
      answer.on('error', () => {});
      answer.on('close', () => {
        const { statusCode: status, headers, complete: isWhole } = answer;
        resolve({ status, cookies: headers['set-cookie'], headers, text, isWhole });
      });
    });
    sent.on('error', reject).end();
  });

describe('Express', () => {
  test('a degraded answer that breaks off is no whole answer', async () => {
    const url = await inExpress({
      full: (_request, response) => response.sendStatus(500),
      degraded: async (_request, response) => {
        response.write('half of ');
        await new Promise(setImmediate);
        throw new Error('the other half is gone');
      },
    });
    const { isWhole } = await onWire(url);
    expect(isWhole).toBe(false);
  });

  test('cookies of the failed face go, those of before and of the degraded one stay', async () => {
    const url = await inExpress({
      full: (_request, response) => {
        response.appendHeader('Set-Cookie', 'full=1');
        response.sendStatus(500);
      },
      degraded: (_request, response) => response.cookie('a', '1').cookie('b', '2').json({}),
    });
    const { cookies } = await onWire(url);
    expect(cookies).toEqual(['session=1', 'seen=1', 'a=1; Path=/', 'b=2; Path=/']);
  });

  test('tells who waits for a part that it holds back', async () => {
    const ended = vi.fn<() => void>();
    const url = await inExpress({
      full: async (_request, response) => {
        response.status(500);
        await new Promise<void>((resolve) => {
          response.write('part', () => resolve());
        });
        response.end('last', ended);
      },
      degraded: (_request, response) => response.end('yesterday'),
    });
    expect(await onWire(url)).toMatchObject({ status: 200, text: 'yesterday' });
    expect(ended).toHaveBeenCalledOnce();
  });

  test('a head in pairs of a list is that head', async () => {
    const url = await inExpress({
      full: (_request, response) =>
        response.writeHead(500, ['X-Full', 'own', 'Content-Type', 'text/x']).end('down'),
      degraded: (_request, response) => response.sendStatus(500),
    });
    const { headers, text } = await onWire(url);
    expect(text).toBe('down');
    expect(headers).toMatchObject({ 'x-full': 'own', 'content-type': 'text/x' });
    expect(headers).not.toHaveProperty('0');
  });

  test('a full face that fails once more after its answer spoils none of the other', async () => {
    const url = await inExpress({
      full: (_request, response) => {
        response.status(500).send('down');
        throw new Error('and went on');
      },
      degraded: async (_request, response) => {
        for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
        response.end('yesterday');
      },
    });
    const { status, text, headers } = await onWire(url);
    expect({ status, text }).toEqual({ status: 200, text: 'yesterday' });
    expect(headers).not.toHaveProperty('content-security-policy');
  });

  test.each(['HEAD', 'GET'])('a stream in its place is sent, to %s', async (method) => {
    const url = await inExpress({
      full: (_request, response) => response.status(500).json({ long: 'answer' }),
      degraded: (_request, response) => Readable.from(['of ', 'yesterday']).pipe(response),
    });
    const answer = await onWire(url, method);
    expect(answer).toMatchObject({ status: 200, isWhole: true });
    expect(answer.text).toBe(method === 'HEAD' ? '' : 'of yesterday');
  });

  test('not modified is an answer', async () => {
    const url = await inExpress({
      full: (_request, response) => response.status(500).json({}),
      degraded: (_request, response) => response.status(304).end(),
    });
    expect(await onWire(url)).toMatchObject({ status: 304, text: '', isWhole: true });
  });
});

describe.each([false, true])('Fastify, exercised: %s', (isExercise) => {
  const overrides = isExercise ? { exerciseDegradedPercent: 20 } : {};

  test('a fetched answer, cookies and null arrive as Fastify sends them', async () => {
    const answers = [
      () => new Response('of yesterday', { status: 203, headers: { 'X-Own': '1' } }),
      (_request: FastifyRequest, reply: FastifyReply) =>
        reply.header('Set-Cookie', ['a=1', 'b=2']).header('set-cookie', 'c=3').send(null),
    ];
    const seen: OnWire[] = [];
    for (const degraded of answers) {
      const url = await inFastify(
        { full: (_request, reply) => reply.code(500).send({}), degraded },
        overrides,
      );
      seen.push(await onWire(url));
    }
    expect(seen).toMatchObject([
      { status: 203, text: 'of yesterday', headers: { 'x-own': '1' } },
      { status: 200, text: 'null', cookies: ['session=1', 'seen=1', 'a=1', 'b=2', 'c=3'] },
    ]);
  });
});

describe('Fastify', () => {
  test('cookies of the failed face go, those of before and of the degraded one stay', async () => {
    const url = await inFastify({
      full: (_request, reply) => reply.header('Set-Cookie', 'full=1').code(500).send({}),
      degraded: (_request, reply) =>
        reply.header('Set-Cookie', 'a=1').header('Set-Cookie', 'b=2').send({}),
    });
    const { cookies } = await onWire(url);
    expect(cookies).toEqual(['session=1', 'seen=1', 'a=1', 'b=2']);
  });

  test('a failed stream that is not sent is closed', async () => {
    const stream = Readable.from(['down']);
    const url = await inFastify({
      full: (_request, reply) => reply.code(500).send(stream),
      degraded: () => ({ orders: 'of yesterday' }),
    });
    expect(await onWire(url)).toMatchObject({ status: 200, text: '{"orders":"of yesterday"}' });
    expect(stream.destroyed).toBe(true);
  });

  test.each([
    ['shield', 500, {}],
    ['exercise', 200, { exerciseDegradedPercent: 20 }],
  ] as const)('so is one of a degraded face that fails in a %s', async (_name, full, overrides) => {
    const stream = Readable.from(['down']);
    const url = await inFastify(
      {
        full: (_request, reply) => reply.code(full).send({ orders: 'all' }),
        degraded: (_request, reply) => reply.code(500).send(stream),
      },
      overrides,
    );
    expect(await onWire(url)).toMatchObject({ status: full, text: '{"orders":"all"}' });
    expect(stream.destroyed).toBe(true);
  });

  test('a redirect of the degraded face is its answer', async () => {
    const url = await inFastify({
      full: (_request, reply) => reply.code(500).send({}),
      degraded: (_request, reply) => reply.redirect('/yesterday'),
    });
    const { status, headers } = await onWire(url);
    expect({ status, to: headers.location }).toEqual({ status: 302, to: '/yesterday' });
  });

  test('what the degraded face takes from its head is of its own answer alone', async () => {
    const url = await inFastify({
      full: (_request, reply) => reply.header('X-Full', 'own').code(500).send({ orders: 'all' }),
      degraded: (_request, reply) => {
        reply.removeHeader('X-Full').header('X-Own', 'gone').removeHeader('x-own');
        return reply.code(500).send({ has: reply.hasHeader('X-Own') });
      },
    });
    const { headers, text } = await onWire(url);
    expect(headers).toMatchObject({ 'x-full': 'own' });
    expect(text).toBe('{"orders":"all"}');
  });

  test.each(['HEAD', 'GET'])('a stream in its place is sent, to %s', async (method) => {
    const url = await inFastify({
      full: (_request, reply) => reply.code(500).send({ long: 'answer' }),
      degraded: () => Readable.from(['of ', 'yesterday']),
    });
    const answer = await onWire(url, method);
    expect(answer).toMatchObject({ status: 200, isWhole: true });
    expect(answer.text).toBe(method === 'HEAD' ? '' : 'of yesterday');
  });

  test('what a degraded face has fetched goes on as it came', async () => {
    const url = await inFastify({
      full: (_request, reply) => reply.code(500).send({}),
      degraded: () => new Response('of yesterday', { status: 203, headers: { 'X-Own': '1' } }),
    });
    const { status, text, headers } = await onWire(url);
    expect({ status, text }).toEqual({ status: 203, text: 'of yesterday' });
    expect(headers).toMatchObject({ 'x-own': '1', 'content-type': 'text/plain;charset=UTF-8' });
  });

  test('not modified is an answer', async () => {
    const url = await inFastify({
      full: (_request, reply) => reply.code(500).send({}),
      degraded: (_request, reply) => reply.code(304).send(),
    });
    expect(await onWire(url)).toMatchObject({ status: 304, text: '', isWhole: true });
  });
});
