/** An API of one's own behind a breaker that a fleet shares, on the laptop: its row is in the table of the levels. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLog } from '../../lib/local/log.ts';
import { servesOf } from '../../lib/local/serves.ts';
import { startServer } from '../../lib/local/server.ts';
import { readConfig } from '../../lib/runtime/config.ts';
import { controlBreaker } from '../../lib/store/breaker-control.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoBreakerStore } from '../../lib/store/dynamo-breaker-store.ts';
import { PLENTY } from '../local/plenty.ts';
import { givenScopes } from '../runtime/given-scopes.ts';
import { givenUpstream } from '../services/upstreams.ts';
import { clientOf } from './given.ts';

const KEY = 'BREAKER#default#full';

async function given() {
  const api = await givenUpstream();
  const env = { PORT: '0', TICK_SECONDS: '0', POLICY: 'classic', FULL_UPSTREAM_URL: api.url.href };
  const config = readConfig(env, {});
  const scopes = givenScopes({
    default: {
      module: undefined,
      policy: 'classic',
      upstream: { url: api.url.href, sharedBreaker: { quorum: 1 } },
    },
  });
  const { default: serves } = servesOf(scopes, config);
  if (serves === undefined || !('upstream' in serves)) throw new Error('expected an upstream');
  const telemetry = createLog({ level: 'silent', pretty: false });
  const options = { dataDir: null, engine: 'local', limits: PLENTY, telemetry } as const;
  const server = await startServer({ ...config, ...options, upstream: serves.upstream });
  onTestFinished(() => server.close());
  if (server.table === null) throw new Error('expected a table in this process');
  const client = createDocumentClient(server.table.connection);
  onTestFinished(() => client.destroy());
  const store = new DynamoBreakerStore(client, config.tableName);
  return { api, store, ...clientOf(server.url) };
}

test('what an operator holds open is asked nothing, and stands in /health and /metrics', async () => {
  const { api, store, post, send } = await given();
  const hold = { kind: 'hold', override: { state: 'OPEN' } } as const;
  await controlBreaker(store, KEY, hold, Date.now());
  await vi.waitUntil(async () => (await post({ error: false })).status === 503, {
    timeout: 10_000,
  });
  const asked = api.seen.length;
  expect((await post({ error: false })).status).toBe(503);
  expect(api.seen).toHaveLength(asked);
  const { body } = await send('GET', '/health');
  expect(body['circuitBreakers']).toMatchObject({
    'default#full': {
      state: 'OPEN',
      storeFailures: 0,
      fleet: {
        state: 'OPEN',
        epoch: 1,
        override: { state: 'OPEN', until: null },
        rules: { quorum: 1 },
      },
    },
  });
  const { text } = (await send('GET', '/metrics')).body;
  expect(text).toContain('breaker="default#full"} 1');
  expect(text).toMatch(/circuit_breaker_fleet_pass_ratio\{[^}]*"default#full"\} 0\n/);
});

test('the failures of its API are on the row, and the level moves as ever', async () => {
  const { api, store, post, status } = await given();
  // The first call opens the table, which may take longer than a call waits.
  const isTold = async () => {
    api.answer(200, '{}');
    await post({ error: false });
    api.answer(500);
    await post({ error: false });
    return Object.keys((await store.read(KEY)) ?? {}).some((name) => /^F[0-9a-z]+$/.test(name));
  };
  await vi.waitUntil(isTold, { timeout: 20_000 });
  api.answer(500);
  for (let calls = 0; calls < 5; calls += 1) await post({ error: false });
  expect((await status()).currentLevel).toBe(2);
});
