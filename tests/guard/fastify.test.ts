/** The ladder in Fastify beside its own hooks: what is refused before a face, what sends by itself, and who goes away. */
import { request as ask } from 'node:http';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { fastifyLevels } from '../../lib/entries/guard.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { givenLevels, toldAs } from './given.ts';

type Face = (request: FastifyRequest, reply: FastifyReply) => unknown;

async function given(
  row: Item,
  degraded: Face,
  { full = async () => 'all', maintenance }: { full?: Face; maintenance?: Face } = {},
) {
  const { levels, served } = givenLevels(row);
  const lines: string[] = [];
  const app = fastify({
    logger: { level: 'warn', stream: { write: (line: string) => void lines.push(line) } },
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-refused'] !== undefined) await reply.code(500).send('refused');
  });
  await app.register(
    fastifyLevels<FastifyRequest, FastifyReply>({
      ...levels,
      degraded,
      maintenance,
    }),
  );
  app.all('/', async (request, reply) => full(request, reply));
  onTestFinished(() => app.close());
  return { app, served, lines };
}

test('what is refused before the faces goes as it is, and is told of nobody', async () => {
  const { app, served, lines } = await given({ shield: 'all' }, () => 'less');
  const { statusCode, payload, headers } = await app.inject({
    url: '/',
    headers: { 'x-refused': '1' },
  });
  expect({ statusCode, payload }).toEqual({ statusCode: 500, payload: 'refused' });
  expect(headers).not.toHaveProperty('x-service-level');
  expect({ served, lines }).toEqual({ served: [], lines: [] });
});

test('a face that sends by itself has sent once', async () => {
  const { app, lines } = await given({ currentLevel: 2 }, (_request, reply) => {
    reply.code(201).send('less');
    return 'returned';
  });
  const { statusCode, payload } = await app.inject('/');
  expect({ statusCode, payload }).toEqual({ statusCode: 201, payload: 'less' });
  expect(lines).toEqual([]);
});

test('maintenance is a face of its own', async () => {
  const maintenance: Face = (_request, reply) => {
    reply.code(503);
    return 'back soon';
  };
  const { app } = await given({ currentLevel: 3 }, () => 'less', { maintenance });
  const { statusCode, payload, headers } = await app.inject('/');
  expect({ statusCode, payload }).toEqual({ statusCode: 503, payload: 'back soon' });
  expect(headers).toMatchObject({ 'x-service-level': '3' });
});

test('an exercise that fails and has no other face is the answer', async () => {
  const { app, served } = await given({ exerciseBelow: 'g' }, (_request, reply) =>
    reply.code(500).header('X-Less', 'own').send('less'),
  );
  const { statusCode, payload, headers } = await app.inject({ url: '/', method: 'POST' });
  expect({ statusCode, payload }).toEqual({ statusCode: 500, payload: 'less' });
  expect(headers).toMatchObject({ 'x-service-level': '2', 'x-less': 'own' });
  expect(served).toEqual([toldAs('exercise', 1)]);
});

test.each<[string, Item, string[]]>([
  ['shows nothing', {}, [toldAs('1', 0)]],
  [
    'shows nothing of the full face in an exercise',
    { exerciseBelow: 'g' },
    [toldAs('exercise', 1)],
  ],
])('a client that goes away %s', async (_what, row, lines) => {
  const [begun, answers] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  const { app, served } = await given(row, (_request, reply) => reply.code(500).send(), {
    full: () => {
      begun.resolve();
      return answers.promise;
    },
  });
  const gone = Promise.withResolvers<void>();
  app.addHook('onRequestAbort', async (_request) => gone.resolve());
  const sent = ask(await app.listen({ host: '127.0.0.1', port: 0 }), { agent: false });
  sent.on('error', () => {});
  sent.end();
  await begun.promise;
  sent.destroy();
  await gone.promise;
  expect(served).toEqual(lines);
  answers.resolve('all');
});
