/** The ladder in Express where its faces misbehave: what is told to whom, and what of one face is left in another's answer. */
import express from 'express';
import { expect, test, vi } from 'vitest';
import { expressLevels } from '../../lib/entries/guard.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { listening } from '../listen.ts';
import { givenLevels, toldAs } from './given.ts';

type Face = (
  request: express.Request,
  response: express.Response,
  next: express.NextFunction,
) => unknown;

const full: Face = (_request, response) => response.status(500).send('all');

async function given(row: Item, degraded: Face, maintenance?: Face) {
  const { levels, served } = givenLevels(row);
  const app = express();
  app.use(
    expressLevels<express.Request, express.Response>({
      ...levels,
      degraded,
      maintenance,
    }),
  );
  app.all('/', (request, response, next) => void full(request, response, next));
  app.use(((error: Error, _request, response, _next) => {
    response.status(503).send(error.message);
  }) satisfies express.ErrorRequestHandler);
  const url = await listening(app);
  const ask = async (method = 'GET') => {
    const answer = await fetch(url, { method });
    const level = answer.headers.get('X-Service-Level');
    return { status: answer.status, text: await answer.text(), level, headers: answer.headers };
  };
  return { ask, served };
}

const down: Face = () => {
  throw new Error('down');
};

test('an exercise that throws and has no other face is an error of Express', async () => {
  const { ask, served } = await given({ exerciseBelow: 'g' }, down);
  expect(await ask('POST')).toMatchObject({ status: 503, text: 'down', level: '2' });
  await vi.waitFor(() => expect(served).toEqual([toldAs('exercise', 1)]), { timeout: 10_000 });
});

test('an exercise that fails leaves nothing in the answer of the full face', async () => {
  const { ask } = await given({ exerciseBelow: 'g' }, (_request, response) => {
    response.setHeader('X-Less', 'own');
    response.status(500).send('less');
  });
  const { headers, ...answer } = await ask();
  expect(answer).toEqual({ status: 500, text: 'all', level: '1' });
  expect(headers.has('X-Less')).toBe(false);
});

test('a face in the place of another that throws is told as its error', async () => {
  const { ask, served } = await given({ shield: 'safe' }, down);
  expect(await ask()).toMatchObject({ status: 500, text: 'all', level: '1' });
  expect(served).toEqual([toldAs('1', 1), toldAs('shield', 1)]);
});

test('what a face hands on and throws as well is told once', async () => {
  const { ask, served } = await given({ shield: 'safe' }, (_request, _response, next) => {
    next(new Error('down'));
    throw new Error('and thrown');
  });
  expect(await ask()).toMatchObject({ status: 500, text: 'all' });
  expect(served).toEqual([toldAs('1', 1), toldAs('shield', 1)]);
});

test('maintenance is a face of its own', async () => {
  const { ask } = await given({ currentLevel: 3 }, down, (_request, response) =>
    response.status(503).send('back soon'),
  );
  expect(await ask()).toMatchObject({ status: 503, text: 'back soon', level: '3' });
});
