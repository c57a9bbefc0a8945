/** The whole system before an API of one's own: it degrades, goes into maintenance, and comes back. */
import { describe, expect, test, vi } from 'vitest';
import { givenUpstream } from '../services/upstreams.ts';
import { givenService } from './given.ts';

const givenSystem = async () => {
  const [full, degraded, health] = [
    await givenUpstream(),
    await givenUpstream(),
    await givenUpstream(),
  ];
  full.answer(200, '{"from":"full"}', { 'Content-Type': 'application/json' });
  degraded.answer(200, '{"from":"degraded"}', { 'Content-Type': 'application/json' });
  const service = await givenService({
    FULL_UPSTREAM_URL: full.url.href,
    DEGRADED_UPSTREAM_URL: degraded.url.href,
    PROBE_URL: new URL('/health', health.url).href,
    POLICY: 'bank',
  });
  const postTimes = async (times: number) => {
    const replies: string[] = [];
    for (let i = 0; i < times; i += 1) {
      const { status, headers, body } = await service.post({ order: 7 });
      replies.push(`${status} ${headers.get('X-Service-Level')} ${String(body['from'])}`);
    }
    return replies;
  };
  return { full, degraded, health, service, postTimes };
};

describe('a system before two upstreams', () => {
  test('falls to the degraded one, then to maintenance, and climbs back as they recover', async () => {
    const { full, degraded, health, service, postTimes } = await givenSystem();
    expect(await postTimes(3)).toEqual(Array(3).fill('200 1 full'));
    expect(degraded.seen).toEqual([]);

    full.answer(500, '{"from":"full"}');
    expect(await postTimes(5)).toEqual(Array(5).fill('500 1 full'));
    expect(await postTimes(2)).toEqual(Array(2).fill('200 2 degraded'));
    expect(await service.status()).toMatchObject({ currentLevel: 2, errorCount: 5 });

    degraded.answer(404, '{"from":"degraded"}');
    expect(await postTimes(5)).toEqual(Array(5).fill('404 2 degraded'));
    expect(await service.status()).toMatchObject({ errorCount: 5, successCount: 2 });

    degraded.answer(503, '{"from":"degraded"}');
    health.answer(500);
    expect(await postTimes(5)).toEqual(Array(5).fill('503 2 degraded'));
    expect(await service.status()).toMatchObject({ currentLevel: 3 });

    const asked = { full: full.seen.length, degraded: degraded.seen.length };
    expect(await postTimes(2)).toEqual(Array(2).fill('503 3 undefined'));
    expect(await service.status()).toMatchObject({ currentLevel: 3, successCount: 0 });
    expect({ full: full.seen.length, degraded: degraded.seen.length }).toEqual(asked);

    health.answer(200);
    full.answer(200, '{"from":"full"}');
    expect(await postTimes(3)).toEqual(Array(3).fill('503 3 undefined'));
    expect(health.seen.every(({ method, path }) => `${method} ${path}` === 'GET /health')).toBe(
      true,
    );
    expect(await service.status()).toMatchObject({ currentLevel: 2, errorCount: 5 });
    expect((await service.status()).history.map(({ reason }) => reason)).toEqual([
      'errors',
      'errors',
      'probes',
    ]);

    degraded.answer(200, '{"from":"degraded"}');
    await vi.waitUntil(async () => (await postTimes(1))[0] === '200 1 full', { timeout: 5_000 });
    expect(await service.status()).toMatchObject({ currentLevel: 1 });
  });

  test('hands request and answer through byte for byte, with their headers', async () => {
    const { full, service } = await givenSystem();
    const odd = `{ "big":12345678901234567890, "f":1.0, "t":"\\\\ \\" ' \\u00e9 \u2028 🙂" }\n`;
    full.respond(({ body }, response) => {
      response
        .writeHead(201, { 'Content-Type': 'application/vnd.api+json', ETag: '"1"' })
        .end(body);
    });
    const response = await fetch(`${service.url}/service-api?a=1&b=x%20y`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: 'Bearer t',
        Connection: 'keep-alive',
        'X-Forwarded-For': '1.2.3.4',
      },
      body: odd,
    });
    expect(await response.text()).toBe(odd);
    expect(response.status).toBe(201);
    expect(response.headers.get('Content-Type')).toBe('application/vnd.api+json');
    expect(response.headers.get('ETag')).toBe('"1"');
    expect(response.headers.get('X-Service-Level')).toBe('1');
    expect(full.seen[0]).toMatchObject({
      method: 'POST',
      path: '/?a=1&b=x+y',
      body: odd,
      headers: {
        authorization: 'Bearer t',
        'content-type': 'application/json',
        'x-execution-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      },
    });
    expect(full.seen[0]?.headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('takes any JSON: what it may hold is the upstream’s to say', async () => {
    const { full, service } = await givenSystem();
    for (const body of ['{"error":"yes"}', '[1]', '"text"', 'null', '7']) {
      const reply = await service.send('POST', '/service-api', {
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      expect(reply.status).toBe(200);
      expect(full.seen.at(-1)?.body).toBe(body);
    }
    expect(await service.status()).toMatchObject({ currentLevel: 1, errorCount: 0 });
  });

  test('passes an answer of 200 KiB, and says so where one is too large', async () => {
    const { full, service } = await givenSystem();
    full.answer(200, JSON.stringify({ from: 'x'.repeat(200 * 1024) }));
    expect((await service.post({})).body['from']).toHaveLength(200 * 1024);
    full.answer(200, JSON.stringify({ from: 'x'.repeat(250 * 1024) }));
    expect(await service.post({})).toMatchObject({
      status: 502,
      body: { message: expect.stringContaining('too large') as string },
    });
    expect(await service.status()).toMatchObject({ currentLevel: 1, errorCount: 0 });
  });

  test('answers without a body, or in another type, as the upstream does', async () => {
    const { full, service } = await givenSystem();
    full.answer(204);
    expect(await service.post({})).toMatchObject({ status: 204, body: {} });
    full.answer(200, '<p>más</p>', { 'Content-Type': 'text/html; charset=utf-8' });
    const page = await fetch(`${service.url}/service-api`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(page.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toBe('<p>más</p>');
  });
});
