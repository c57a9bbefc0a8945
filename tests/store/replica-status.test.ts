/** How read replicas stand to their row, as operators are told. */
import { expect, test } from 'vitest';
import { production } from '../../lib/level/policy.ts';
import { writeReplica } from '../../lib/level/replica.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import { replicaKeyOf, type Item, type LevelStore } from '../../lib/store/level-store.ts';
import { lookAtReplicas } from '../../lib/store/replica-status.ts';
import { SimulatedStore } from './simulated-store.ts';
import { NOW_MS } from './steps.ts';

const SCOPE = 'payments';
const ROW: LevelState = { ...INITIAL_STATE, currentLevel: 2, epoch: 7, replicaVersion: 3 };

const holding = (row: LevelState): Item => writeReplica(row, production, NOW_MS).set;
const AS_THE_ROW = holding(ROW);
const LATER = [
  holding({ ...ROW, currentLevel: 3, epoch: 8, replicaVersion: 4 }),
  holding({ ...ROW, sampleBelow: '40000000', replicaVersion: 4 }),
];
const EARLIER = holding({ ...ROW, currentLevel: 1, epoch: 6 });

/** What is said of the replicas of a row, of which each holds something; null cannot be read. */
async function said(...held: readonly (Item | null | undefined)[]) {
  const items = new SimulatedStore();
  for (const [index, item] of held.entries()) {
    if (item) items.put(replicaKeyOf(SCOPE, index + 1), item);
  }
  const read: LevelStore['read'] = (key) =>
    held.some((item, index) => item === null && key === replicaKeyOf(SCOPE, index + 1))
      ? Promise.reject(new StoreUnavailableError('read', { cause: null }))
      : items.read(key);
  const store: LevelStore = { read, write: () => Promise.reject(new Error('writes nothing')) };
  const row = { scope: SCOPE, state: ROW, policy: production };
  return lookAtReplicas(store, row, held.length, NOW_MS);
}

test.each<[string, readonly (Item | null | undefined)[], number, number]>([
  ['as the row', [AS_THE_ROW, AS_THE_ROW], 0, 0],
  ['one of an earlier epoch', [AS_THE_ROW, EARLIER, AS_THE_ROW], 1, 0],
  ['some that have heard since the row was read', [...LATER, EARLIER], 1, 0],
  ['one that is missing', [undefined, AS_THE_ROW], 0, 1],
  ['one that cannot be read', [AS_THE_ROW, null, AS_THE_ROW], 0, 1],
  ['one that was told too long ago', [{ ...EARLIER, freshUntilMs: NOW_MS }, AS_THE_ROW], 0, 1],
  ['one that was, a moment ago', [{ ...EARLIER, freshUntilMs: NOW_MS + 1 }, AS_THE_ROW], 1, 0],
  ['one that no writer of replicas made', [{ ...EARLIER, freshUntilMs: `${NOW_MS + 1}` }], 0, 1],
  ['one without that', [{ currentLevel: 1, epoch: 6 }, EARLIER], 1, 1],
  ['all kinds', [AS_THE_ROW, EARLIER, undefined, null, EARLIER], 2, 2],
])('%s', async (_what, held, behind, unused) => {
  expect(await said(...held)).toEqual({ count: held.length, behind, unused });
});
