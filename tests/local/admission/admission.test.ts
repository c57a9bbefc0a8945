/** What a full service answers: a 503 that says when, told once a second, counted for nothing, and nothing ran. */
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { createBodyBudget } from '../../../lib/local/admission/body-budget.ts';
import type { Engine, Execution } from '../../../lib/local/engine.ts';
import { systemClock } from '../../../lib/runtime/clock.ts';
import { givenFront, open } from '../given.ts';
import { PLENTY } from '../plenty.ts';
import { givenResponse } from './given.ts';

const PLACES = PLENTY.lane.concurrency + PLENTY.lane.queue;
const BODY = '{"error":false}';
const POST = `POST /service-api HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const OUTPUT = { statusCode: 200, headers: {}, body: '{}', level: 1, failOpen: false };

/** An engine whose executions end when they are told to. */
const givenEngine = () => {
  const running: ((execution: Execution) => void)[] = [];
  const engine: Engine = {
    execute: () => new Promise((resolve) => running.push(resolve)),
  };
  return { engine, running, end: () => running.shift()?.({ status: 'SUCCEEDED', output: OUTPUT }) };
};

const full = async () => {
  const { engine, running, end } = givenEngine();
  // A clock that stands: nobody waits too long.
  const given = await givenFront({ engine, clock: { ...systemClock, monotonicMs: () => 0 } });
  const clients = Array.from({ length: PLACES }, () => open(given.port));
  let received = 0;
  given.front.server.on('request', () => (received += 1));
  for (const client of clients) client.write(POST);
  await vi.waitUntil(() => received === PLACES, { timeout: 5_000 });
  await vi.waitUntil(() => running.length === PLENTY.lane.concurrency, { timeout: 20_000 });
  const headers = { 'Content-Type': 'application/json' };
  const post = () => fetch(`${given.url}/service-api`, { method: 'POST', headers, body: BODY });
  return { ...given, clients, running, end, post };
};

describe('a full lane', () => {
  test('refuses with 503 and Retry-After; nothing of it runs, nobody served it', async () => {
    const { post, running } = await full();
    const response = await post();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('x-service-level')).toBeNull();
    expect(await response.json()).toEqual({
      status: 503,
      message: 'too many requests at the same time; try again as Retry-After says',
    });
    expect(running).toHaveLength(PLENTY.lane.concurrency);
  });

  test('tells of all refusals in one line and one count each, and has no line for a request', async () => {
    const { post, told, front, clients } = await full();
    await Promise.all(Array.from({ length: 20 }, post));
    for (const client of clients) client.destroy();
    await front.close();
    const counts = told.filter(([kind, what]) => kind === 'count' && what === 'RequestShed');
    expect(counts).toHaveLength(20);
    const lines = told.filter(([, what]) => what === 'requests refused');
    const requests = lines.map(([, , fields]) => (fields as { requests: number }).requests);
    expect(requests.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  test('leaves the control plane and other scopes alone', async () => {
    const { url, running } = await full();
    expect((await fetch(`${url}/circuit-breaker`)).status).toBe(200);
    const account = fetch(`${url}/account/12345`);
    await vi.waitUntil(() => running.length === PLENTY.lane.concurrency + 1, { timeout: 20_000 });
    running.pop()?.({ status: 'SUCCEEDED', output: OUTPUT });
    expect((await account).status).toBe(200);
  });

  test('does not run what nobody waits for any more', async () => {
    const { clients, running, end, told } = await full();
    for (const client of clients) client.destroy();
    await vi.waitUntil(() => told.filter(([, what]) => what === 'request').length >= PLACES, {
      timeout: 20_000,
    });
    for (let ended = 0; ended < PLENTY.lane.concurrency; ended += 1) end();
    await new Promise(setImmediate);
    expect(running).toHaveLength(0);
  });

  test('reads no further request of a refused connection before the time it named', async () => {
    const { port, end, running } = await full();
    const client = open(port);
    let text = '';
    client.on('data', (bytes: Buffer) => (text += bytes.toString()));
    const sentAt = performance.now();
    client.write(POST.repeat(2));
    await once(client, 'data');
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    for (let ended = 0; ended < PLACES; ended += 1) {
      end();
      await new Promise(setImmediate);
    }
    await vi.waitUntil(() => running.length === 1, { timeout: 3_000 });
    expect(performance.now() - sentAt).toBeGreaterThan(990);
    end();
    await vi.waitUntil(() => text.includes('HTTP/1.1 200 '), { timeout: 20_000 });
  });
});

describe('the bodies in memory', () => {
  const requestOf = (headers: Readonly<Record<string, string>>) =>
    ({ headers }) as unknown as Parameters<ReturnType<typeof createBodyBudget>['take']>[0];

  test('have one budget; what is over it is refused until another is answered', () => {
    const budget = createBodyBudget(300_000);
    const first = givenResponse();
    const take = (headers: Readonly<Record<string, string>>, { response } = givenResponse()) =>
      budget.take(requestOf(headers), response);
    expect(take({ 'content-length': '200000' }, first)).toBe(true);
    expect(take({ 'content-length': '200000' })).toBe(false);
    expect(take({ 'content-length': '4096' })).toBe(true);
    expect(take({})).toBe(true);
    first.hangUp();
    expect(take({ 'content-length': '200000' })).toBe(true);
  });

  test('whose length is not said count as the longest', () => {
    const budget = createBodyBudget(300_000);
    const { response } = givenResponse();
    const chunked = requestOf({ 'transfer-encoding': 'chunked' });
    expect(budget.take(chunked, response)).toBe(true);
    expect(budget.take(chunked, response)).toBe(false);
  });
});

test('a connection beyond the most is closed, and told of', async () => {
  const { front, port, told } = await givenFront();
  front.server.maxConnections = 1;
  const first = open(port);
  await once(first, 'connect');
  const second = open(port);
  await once(second, 'close');
  first.destroy();
  await front.close();
  expect(told).toContainEqual(['warn', 'requests refused', { scope: 'connections', requests: 1 }]);
});
