/** The last good answers: which are kept, and whom they serve at level 2. */
import { describe, expect, test } from 'vitest';
import { checkAnswer } from '../../lib/services/check-answer.ts';
import type { KeptAnswer, LastGoodStore } from '../../lib/services/last-good.ts';
import type { ServiceRequest, TextAnswer } from '../../lib/services/service.ts';
import type { LastGoodUse, UpstreamSettings } from '../../lib/services/upstream-settings.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

const MAINTENANCE = {
  outcome: 'none',
  refused: true,
  statusCode: 503,
  headers: {},
  body: { status: 503, message: 'Nivel 3: Sistema bajo mantenimiento, intente más tarde' },
};

const get = (proxy: string, given: Partial<ServiceRequest> = {}) =>
  requestOf({ method: 'GET', resource: '/{proxy+}', pathParameters: { proxy }, ...given });

/** A service that keeps what its full face answers, and a clock that can be turned. */
const givenLastGood = async (
  use: LastGoodUse = 'last-good',
  given: Partial<UpstreamSettings> = {},
) => {
  const upstream = await givenUpstream();
  const time = { atMs: Date.UTC(2026, 0, 2) };
  const kept = new Map<string, KeptAnswer>();
  const writes: string[] = [];
  const failing = { reads: false, writes: false };
  const store: LastGoodStore = {
    async read(key) {
      if (failing.reads) throw new Error('no table');
      return kept.get(key);
    },
    async keep(key, answer) {
      if (failing.writes) throw new Error('no table');
      writes.push(key);
      kept.set(key, answer);
    },
  };
  const { service, told } = givenService(
    upstream.url,
    { degraded: use, probeUrl: undefined, ...given },
    { clock: { nowMs: () => time.atMs }, lastGood: async () => store },
  );
  const full = async (request: ServiceRequest, scope = CONTEXT.scope) =>
    service.full(request, { ...CONTEXT, scope });
  const degraded = async (request: ServiceRequest, scope = CONTEXT.scope) =>
    service.degraded(request, { ...CONTEXT, scope });
  return { upstream, service, told, time, writes, kept, failing, full, degraded };
};

describe('a last good answer', () => {
  test('serves where the full face gave one, with its age and a warning', async () => {
    const { upstream, time, full, degraded } = await givenLastGood();
    const headers = { 'Content-Type': 'text/plain', 'Cache-Control': 'max-age=5', ETag: '"1"' };
    upstream.answer(200, 'más', headers);
    await full(get('orders', { queryText: 'page=1' }));
    time.atMs += 90_500;
    const answer = await degraded(get('orders', { queryText: 'page=1' }));
    expect(answer).toMatchObject({
      outcome: 'success',
      statusCode: 200,
      bodyText: 'más',
      headers: {
        'Content-Type': 'text/plain',
        'cache-control': 'max-age=5',
        etag: '"1"',
        age: '90',
        warning: '110 - "Response is Stale"',
      },
    });
    expect(() => checkAnswer(answer)).not.toThrow();
    expect(upstream.seen).toHaveLength(1);
  });

  test('had an age already', async () => {
    const { upstream, time, full, degraded } = await givenLastGood();
    upstream.answer(200, 'x', { Age: '7' });
    await full(get('a'));
    time.atMs += 1_000;
    expect((await degraded(get('a'))).headers).toMatchObject({ age: '8' });
  });

  test('serves HEAD without its body, and bytes as bytes', async () => {
    const { upstream, full, degraded } = await givenLastGood();
    upstream.respond((_seen, response) => void response.end(Buffer.from([0xff, 0x00])));
    await full(get('image'));
    expect(await degraded(get('image'))).toMatchObject({ bodyText: '/wA=', bodyIsBase64: true });
    const head = await degraded(get('image', { method: 'HEAD' }));
    expect(head).toMatchObject({ statusCode: 200, bodyText: '' });
    expect(head).not.toHaveProperty('bodyIsBase64');
  });

  test.each<[string, Partial<ServiceRequest>]>([
    ['of another path', { pathParameters: { proxy: 'b' } }],
    ['of another query', { queryText: 'a=1' }],
    ['to a POST', { method: 'POST' }],
    ['to a DELETE', { method: 'DELETE' }],
    ['to OPTIONS', { method: 'OPTIONS' }],
  ])(
    'is none %s: maintenance answers, and the full face’s failure goes before',
    async (_w, given) => {
      const { full, degraded, told } = await givenLastGood();
      await full(get('a'));
      expect(await degraded(get('a', given))).toEqual(MAINTENANCE);
      expect(told).toEqual([]);
    },
  );

  test('is none of another scope', async () => {
    const { full, degraded } = await givenLastGood();
    await full(get('a'), 'one');
    expect(await degraded(get('a'), 'two')).toEqual(MAINTENANCE);
    expect(await degraded(get('a'), 'one')).toMatchObject({ statusCode: 200 });
  });

  test('keeps no path or query that could be read', async () => {
    const { full, writes } = await givenLastGood();
    await full(get('secret', { queryText: 'key=secret' }));
    expect(writes).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  test('is refused as the full face would where the path leads up', async () => {
    const { degraded } = await givenLastGood();
    expect(await degraded(get('../a'))).toMatchObject({ outcome: 'none', statusCode: 400 });
    expect(await degraded(get('a', { method: 'TRACE' }))).toMatchObject({ statusCode: 405 });
  });
});

describe('an answer is kept', () => {
  type Case = [
    what: string,
    status: number,
    answer: Readonly<Record<string, string | string[]>>,
    request: Partial<ServiceRequest>,
    plain: boolean,
    perCaller: boolean,
  ];
  const auth = { headers: { authorization: 'Bearer a' } };
  test.each<Case>([
    ['that is anybody’s', 200, {}, {}, true, true],
    ['that may grow old', 200, { 'Cache-Control': 'public, must-revalidate' }, {}, true, true],
    [
      'but not one that is private',
      200,
      { 'Cache-Control': 'max-age=1, Private' },
      {},
      false,
      true,
    ],
    ['but not one that may not be stored', 200, { 'Cache-Control': 'no-store' }, {}, false, false],
    ['but not one that is to be checked', 200, { 'Cache-Control': 'no-cache' }, {}, false, false],
    ['but not one with a cookie', 200, { 'Set-Cookie': ['a=b', 'c=d'] }, {}, false, false],
    ['but not one that varies by all', 200, { Vary: 'Accept, *' }, {}, false, false],
    ['but not one to a caller with a token', 200, {}, auth, false, true],
    ['but not one to a caller with a cookie', 200, {}, { headers: { cookie: 'a=b' } }, false, true],
    ['but not one to a caller with a key', 200, {}, { headers: { 'x-api-key': 'k' } }, false, true],
    [
      'but not one that the client wants to be stored nowhere',
      200,
      {},
      { headers: { 'cache-control': 'no-store' } },
      false,
      false,
    ],
    ['but not another status', 201, {}, {}, false, false],
    ['but not a part', 206, {}, {}, false, false],
    ['but not a redirect', 301, {}, {}, false, false],
    ['but not a failure', 500, {}, {}, false, false],
    ['but not one with many headers', 200, { X: 'x'.repeat(8_192) }, {}, false, false],
  ])('%s', async (_what, status, headers, request, plain, perCaller) => {
    for (const [use, expected] of [
      ['last-good', plain],
      ['last-good-per-caller', perCaller],
    ] as const) {
      const { upstream, full, writes } = await givenLastGood(use);
      upstream.respond((_seen, response) => void response.writeHead(status, headers).end('x'));
      await full(get('a', request));
      expect(writes).toHaveLength(expected ? 1 : 0);
    }
  });

  test('of up to 100 KiB', async () => {
    const { upstream, full, writes } = await givenLastGood();
    upstream.answer(200, 'x'.repeat(102_401));
    await full(get('large'));
    expect(writes).toEqual([]);
    upstream.answer(200, 'x'.repeat(102_400));
    await full(get('large'));
    expect(writes).toHaveLength(1);
  });

  test.each(['HEAD', 'POST', 'PUT'])('not one to %s', async (method) => {
    const { full, writes } = await givenLastGood();
    await full(get('a', { method }));
    expect(writes).toEqual([]);
  });

  test('once a minute and key', async () => {
    const { time, full, writes } = await givenLastGood();
    for (let times = 0; times < 3; times += 1) await full(get('a'));
    await full(get('b'));
    expect(writes).toHaveLength(2);
    time.atMs += 59_999;
    await full(get('a'));
    expect(writes).toHaveLength(2);
    time.atMs += 1;
    await full(get('a'));
    expect(writes).toHaveLength(3);
  });

  test('sixty times a minute, whatever is asked', async () => {
    const { time, full, writes } = await givenLastGood();
    for (let times = 0; times < 70; times += 1) await full(get(`made-up-${times}`));
    expect(writes).toHaveLength(60);
    time.atMs += 60_000;
    await full(get('later'));
    expect(writes).toHaveLength(61);
  });

  test('per caller for its caller alone', async () => {
    const { upstream, full, degraded } = await givenLastGood('last-good-per-caller');
    const as = (token: string) => get('me', { headers: { authorization: token } });
    upstream.respond(
      ({ headers }, response) => void response.end(`of ${String(headers['authorization'])}`),
    );
    await full(as('a'));
    await full(as('b'));
    expect(await degraded(as('a'))).toMatchObject({ bodyText: 'of a' });
    expect(await degraded(as('b'))).toMatchObject({ bodyText: 'of b' });
    expect(await degraded(as('c'))).toEqual(MAINTENANCE);
    expect(await degraded(get('me'))).toEqual(MAINTENANCE);
  });

  test('for requests that are alike in what it varies by', async () => {
    const { upstream, full, degraded } = await givenLastGood();
    upstream.answer(200, 'x', { Vary: 'Accept-Language, Accept-Encoding' });
    const asking = (language: string, encoding = 'gzip') =>
      get('a', { headers: { 'accept-language': language, 'accept-encoding': encoding } });
    await full(asking('es'));
    expect(await degraded(asking('es', 'br'))).toMatchObject({ statusCode: 200 });
    expect(await degraded(asking('en'))).toEqual(MAINTENANCE);
    expect(await degraded(get('a'))).toEqual(MAINTENANCE);
  });
});

describe('a store that fails', () => {
  test('changes nothing of an answer that was to be kept, and is told', async () => {
    const { full, failing, told } = await givenLastGood();
    failing.writes = true;
    const answer = (await full(get('a'))) as TextAnswer;
    expect(answer).toMatchObject({ outcome: 'success', bodyText: '{"fine":true}' });
    expect(told).toEqual([['warn', 'last good answer not kept', expect.anything()]]);
  });

  test('is a failure of the degraded face, in the words of maintenance, and fails its probe', async () => {
    const { service, degraded, failing, told } = await givenLastGood();
    expect(await service.probe('degraded', requestOf(), CONTEXT)).toBe('success');
    failing.reads = true;
    const { refused: _none, ...maintenance } = MAINTENANCE;
    expect(await degraded(get('a'))).toEqual({ ...maintenance, outcome: 'error' });
    expect(told).toEqual([['warn', 'last good answers not read', expect.anything()]]);
    await expect(service.probe('degraded', requestOf(), CONTEXT)).rejects.toThrow('no table');
  });
});
