/** The probe of an upstream: what it asks, what it makes of an answer, and when it ends. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CONTEXT, givenHanging, givenService, givenUpstream, requestOf } from './upstreams.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the probe', () => {
  test.each([
    [200, 'success'],
    [204, 'success'],
    [301, 'error'],
    [304, 'error'],
  ] as const)('of %i is a %s', async (status, outcome) => {
    const upstream = await givenUpstream();
    upstream.answer(status);
    expect(await givenService(upstream.url).service.probe('degraded', requestOf(), CONTEXT)).toBe(
      outcome,
    );
  });

  test.each([404, 500])('of %i fails', async (status) => {
    const upstream = await givenUpstream();
    upstream.answer(status);
    const { service } = givenService(upstream.url);
    await expect(service.probe('degraded', requestOf(), CONTEXT)).rejects.toMatchObject({
      code: 'UPSTREAM_STATUS',
    });
  });

  test('asks the probe URL by GET, once, and sends nothing of the client', async () => {
    const upstream = await givenUpstream();
    upstream.answer(503);
    const { service } = givenService(new URL('/health', upstream.url));
    const request = requestOf({
      headers: { authorization: 'x' },
      query: { a: '1' },
      bodyText: '{}',
    });
    await expect(service.probe('degraded', request, CONTEXT)).rejects.toThrow('503');
    expect(upstream.seen).toHaveLength(1);
    expect(upstream.seen[0]).toMatchObject({
      method: 'GET',
      path: '/health',
      body: '',
      headers: {
        'x-execution-id': 'x-1',
        'user-agent': 'resilient-service',
        // It leaves nothing behind in a function that may not run again for a minute.
        connection: 'close',
      },
    });
    expect(upstream.seen[0]?.headers['authorization']).toBeUndefined();
  });

  test('ends within its second', async () => {
    const upstream = await givenHanging();
    const probe = givenService(upstream.url).service.probe('degraded', requestOf(), CONTEXT);
    const failed = probe.catch((error: unknown) => error);
    await upstream.arrived(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(await failed).toMatchObject({ code: 'TIMEOUT' });
    await Promise.all(upstream.left);
  });
});
