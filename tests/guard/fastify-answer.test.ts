/** An answer of Fastify that stands for another: what a face does to its reply is kept, and what is sent of it. */
import { Readable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { answerOf, discard, replaceBy } from '../../lib/guard/fastify-answer.ts';

/** A reply as far as it is used, which must not be touched. */
function replyOf(headers: Record<string, unknown> = {}) {
  const own = new Map(Object.entries(headers));
  const reply = {
    statusCode: 500,
    sent: false,
    log: 'the log',
    code: (status: number) => void (reply.statusCode = status),
    header: (name: string, value: string) => void own.set(name, value),
    send: (_payload: unknown) => {},
    getHeaders: () => Object.fromEntries(own),
    removeHeader: (name: string) => void own.delete(name),
    serialize: (payload: unknown) => JSON.stringify(payload),
    who() {
      return this;
    },
  };
  return reply;
}

/** A reply as Fastify has it, as far as faces use it here. */
interface Own {
  readonly statusCode: number;
  readonly sent: boolean;
  readonly log: string;
  who(): unknown;
  code(status: number): Own;
  status(status: number): Own;
  header(name: string, value: string | string[]): Own;
  headers(all: Readonly<Record<string, string>>): Own;
  type(type: string): Own;
  send(payload?: unknown): Own;
  redirect(url: string, code?: number): Own;
  getHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  hasHeader(name: string): boolean;
  removeHeader(name: string): Own;
}

async function answered(face: (own: Own) => unknown) {
  const reply = replyOf({ etag: 'x' });
  const answer = await answerOf((own: typeof reply) => face(own as unknown as Own), reply);
  expect(reply.statusCode).toBe(500);
  expect(reply.getHeaders()).toEqual({ etag: 'x' });
  return answer;
}

const thrown = (error: unknown) => () => {
  throw error as Error;
};

describe('what a face answers is kept', () => {
  test.each<[string, (own: Own) => unknown, number, object, unknown]>([
    ['what it returns', () => 'a', 200, {}, 'a'],
    ['what it sends', (own) => void own.send('a'), 200, {}, 'a'],
    ['what it sends, and not what it returns', (own) => (own.send('a'), 'b'), 200, {}, 'a'],
    ['nothing that it sends', (own) => (own.send(), 'b'), 200, {}, undefined],
    ['its reply is no answer', async (own) => own, 200, {}, undefined],
    ['a status', (own) => own.code(201).send('a'), 201, {}, 'a'],
    ['a status by its other name', (own) => own.status(202).send('a'), 202, {}, 'a'],
    ['a header', (own) => own.header('X-A', '1').send(), 200, { 'x-a': '1' }, undefined],
    [
      'its last value',
      (own) => own.header('X-A', '1').header('x-a', '2'),
      200,
      { 'x-a': '2' },
      undefined,
    ],
    [
      'headers',
      (own) => own.headers({ 'X-A': '1', b: '2' }),
      200,
      { 'x-a': '1', b: '2' },
      undefined,
    ],
    ['a type', (own) => own.type('text/x').send('a'), 200, { 'content-type': 'text/x' }, 'a'],
    [
      'cookies beside one another',
      (own) =>
        own.header('Set-Cookie', 'a').header('set-cookie', ['b', 'c']).header('Set-Cookie', 'd'),
      200,
      { 'set-cookie': ['a', 'b', 'c', 'd'] },
      undefined,
    ],
    ['a redirect', (own) => (own.redirect('/a'), 'b'), 302, { location: '/a' }, undefined],
    ['one with its status', (own) => own.redirect('/a', 307), 307, { location: '/a' }, undefined],
    [
      'one with that of the reply',
      (own) => own.code(301).redirect('/a'),
      301,
      { location: '/a' },
      undefined,
    ],
    [
      'what was removed is gone',
      (own) => own.header('X-A', '1').removeHeader('x-A'),
      200,
      {},
      undefined,
    ],
    ['an error', thrown(new Error('down')), 500, {}, ''],
    ['an error with a status', thrown({ status: 404, statusCode: 400 }), 404, {}, ''],
    ['one by its other name', thrown({ statusCode: 404 }), 404, {}, ''],
    ['one that is no number', thrown({ statusCode: '404' }), 500, {}, ''],
    ['an error that is nothing', thrown(undefined), 500, {}, ''],
  ])('%s', async (_what, face, status, headers, payload) => {
    expect(await answered(face)).toEqual({ status, headers, payload });
  });

  test('an answer that was fetched, with its head', async () => {
    const { status, headers, payload } = await answered((own) => {
      own.header('X-A', '1');
      return new Response('a', { status: 203, headers: { 'X-B': '2' } });
    });
    expect({ status, headers }).toEqual({
      status: 203,
      headers: { 'x-a': '1', 'x-b': '2', 'content-type': 'text/plain;charset=UTF-8' },
    });
    expect(await new Response(payload as ReadableStream).text()).toBe('a');
  });

  test('a face reads what it has said', async () => {
    const seen: unknown[] = [];
    await answered((own) => {
      seen.push(own.statusCode, own.sent, own.hasHeader('X-A'), own.log);
      own.code(201).header('X-A', '1').send();
      seen.push(own.statusCode, own.sent, own.hasHeader('x-A'), own.getHeader('X-a'));
      // A copy of its own.
      Object.assign(own.getHeaders(), { 'x-b': '2' });
      seen.push(own.getHeaders());
    });
    expect(seen).toEqual([200, false, false, 'the log', 201, true, true, '1', { 'x-a': '1' }]);
  });

  test('what else a reply can is its own', async () => {
    const reply = replyOf();
    const answer = await answerOf((own: typeof reply) => own.who() === reply, reply);
    expect(answer.payload).toBe(true);
  });
});

describe('what is not sent', () => {
  test('is closed', async () => {
    const stream = Readable.from(['a']);
    discard(stream);
    expect(stream.destroyed).toBe(true);
    const cancelled = vi.fn<() => void>();
    discard(new ReadableStream({ cancel: cancelled }));
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test('and is read by somebody is left to them', async () => {
    const stream = new ReadableStream();
    stream.getReader();
    // A rejection that nobody takes would fail the run.
    expect(() => discard(stream)).not.toThrow();
    await new Promise(setImmediate);
  });

  test.each([undefined, null, 'text', 7, {}, { destroy: true, cancel: true }])(
    '%j is left',
    (payload) => {
      expect(() => discard(payload)).not.toThrow();
    },
  );
});

describe('an answer in the place of another', () => {
  const BYTES = Buffer.from('a');
  const STREAM = Readable.from(['a']);
  const WEB = new ReadableStream();
  const [TEXT, JSON_TYPE, RAW] = [
    'text/plain; charset=utf-8',
    'application/json; charset=utf-8',
    'application/octet-stream',
  ];

  test.each<[string, unknown, unknown, string | undefined]>([
    ['nothing', undefined, '', undefined],
    ['text', 'a', 'a', TEXT],
    ['bytes', BYTES, BYTES, RAW],
    ['a stream', STREAM, STREAM, RAW],
    ['a stream of the web', WEB, WEB, RAW],
    ['an object', { a: 1 }, '{"a":1}', JSON_TYPE],
    ['null', null, 'null', JSON_TYPE],
  ])('%s', (_what, payload, sent, type) => {
    const reply = replyOf({ 'x-full': 'own', 'x-before': 'lost' });
    const before = { 'x-before': 'kept', 'x-both': 'before' };
    const answer = { status: 203, headers: { 'x-both': 'face' }, payload };
    expect(replaceBy(reply, answer, before)).toBe(sent);
    expect(reply.statusCode).toBe(203);
    expect(reply.getHeaders()).toEqual({
      'x-before': 'kept',
      'x-both': 'face',
      ...(type !== undefined && { 'content-type': type }),
    });
  });

  test('keeps its own type', () => {
    const reply = replyOf();
    replaceBy(reply, { status: 200, headers: { 'content-type': 'text/x' }, payload: 'a' }, {});
    expect(reply.getHeaders()).toEqual({ 'content-type': 'text/x' });
  });
});
