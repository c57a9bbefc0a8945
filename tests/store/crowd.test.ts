/** Errors that were all read at the same level and epoch, at once: 200 that are recorded, 2,000 that are written. */
import { beforeAll, expect, test } from 'vitest';
import { observe } from '../../lib/level/observe.ts';
import { classic } from '../../lib/level/policy.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import { openDynamo, type DynamoBackend } from './backends.ts';
import { givenRow, outcomeAt } from './steps.ts';

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

test('2,000 errors at once are all counted', async () => {
  const row = await givenRow(backend, null);
  const write = observe(outcomeAt({ level: 1, epoch: 0 }, 'error'), classic);
  if (write === null) throw new Error('an error is always worth a write');
  const items = await Promise.all(Array.from({ length: 2_000 }, () => row.write(write)));
  const counts = new Set(items.map((item) => item?.['errorCount']));
  expect(counts.size).toBe(2_000);
  expect(await row.read()).toMatchObject({ errorCount: 2_000 });
});
