/** A service on the laptop whose level has read replicas: requests go by them, and a tick finishes what a crash left. */
import { expect, onTestFinished, test, vi } from 'vitest';
import services from '../../services.json' with { type: 'json' };
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { replicaKeyOf, stateKeyOf } from '../../lib/store/level-store.ts';
import { readConfig } from '../../lib/runtime/config.ts';
import { givenService } from './given.ts';

/** services.json, with read replicas for the level of its first entry. */
const FILE = { ...services, default: { ...services.default, readReplicas: 3 } };

const SOME = Array.from({ length: 40 });

async function given(tickSeconds: string) {
  const service = await givenService({ TICK_SECONDS: tickSeconds, POLICY: 'classic' }, FILE);
  const { table } = service.server;
  if (table === null) throw new Error('expected a table in this process');
  const client = createDocumentClient(table.connection);
  onTestFinished(() => client.destroy());
  const store = new DynamoLevelStore(client, readConfig({}, {}).tableName);
  const held = () =>
    Promise.all([1, 2, 3].map((index) => store.read(replicaKeyOf('default', index))));
  /** By which level each of some requests is served. */
  const levels = async () => {
    const replies = await Promise.all(SOME.map(() => service.post({ error: true })));
    return new Set(replies.map(({ headers }) => headers.get('X-Service-Level')));
  };
  return { service, store, held, levels };
}

test('the level that requests go by follows after a fall', async () => {
  const { service, held, levels } = await given('0');
  await service.postTimes(5, true);
  expect(await service.status()).toMatchObject({ currentLevel: 2, epoch: 1 });
  expect(await held()).toMatchObject([2, 2, 2].map((currentLevel) => ({ currentLevel, epoch: 1 })));
  await service.send('PUT', '/circuit-breaker/override', {
    body: JSON.stringify({ level: 3, reason: 'drill' }),
    headers: { 'Content-Type': 'application/json' },
  });
  expect(await levels()).toEqual(new Set(['3']));
  const readReplicas = { count: 3, behind: 0, unused: 0 };
  expect(await service.status()).toMatchObject({ currentLevel: 3, readReplicas });
});

test('a writer that dies between the row and its replicas leaves them behind until the tick', async () => {
  const { service, store, held, levels } = await given('1');
  await service.postTimes(5, true);
  const override = { reason: 'drill' };
  // What a pin leaves that dies after its first write.
  await store.write(stateKeyOf('default'), {
    expect: { kind: 'none' },
    set: { currentLevel: 3, errorCount: 10, successCount: 0, epoch: 2, override },
  });
  await vi.waitUntil(async () => (await held()).every((item) => item?.['epoch'] === 2), {
    timeout: 10_000,
  });
  expect(await levels()).toEqual(new Set(['3']));
});
