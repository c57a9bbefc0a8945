/** What keeps a slow or failing upstream from taking its clients with it, in the order of events. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Answer } from '../../lib/services/service.ts';
import { CONCURRENCY, createUpstreamClient } from '../../lib/services/upstream-client.ts';
import { DEADLINE_MS } from '../../lib/services/upstream-settings.ts';
import { freePort } from '../listen.ts';
import {
  CLIENT,
  CONTEXT,
  givenHanging,
  givenService,
  givenUpstream,
  requestOf,
} from './upstreams.ts';

const TIMEOUT_MS = 2_500;
const GET = { method: 'GET' };
const STATE_CHANGED = 'Circuit breaker state changed';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const TOO_LATE = {
  outcome: 'error',
  statusCode: 504,
  headers: {},
  body: { status: 504, message: 'the upstream did not answer in time' },
};

describe('an upstream that hangs', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['before its answer', () => {}],
    ['after its headers', (response) => response.flushHeaders()],
    ['in the middle of its answer', (response) => void response.write('a')],
    [
      'while its answer drips',
      (response) => {
        const drip = setInterval(() => response.write('a'), 1);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('%s is left when the time of a try is up', async (_when, begin) => {
    const upstream = await givenHanging(begin);
    const { service } = givenService(upstream.url, { timeoutMs: TIMEOUT_MS });
    const answer = service.full(requestOf(), CONTEXT);
    await upstream.arrived(1);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS + 1);
    expect(await answer).toEqual(TOO_LATE);
    await Promise.all(upstream.left);
    expect(upstream.seen).toHaveLength(1);
  });

  test('is tried three times where that is safe, and all tries end before the function does', async () => {
    const upstream = await givenHanging();
    const { service } = givenService(upstream.url, { timeoutMs: TIMEOUT_MS });
    const fromMs = performance.now();
    const answer = service.full(requestOf(GET), CONTEXT);
    for (let times = 1; times <= 3; times += 1) {
      await upstream.arrived(times);
      await vi.advanceTimersByTimeAsync(TIMEOUT_MS + 1);
      await vi.advanceTimersByTimeAsync(times < 3 ? 100 * times : 0);
    }
    expect(await answer).toEqual(TOO_LATE);
    expect(performance.now() - fromMs).toBeLessThanOrEqual(DEADLINE_MS);
  });

  test('is left at the deadline of all tries, in the middle of one', async () => {
    const upstream = await givenHanging();
    const { service } = givenService(upstream.url, { timeoutMs: 5_000 });
    const answer = service.full(requestOf(GET), CONTEXT);
    await upstream.arrived(1);
    await vi.advanceTimersByTimeAsync(5_101);
    await upstream.arrived(2);
    await vi.advanceTimersByTimeAsync(DEADLINE_MS - 5_100);
    expect(await answer).toEqual(TOO_LATE);
    await Promise.all(upstream.left);
    expect(upstream.seen).toHaveLength(2);
  });
});

test('more requests at the same time than there are places are refused, and count for nothing', async () => {
  const upstream = await givenHanging();
  const { service } = givenService(upstream.url, { timeoutMs: TIMEOUT_MS });
  const answers = Array.from({ length: CONCURRENCY }, () => service.full(requestOf(), CONTEXT));
  await upstream.arrived(CONCURRENCY);
  // More than open the breaker, had they counted there.
  for (let times = 0; times < 10; times += 1) {
    expect(await service.full(requestOf(), CONTEXT)).toEqual({
      outcome: 'none',
      refused: true,
      statusCode: 503,
      headers: { 'Retry-After': '1' },
      body: { status: 503, message: 'too many requests at the same time; try again' },
    });
  }
  // The other upstream has places of its own.
  const degraded = service.degraded(requestOf(), CONTEXT);
  await upstream.arrived(CONCURRENCY + 1);
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS + 1);
  for (const answer of await Promise.all([...answers, degraded])) {
    expect(answer.outcome).toBe('error');
  }
});

describe('the breaker', () => {
  const postTimes = async (times: number, post: () => Promise<Pick<Answer, 'outcome'>>) => {
    for (let i = 0; i < times; i += 1) await post();
  };

  test('refuses after five failures, tries one request after a second, and closes', async () => {
    const upstream = await givenUpstream();
    const { service, told } = givenService(upstream.url);
    const post = () => service.full(requestOf(), CONTEXT);
    upstream.answer(500);
    await postTimes(5, post);
    expect(await post()).toEqual({
      outcome: 'none',
      refused: true,
      statusCode: 503,
      headers: { 'Retry-After': '1' },
      body: { status: 503, message: 'the upstream is failing; try again later' },
    });
    expect(upstream.seen).toHaveLength(5);
    expect(told.filter(([, what]) => what === STATE_CHANGED)).toEqual([
      [
        'warn',
        STATE_CHANGED,
        { breaker: 'full upstream', from: 'closed', to: 'open', reason: 'failures' },
      ],
    ]);

    upstream.answer(200);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await post()).toMatchObject({ outcome: 'success' });
    expect(await post()).toMatchObject({ outcome: 'success' });
  });

  test('closes after one good answer, however slow, and refuses meanwhile without evidence', async () => {
    const upstream = await givenHanging();
    const { service, told } = givenService(upstream.url);
    const post = () => service.full(requestOf(), CONTEXT);
    upstream.respond((_seen, response) => void response.writeHead(500).end());
    await postTimes(5, post);
    await vi.advanceTimersByTimeAsync(1_000);

    const asked = Promise.withResolvers<ServerResponse>();
    upstream.respond((_seen, response) => asked.resolve(response));
    const probing = post();
    const response = await asked.promise;
    await vi.advanceTimersByTimeAsync(1_300);
    expect(await post()).toMatchObject({
      outcome: 'none',
      refused: true,
      statusCode: 503,
      headers: { 'Retry-After': '1' },
    });
    response.end('slow and well');
    expect(await probing).toMatchObject({ outcome: 'success', bodyText: 'slow and well' });
    const changes = told.filter(([, what]) => what === STATE_CHANGED);
    expect(changes.map(([, , fields]) => (fields as { readonly to: string }).to)).toEqual([
      'open',
      'half-open',
      'closed',
    ]);
  });

  test('counts a status that the policy counts', async () => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    upstream.answer(429);
    const post = () => service.full(requestOf(), { ...CONTEXT, countStatuses: [401, 429] });
    for (let times = 0; times < 5; times += 1) {
      expect(await post()).toMatchObject({ outcome: 'error', statusCode: 429 });
    }
    expect(await post()).toMatchObject({ refused: true });
    expect(upstream.seen).toHaveLength(5);
  });

  test.each([400, 404, 429])('looks away from %i', async (status) => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    upstream.answer(status);
    await postTimes(20, () => service.full(requestOf(), CONTEXT));
    expect(upstream.seen).toHaveLength(20);
  });

  test('counts what could not be reached', async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}`);
    const { service } = givenService(url);
    const post = async () => {
      const answer = service.full(requestOf(), CONTEXT);
      let isOver = false;
      void answer.finally(() => (isOver = true));
      await vi.waitUntil(async () => {
        await vi.advanceTimersByTimeAsync(100);
        return isOver;
      });
      return answer;
    };
    expect(await post()).toMatchObject({ outcome: 'error', statusCode: 502 });
    // The breaker opens between its tries, and the failure of the one before stays what it was.
    expect(await post()).toMatchObject({ outcome: 'error', statusCode: 502 });
    expect(await post()).toMatchObject({ outcome: 'none', refused: true, statusCode: 503 });
  });

  test('opens after as many failures as the policy has', async () => {
    const upstream = await givenUpstream();
    const client = createUpstreamClient('full', { ...CLIENT, breakAfter: 2 });
    upstream.answer(500);
    const post = () => client.send(upstream.url, { method: 'POST', headers: {} });
    for (const code of ['UPSTREAM_STATUS', 'UPSTREAM_STATUS', 'CIRCUIT_OPEN']) {
      await expect(post()).rejects.toMatchObject({ code });
    }
  });

  test('is one for each upstream, and the probe looks past it', async () => {
    const upstream = await givenUpstream();
    const { service } = givenService(upstream.url);
    upstream.answer(500);
    await postTimes(6, () => service.degraded(requestOf(), CONTEXT));
    expect(upstream.seen).toHaveLength(5);
    upstream.answer(200);
    expect(await service.full(requestOf(), CONTEXT)).toMatchObject({ outcome: 'success' });
    expect(await service.probe('degraded', requestOf(), CONTEXT)).toBe('success');
    expect(await service.degraded(requestOf(), CONTEXT)).toMatchObject({ statusCode: 503 });
  });
});
