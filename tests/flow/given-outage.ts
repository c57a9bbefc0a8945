/** A service under `production` before two upstreams of which the full one always fails. */
import { vi } from 'vitest';
import { givenUpstream } from '../services/upstreams.ts';
import { givenService, json } from './given.ts';

export const REQUESTS = 300;

/** Begins the outage. */
export async function givenOutage() {
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
  const moves = async () => {
    const { history } = await service.status();
    return history.filter(({ from, to }) => from !== to).length;
  };
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
    const { currentLevel } = await service.status();
    const failed = statuses.filter((status) => status >= 500).length;
    return {
      answered: statuses.length,
      failed,
      moves: await moves(),
      currentLevel,
      full: full.seen.length,
    };
  };
  return { send, moves, post: () => service.send('POST', '/service-api', json({ order: 0 })) };
}
