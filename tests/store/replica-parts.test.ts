/** The parts of read replicas by themselves: keys, the commands that the table gets, and what an outcome is to the row. */
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import {
  isReplicaKey,
  replicaKeyOf,
  serviceOf,
  stateKeyOf,
  tenantScope,
  tenantScopes,
  type Item,
  type LevelStore,
} from '../../lib/store/level-store.ts';
import { findRow, recordRead, tellingAfter, type RecordedRead } from '../../lib/store/replicas.ts';
import { isReplica } from '../../lib/store/seen-row.ts';
import { SimulatedStore } from './simulated-store.ts';
import { NOW_MS } from './steps.ts';

describe('a key', () => {
  test('of a replica is known from any other', () => {
    expect(replicaKeyOf('orders', 2)).toBe('REPLICA#2#SYSTEM_STATE#orders');
    for (const key of [replicaKeyOf('default', 1), replicaKeyOf('orders', 12)]) {
      expect(isReplicaKey(key)).toBe(true);
      expect(isReplica({ PK: { S: key } })).toBe(true);
    }
    for (const key of [stateKeyOf('orders'), 'ORDERS_REPLICA#', 7, undefined]) {
      expect(isReplicaKey(key)).toBe(false);
      expect(isReplica({ PK: { S: key } })).toBe(false);
    }
    expect([isReplica(undefined), isReplica({})]).toEqual([false, false]);
  });

  test("of a tenant is its service's too", () => {
    expect(tenantScope('orders', 'acme')).toBe('orders.acme');
    expect(serviceOf('orders.acme')).toBe('orders');
    expect(serviceOf('orders')).toBe('orders');
    const tenants = { own: { acme: 'k1', globex: 'k2' } };
    expect(tenantScopes('orders', tenants)).toEqual(['orders.acme', 'orders.globex']);
    expect(tenantScopes('orders', undefined)).toEqual([]);
  });
});

describe('what the table is sent', () => {
  const inputOf = async (expected: ConditionalWrite['expect']) => {
    const dynamo = mockClient(DynamoDBDocumentClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(UpdateCommand).resolves({});
    const client = createDocumentClient({ region: 'us-east-1' });
    const store = new DynamoLevelStore(client, 'levels');
    await store.write('KEY', { expect: expected, set: {}, add: { n: 1 } });
    return dynamo.calls()[0]?.args[0].input;
  };

  test('for a number is held to the one before', async () => {
    expect(await inputOf({ kind: 'replica-version', version: 4 })).toMatchObject({
      ConditionExpression: '#replicaVersion = :seenReplicaVersion',
      ExpressionAttributeNames: { '#replicaVersion': 'replicaVersion' },
      ExpressionAttributeValues: { ':seenReplicaVersion': 4 },
    });
    expect(await inputOf({ kind: 'replica-version', version: undefined })).toMatchObject({
      ConditionExpression: 'attribute_not_exists(#replicaVersion)',
    });
  });

  test('for a replica is held to what it has of before, or to none', async () => {
    const fence = { kind: 'replica', epoch: 7, version: 3, atMs: NOW_MS } as const;
    expect(await inputOf(fence)).toMatchObject({
      ConditionExpression:
        '(attribute_not_exists(#freshUntilMs) OR NOT attribute_type(#freshUntilMs, :number)' +
        ' OR #freshUntilMs <= :atMs OR #epoch < :epoch' +
        ' OR (#epoch = :epoch AND #replicaVersion < :version))',
      ExpressionAttributeNames: {
        '#freshUntilMs': 'freshUntilMs',
        '#epoch': 'epoch',
        '#replicaVersion': 'replicaVersion',
      },
      ExpressionAttributeValues: {
        ':number': 'N',
        ':atMs': NOW_MS,
        ':epoch': 7,
        ':version': 3,
      },
    });
  });
});

const WATCHED = { watchUntilMs: NOW_MS + 9 };

describe('an outcome that was read from a replica', () => {
  const found = async (row: Item, policy: Policy, readLevel: 1 | 2 | 3, servedLevel: 1 | 2 | 3) => {
    const store = new SimulatedStore();
    store.put(stateKeyOf('orders'), { currentLevel: readLevel, epoch: 7, ...row });
    const outcome = { readLevel, servedLevel, epoch: 7, result: 'error', durationMs: 1 } as const;
    const replica: LevelState = { ...INITIAL_STATE, currentLevel: readLevel, epoch: 7 };
    const read = { outcome, replica, readAtMs: NOW_MS, atMs: NOW_MS };
    return (await findRow({ store, policyOf: () => policy }, 'orders', read)).kind;
  };

  test.each<[string, Item, Policy, 1 | 2 | 3, 1 | 2 | 3, string]>([
    ['of a watch that has begun is known', WATCHED, production, 1, 1, 'known'],
    ['of one that has not counts', {}, production, 1, 1, 'counts'],
    ['under counts counts', WATCHED, classic, 1, 1, 'counts'],
    ['of a canary counts', WATCHED, production, 2, 1, 'counts'],
    ['of a probe counts', WATCHED, production, 3, 3, 'counts'],
    ['of another epoch is stale', { epoch: 8 }, production, 1, 1, 'stale'],
    ['of another level is stale', { currentLevel: 2 }, production, 1, 1, 'stale'],
  ])('%s', async (_what, row, policy, readLevel, servedLevel, kind) => {
    expect(await found(row, policy, readLevel, servedLevel)).toBe(kind);
  });

  const observedAt = (seen: LevelState) => ({
    outcome: { readLevel: 1, servedLevel: 1, epoch: 7, result: 'error', durationMs: 1 } as const,
    seen,
    readAtMs: NOW_MS,
    atMs: NOW_MS,
    random: 0,
  });
  const replica: LevelState = { ...INITIAL_STATE, epoch: 7, replicaVersion: 4 };

  test.each<[string, Item, Policy, string, number]>([
    ['counts on the row', {}, classic, 'counted', 1],
    ['that only began a watch is recorded no more', WATCHED, production, 'none', 0],
    ['of an epoch of before is stale', { epoch: 8 }, classic, 'stale', 0],
  ])('%s', async (_what, row, policy, kind, errorCount) => {
    const store = new SimulatedStore();
    const was = { currentLevel: 1, errorCount: 0, epoch: 7, replicaVersion: 4, ...row };
    store.put(stateKeyOf('orders'), was);
    const protocol = { store, policyOf: () => policy };
    const { recorded, met } = await recordRead(protocol, 'orders', observedAt(replica), true);
    expect(recorded.kind).toBe(kind);
    expect(met).toMatchObject({ seen: replica, row: { ...was, errorCount } });
    expect(await store.read(stateKeyOf('orders'))).toMatchObject({ ...was, errorCount });
  });

  test('of a request that read the row reads nothing more, and meets nothing where it is stale', async () => {
    const store = new SimulatedStore();
    store.put(stateKeyOf('orders'), { currentLevel: 1, epoch: 8 });
    const read = vi.spyOn(store, 'read');
    const protocol = { store, policyOf: () => classic };
    const of = await recordRead(protocol, 'orders', observedAt(replica), false);
    expect(of).toEqual({ recorded: { kind: 'stale' }, met: null });
    expect(read).not.toHaveBeenCalled();
  });

  test.each<[string, Item, boolean]>([
    ['of an epoch of before', { epoch: 6, replicaVersion: 9 }, true],
    ['of its epoch, told of fewer times', { epoch: 7, replicaVersion: 3 }, true],
    ['of its epoch, told of as often', { epoch: 7, replicaVersion: 4 }, false],
    ['of a later epoch, however often told of', { epoch: 8, replicaVersion: 1 }, false],
  ])('looks again where the row that it finds is %s: %j, %s', async (_what, near, again) => {
    const asked: boolean[] = [];
    const store: LevelStore = {
      async read(_key, { eventually = false } = {}) {
        asked.push(eventually);
        return { currentLevel: 1, ...(eventually ? near : { epoch: 9 }) };
      },
      write: async () => null,
    };
    const protocol = { store, policyOf: () => classic };
    await findRow(protocol, 'orders', { ...observedAt(replica), replica });
    expect(asked).toEqual(again ? [true, false] : [true]);
  });

  test.each<[Partial<LevelState>, Partial<LevelState>, object | null]>([
    [{}, {}, null],
    [{}, { epoch: 1 }, { version: undefined }],
    [{ replicaVersion: 3 }, { replicaVersion: 3, epoch: 1 }, { version: 3 }],
    [{ replicaVersion: 3 }, { replicaVersion: 4, epoch: 1 }, null],
    [{}, WATCHED, { version: undefined }],
  ])('seen as %j of a row of %j has replicas told after %j', (seen, row, after) => {
    const met = { seen: { ...INITIAL_STATE, ...seen }, row: { ...INITIAL_STATE, ...row } };
    expect(telling({ recorded: { kind: 'none' }, met })).toEqual(after);
  });

  test('that moved the level has them told, whoever has told since; one that met no row has not', () => {
    const [seen, row] = [INITIAL_STATE, { ...INITIAL_STATE, replicaVersion: 4 }];
    const change = { epoch: 1, from: 1, to: 2, reason: 'errors', at: '' } as const;
    const moved = { kind: 'counted', state: row, history: [], changes: [change] } as const;
    expect(telling({ recorded: moved, met: { seen, row } })).toEqual({ version: 4 });
    expect(telling({ recorded: { ...moved, changes: [] }, met: { seen, row } })).toBeNull();
    expect(telling({ recorded: moved, met: null })).toBeNull();
  });
});

const telling = (read: RecordedRead) =>
  tellingAfter({ store: new SimulatedStore(), policyOf: () => production }, 'orders', read, NOW_MS);
