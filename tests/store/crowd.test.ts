/** 200 errors that were all read at the same level and epoch, recorded at once. */
import { beforeAll, expect, test } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import { openDynamo, type DynamoBackend } from './backends.ts';
import { givenRow } from './steps.ts';

let backend: DynamoBackend;

beforeAll(async () => {
  backend = await openDynamo();
  return () => backend.close();
});

/** Keeps the rows as the transitions left them. */
class TransitionsStore implements LevelStore {
  readonly rows: Item[] = [];
  readonly #store: LevelStore;

  constructor(store: LevelStore) {
    this.#store = store;
  }

  read(stateKey: string): Promise<Item | undefined> {
    return this.#store.read(stateKey);
  }

  async write(stateKey: string, write: ConditionalWrite): Promise<Item | null> {
    const item = await this.#store.write(stateKey, write);
    if (item !== null && write.set['epoch'] !== undefined) this.rows.push(item);
    return item;
  }
}

test('200 errors at once make one transition, and the next error is only the sixth', async () => {
  const row = await givenRow(backend, null);
  const store = new TransitionsStore(backend.store);
  const crowd = row.through(store);
  const recorded = await Promise.all(
    Array.from({ length: 200 }, () => crowd.record('error', { level: 1, epoch: 0 })),
  );

  expect(store.rows).toHaveLength(1);
  expect(store.rows[0]).toMatchObject({
    currentLevel: 2,
    errorCount: 5,
    successCount: 0,
    epoch: 1,
  });
  const counted = recorded.filter((one) => one.kind === 'counted');
  const stale = recorded.filter((one) => one.kind === 'stale');
  expect(counted.filter((one) => one.changes.length > 0)).toHaveLength(1);
  expect(counted.length).toBeGreaterThanOrEqual(5);
  expect(counted.length + stale.length).toBe(200);
  expect(await row.read()).toEqual(store.rows[0]);

  await row.record('error', { level: 2, epoch: 1 });
  expect(await row.read()).toMatchObject({ currentLevel: 2, errorCount: 6, epoch: 1 });
});
