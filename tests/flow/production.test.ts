/** The end over HTTP, under production before two upstreams of which the full one always fails. */
import { describe, expect, test, vi } from 'vitest';
import { givenUpstream } from '../services/upstreams.ts';
import { givenService, json } from './given.ts';

const REQUESTS = 300;

async function givenOutage() {
  const [full, degraded, health] = [
    await givenUpstream(),
    await givenUpstream(),
    await givenUpstream(),
  ];
  full.answer(500, '{"from":"full"}', { 'Content-Type': 'application/json' });
  degraded.answer(200, '{"from":"degraded"}', { 'Content-Type': 'application/json' });
  const service = await givenService({
    FULL_UPSTREAM_URL: full.url.href,
    DEGRADED_UPSTREAM_URL: degraded.url.href,
    PROBE_URL: new URL('/health', health.url).href,
    SHARED_IDEMPOTENCY: 'true',
    // Beside other tests an upstream of this process waits for its turn.
    UPSTREAM_TIMEOUT_MS: '4000',
  });
  /** Sends them over so many connections, each the next when its last is answered. */
  const send = async (connections: number, keyed: boolean) => {
    const statuses: number[] = [];
    let sent = 0;
    const connection = async () => {
      while (sent < REQUESTS) {
        sent += 1;
        const { headers, body } = json({ order: sent });
        const key: Record<string, string> = keyed ? { 'Idempotency-Key': `key-${sent}` } : {};
        const reply = await service.send('POST', '/service-api', {
          ...(body !== undefined && { body }),
          headers: { ...headers, ...key },
        });
        statuses.push(reply.status);
      }
    };
    await Promise.all(Array.from({ length: connections }, connection));
    // A quick machine is done before the breaker lets the error through that the level falls by.
    await vi.waitUntil(
      async () => {
        await service.send('POST', '/service-api', json({ order: 0 }));
        return (await service.status()).currentLevel !== 1;
      },
      { timeout: 20_000, interval: 50 },
    );
    const { history, currentLevel } = await service.status();
    const moves = history.filter(({ from, to }) => from !== to);
    const failed = statuses.filter((status) => status >= 500).length;
    return {
      answered: statuses.length,
      failed,
      moves: moves.length,
      currentLevel,
      full: full.seen.length,
    };
  };
  return { send };
}

describe('of 300 requests while the full upstream always fails', () => {
  test.each([
    ['that are safe, one by one, none', 1, true, 0],
    ['that are safe, at 20 connections, none', 20, true, 0],
    ['without a key, one by one, at most 25', 1, false, 25],
    ['without a key, at 20 connections, at most 60', 20, false, 60],
  ] as const)('%s fails', { timeout: 90_000 }, async (_title, connections, keyed, most) => {
    const { send } = await givenOutage();
    const came = await send(connections, keyed);
    expect(came).toMatchObject({ answered: REQUESTS, currentLevel: 2 });
    expect(came.failed).toBeLessThanOrEqual(most);
    expect(came.moves).toBeLessThanOrEqual(2);
  });
});
