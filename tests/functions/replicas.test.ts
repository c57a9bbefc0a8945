/** The functions that move the level, and the read replicas that they tell, on a real table. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHandler as alarmProcessor } from '../../functions/alarm-processor.ts';
import { createHandler as controlHandler } from '../../functions/control.ts';
import { createHandler as getState } from '../../functions/get-state.ts';
import { createHandler as mutatorHandler } from '../../functions/mutator.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import { BELIEVED_MS } from '../../lib/level/replica.ts';
import type { AlarmRuntime } from '../../lib/runtime/alarm-runtime.ts';
import { alarmsOf } from '../../lib/runtime/scopes.ts';
import { StoreThrottledError } from '../../lib/store/errors.ts';
import {
  isReplicaKey,
  replicaKeyOf,
  stateKeyOf,
  type Item,
  type LevelStore,
} from '../../lib/store/level-store.ts';
import { givenScopes } from '../runtime/given-scopes.ts';
import { openDynamo, type DynamoBackend } from '../store/backends.ts';
import { NOW_MS, OUTCOME, rememberingTelemetry } from './events.ts';

const COUNT = 3;
const KEY = stateKeyOf('default');

let backend: DynamoBackend;
beforeAll(async () => {
  backend = await openDynamo();
});
afterAll(() => backend.close());

interface Given {
  readonly row?: Item;
  readonly policy?: Policy;
  readonly readReplicas?: number;
  /** Refuses these. */
  readonly refuses?: (key: string) => boolean;
}

/** A row whose replicas hold it, and everything that moves it. */
async function given({ row = {}, policy = production, readReplicas = COUNT, refuses }: Given) {
  const { telemetry, told } = rememberingTelemetry();
  const operations: string[] = [];
  const store: LevelStore = {
    read(key, how) {
      operations.push(`read ${key}`);
      return backend.store.read(key, how);
    },
    write(key, write) {
      operations.push(`write ${key}`);
      return refuses?.(key) === true
        ? Promise.reject(new StoreThrottledError({ cause: null }))
        : backend.store.write(key, write);
    },
  };
  const scopes = givenScopes({ default: { readReplicas, signals: 'both', policy: 'classic' } });
  const alarms = alarmsOf(scopes, 'dev', 'classic');
  const runtime: AlarmRuntime = {
    protocol: { store, policyOf: () => policy },
    deployedPolicyOf: () => policy,
    presetOf: () => 'classic',
    random: () => 0,
    scopes,
    telemetry,
    events: null,
    clock: { nowMs: () => NOW_MS, monotonicMs: () => 0 },
    alarmNamed: (name) => alarms.find((each) => each.alarm.name === name),
  };
  await backend.put(KEY, row);
  const keys = Array.from({ length: COUNT }, (_, index) => replicaKeyOf('default', index + 1));
  for (const key of keys) await backend.put(key, {});
  const mutate = mutatorHandler(runtime);
  const tick = () => mutate({ ...OUTCOME, kind: 'tick', result: 'none', durationMs: null });
  return {
    told,
    mutate,
    tick,
    control: controlHandler(runtime),
    status: async () => {
      const event = { httpMethod: 'GET', resource: '/circuit-breaker' };
      return JSON.parse((await getState(runtime)(event)).body) as Item;
    },
    alarm: alarmProcessor(runtime),
    row: () => backend.store.read(KEY),
    held: () => Promise.all(keys.map((key) => backend.store.read(key))),
    /** A request's row, or that of one of its replicas, as the workflow hands it on. */
    read: async (key = KEY) => marshall({ ...(await backend.store.read(key)) }),
    /** What was done on the table since it was asked last. */
    done: () => operations.splice(0).map((one) => one.replace(/REPLICA#\d#.*/, 'replica')),
  };
}

const REPLICA = replicaKeyOf('default', 2);
const TELLING = [`write ${KEY}`, ...Array.from({ length: COUNT }, () => 'write replica')];
const ERROR = { ...OUTCOME, receivedAt: NOW_MS } as const;
const FALLING = { currentLevel: 1, epoch: 3, errorCount: 4 };

describe('a change of level', () => {
  test('is told to each replica, before anybody else: one write for the number, one for each', async () => {
    const { mutate, read, held, done } = await given({ row: FALLING, policy: classic });
    await mutate({ ...ERROR, epoch: 3, row: await read() });
    expect(done()).toEqual([`write ${KEY}`, `write ${KEY}`, `write HISTORY#${KEY}`, ...TELLING]);
    expect(await held()).toMatchObject(
      Array.from({ length: COUNT }, () => ({ currentLevel: 2, errorCount: 5, epoch: 4 })),
    );
  });

  test('of an operator is told', async () => {
    const { control, held } = await given({});
    await control({
      httpMethod: 'PUT',
      resource: '/circuit-breaker/override',
      body: JSON.stringify({ level: 3, reason: 'drill' }),
    });
    const pinned = { currentLevel: 3, epoch: 1, override: { reason: 'drill' } };
    expect(await held()).toMatchObject(Array.from({ length: COUNT }, () => pinned));
  });

  test('of an alarm is told', async () => {
    const row = { epoch: 3, lastTransition: new Date(NOW_MS - 600_000).toISOString() };
    const { alarm, held } = await given({ row, policy: classic });
    const body = JSON.stringify({
      AlarmName: 'resilient-service-dev-default-level-1-error-rate',
      NewStateValue: 'ALARM',
      StateChangeTime: new Date(NOW_MS).toISOString(),
    });
    await alarm({ Records: [{ messageId: 'm-1', body }] });
    expect(await held()).toMatchObject(
      Array.from({ length: COUNT }, () => ({ currentLevel: 2, epoch: 4 })),
    );
  });

  test('that a replica cannot be told counts all the same: one line, one metric', async () => {
    const refuses = (key: string) => key === REPLICA;
    const { mutate, read, told, row } = await given({ row: FALLING, policy: classic, refuses });
    const answer = await mutate({ ...ERROR, epoch: 3, row: await read() });
    expect(answer).toEqual({ recorded: 'counted' });
    expect(await row()).toMatchObject({ currentLevel: 2, epoch: 4 });
    const error = expect.objectContaining({ code: 'STORE_THROTTLED' }) as unknown;
    expect(told.slice(-2)).toEqual([
      ['warn', 'replicas behind', { scope: 'default', behind: 1, error }],
      ['count', 'ReplicaBehind', 1],
    ]);
  });

  test('costs nothing more where there are no replicas', async () => {
    const { mutate, read, tick, done } = await given({
      row: FALLING,
      policy: classic,
      readReplicas: 0,
    });
    await mutate({ ...ERROR, epoch: 3, row: await read() });
    expect(done()).toEqual([`write ${KEY}`, `write ${KEY}`, `write HISTORY#${KEY}`]);
    await tick();
    expect(done()).toEqual([`read ${KEY}`]);
  });
});

describe('the tick', () => {
  test('tells each replica what a crash left untold, and that it is to be believed', async () => {
    const { tick, held, done } = await given({ row: { currentLevel: 3, epoch: 9 } });
    await tick();
    expect(done()).toEqual([`read ${KEY}`, ...TELLING]);
    const told = { currentLevel: 3, epoch: 9, freshUntilMs: NOW_MS + BELIEVED_MS };
    expect(await held()).toMatchObject(Array.from({ length: COUNT }, () => told));
  });

  test('does so under a pin, and of a row that nobody has written', async () => {
    const pinned = await given({ row: { currentLevel: 2, epoch: 1, override: { reason: 'x' } } });
    await pinned.tick();
    expect(await pinned.held()).toMatchObject([{ override: { reason: 'x' } }, {}, {}]);
    const fresh = await given({});
    await fresh.tick();
    expect(await fresh.held()).toMatchObject([{ currentLevel: 1, epoch: 0 }, {}, {}]);
  });
});

describe('an outcome that was read from a replica', () => {
  const watched = { watchSinceMs: NOW_MS - 9_000, watchUntilMs: NOW_MS + 12_000, okMs: 12 };

  test('is counted after one read of the row, and by one write', async () => {
    const { tick, mutate, read, done, row } = await given({ row: { epoch: 3, ...watched } });
    await tick();
    done();
    await mutate({ ...ERROR, epoch: 3, row: await read(REPLICA) });
    expect(done()).toEqual([`read ${KEY}`, `write ${KEY}`]);
    expect(await row()).toMatchObject({ run: 1 });
  });

  test('is stale where the row has gone on, and shows that the replicas are to be told', async () => {
    const { tick, mutate, read, done, told, held } = await given({ row: { epoch: 3 } });
    await tick();
    const seen = await read(REPLICA);
    await backend.put(KEY, { currentLevel: 2, epoch: 4, replicaVersion: 1 });
    done();
    await expect(mutate({ ...ERROR, epoch: 3, row: seen })).resolves.toEqual({
      recorded: 'stale',
    });
    expect(done()).toEqual([`read ${KEY}`, ...TELLING]);
    expect(told.map(([, what]) => what)).toEqual(['outcome stale', 'StaleOutcome']);
    expect(await held()).toMatchObject(
      Array.from({ length: COUNT }, () => ({ currentLevel: 2, epoch: 4 })),
    );
  });

  test('begins no watch that others have begun, and leaves what is being told to who tells it', async () => {
    const { tick, mutate, read, done, row } = await given({ row: { epoch: 3 } });
    await tick();
    const seen = await read(REPLICA);
    await backend.put(KEY, { epoch: 3, ...watched, run: 1, replicaVersion: 2 });
    const before = await row();
    done();
    await expect(mutate({ ...ERROR, epoch: 3, row: seen })).resolves.toEqual({ recorded: 'none' });
    expect(done()).toEqual([`read ${KEY}`]);
    expect(await row()).toEqual(before);
  });

  test('that begins a watch tells the replicas that it has begun', async () => {
    const { tick, mutate, read, held } = await given({ row: { epoch: 3 } });
    await tick();
    await mutate({ ...ERROR, epoch: 3, row: await read(REPLICA) });
    expect(await held()).toMatchObject([{ watchUntilMs: NOW_MS + 20_000 }, {}, {}]);
  });

  test('is throttled where the row cannot be read, so that the workflow repeats it', async () => {
    const { tick, read } = await given({ row: { epoch: 3, ...watched } });
    await tick();
    const seen = await read(REPLICA);
    const other = await given({ row: { epoch: 3, ...watched }, refuses: (key) => key === KEY });
    await expect(other.mutate({ ...ERROR, epoch: 3, row: seen })).rejects.toMatchObject({
      name: 'StoreThrottledError',
    });
  });
});

test('counting alone tells the replicas nothing', async () => {
  const row = { epoch: 3, watchSinceMs: NOW_MS - 100, watchUntilMs: NOW_MS + 19_000, okMs: 12 };
  const { mutate, read, done } = await given({ row });
  for (let count = 0; count < 3; count += 1)
    await mutate({ ...ERROR, epoch: 3, row: await read() });
  expect(done().filter((one) => isReplicaKey(one.replace('write ', '')))).toEqual([]);
});

describe('the status', () => {
  const watching = { epoch: 3, watchSinceMs: NOW_MS - 100, watchUntilMs: NOW_MS + 19_000 };

  test('says that the replicas are as the row, after one read of each', async () => {
    const { tick, status, done } = await given({ row: watching });
    await tick();
    done();
    expect(await status()).toMatchObject({ readReplicas: { count: 3, behind: 0, unused: 0 } });
    expect(done()).toEqual([
      `read ${KEY}`,
      `read HISTORY#${KEY}`,
      ...Array.from({ length: COUNT }, () => 'read replica'),
    ]);
  });

  test('says nothing of replicas where there are none', async () => {
    const { status } = await given({ readReplicas: 0 });
    const told = await status();
    expect(told).toHaveProperty('currentLevel', 1);
    expect(told).not.toHaveProperty('readReplicas');
  });
});
