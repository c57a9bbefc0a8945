/** Level changes are told at least once, and the change never pays for it. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { announce } from '../../lib/events/announce.ts';
import { eventBridgeEvents } from '../../lib/events/event-bridge.ts';
import type { LevelChanged, LevelEvents } from '../../lib/events/level-events.ts';
import type { Change } from '../../lib/level/state.ts';
import { stateOf } from '../../lib/store/row.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { openDynamo, type DynamoBackend } from '../store/backends.ts';

const AT = '2026-01-02T03:04:05.000Z';
const change = (epoch: number, from: 1 | 2 | 3, to: 1 | 2 | 3): Change => ({
  epoch,
  from,
  to,
  at: AT,
  reason: from < to ? 'errors' : 'successes',
});
const HISTORY = [change(1, 1, 2), change(2, 2, 2), change(3, 2, 3), change(4, 3, 2)];

let backend: DynamoBackend;
let rows = 0;
beforeAll(async () => {
  backend = await openDynamo();
});
afterAll(() => backend.close());

async function given(publish?: LevelEvents['publish']) {
  rows += 1;
  const scope = `scope-${rows}`;
  const stateKey = `SYSTEM_STATE#${scope}`;
  await backend.put(stateKey, { currentLevel: 2, epoch: 4, history: HISTORY });
  const published: (readonly LevelChanged[])[] = [];
  const { telemetry, told } = rememberingTelemetry();
  const events = {
    async publish(each: readonly LevelChanged[], whenTold: () => Promise<void>) {
      if (publish !== undefined) return publish(each, whenTold);
      published.push(each);
      await whenTold();
    },
  };
  const announcer = { protocol: { store: backend.store }, telemetry, events };
  return {
    scope,
    stateKey,
    announcer,
    published,
    told,
    stateOf: async () => stateOf(stateKey, await backend.store.read(stateKey)),
    markOf: async () => (await backend.store.read(stateKey))?.['notifiedEpoch'],
    mark: (notifiedEpoch: unknown) =>
      backend.put(stateKey, { currentLevel: 2, epoch: 4, history: HISTORY, notifiedEpoch }),
  };
}

describe('announcing', () => {
  test('publishes all changes that were not told, together, and marks the row', async () => {
    const { scope, announcer, published, stateOf: state, markOf } = await given();
    await announce(announcer, scope, await state());
    expect(published.flat().map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(published).toHaveLength(1);
    expect(published[0]?.[0]).toEqual({ scope, ...HISTORY[0] });
    expect(await markOf()).toBe(4);
  });

  test.each([
    [1, [2, 3, 4]],
    [2, [3, 4]],
    [3, [4]],
    [4, []],
  ])('of a row that was told up to epoch %s is of %o', async (notifiedEpoch, epochs) => {
    const { scope, announcer, published, mark, stateOf: state } = await given();
    await mark(notifiedEpoch);
    await announce(announcer, scope, await state());
    expect(published.flat().map(({ epoch }) => epoch)).toEqual(epochs);
  });

  test('tells with the next change what could not be told with the last', async () => {
    const taken: number[] = [];
    let isDown = true;
    const {
      scope,
      announcer,
      stateOf: state,
    } = await given(async (events) => {
      if (isDown) throw new Error('down');
      taken.push(...events.map(({ epoch }) => epoch));
    });
    const { history, ...row } = await state();
    await announce(announcer, scope, { ...row, history: history.slice(0, 1) });
    isDown = false;
    await announce(announcer, scope, { ...row, history });
    expect(taken).toEqual([1, 2, 3, 4]);
  });

  test('leaves the row as it is where nobody took the event, and says so', async () => {
    const fails = () => Promise.reject(new Error('down'));
    const { scope, announcer, told, stateOf: state, markOf } = await given(fails);
    await announce(announcer, scope, await state());
    expect(await markOf()).toBeUndefined();
    expect(told.map(([, what]) => what)).toEqual(['level change not announced', 'AnnounceFailed']);
  });

  test('marks the row when who took the events says that they are told, and not before', async () => {
    const taken: (() => Promise<void>)[] = [];
    const {
      scope,
      announcer,
      stateOf: state,
      markOf,
    } = await given(async (_events, whenTold) => void taken.push(whenTold));
    await announce(announcer, scope, await state());
    expect(await markOf()).toBeUndefined();
    await taken[0]?.();
    expect(await markOf()).toBe(4);
  });

  test('never takes the mark back', async () => {
    const { scope, announcer, stateOf: state, markOf } = await given();
    const { history, ...row } = await state();
    await announce(announcer, scope, { ...row, history });
    await announce(announcer, scope, { ...row, history: history.slice(0, 3) });
    expect(await markOf()).toBe(4);
  });

  test('replaces a mark that is no number, so that nothing is told for ever', async () => {
    const { scope, announcer, published, mark, stateOf: state, markOf } = await given();
    await mark('1');
    await announce(announcer, scope, await state());
    expect(await markOf()).toBe(4);
    await announce(announcer, scope, await state());
    expect(published).toHaveLength(1);
  });

  test('brings no deleted row back', async () => {
    const { announcer, stateOf: state } = await given();
    await announce(announcer, 'deleted', await state());
    expect(await backend.store.read('SYSTEM_STATE#deleted')).toBeUndefined();
  });

  test('is none where nobody listens', async () => {
    const { scope, announcer, stateOf: state, markOf } = await given();
    await announce({ ...announcer, events: null }, scope, await state());
    expect(await markOf()).toBeUndefined();
  });
});

describe('EventBridge', () => {
  const client = mockClient(EventBridgeClient);
  afterAll(() => client.restore());
  const events = eventBridgeEvents(new EventBridgeClient({ region: 'us-east-1' }), {
    busName: 'default',
    source: 'resilient-service-dev',
  });
  const event = { scope: 'account', ...change(3, 2, 3) };

  test('gets one request with what subscribers match on', async () => {
    client.reset();
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    const stayed = { ...event, from: 3 } as const;
    let told = 0;
    await events.publish([event, stayed], async () => void (told += 1));
    const entry = {
      EventBusName: 'default',
      Source: 'resilient-service-dev',
      DetailType: 'LevelChanged',
      Time: new Date(AT),
      Detail: JSON.stringify(event),
    };
    expect(client.commandCalls(PutEventsCommand).map(({ args }) => args[0].input)).toEqual([
      { Entries: [entry, { ...entry, DetailType: 'EpochBegan', Detail: JSON.stringify(stayed) }] },
    ]);
    expect(told).toBe(1);
  });

  test.each([
    ['refuses one of them', () => client.on(PutEventsCommand).resolves({ FailedEntryCount: 1 })],
    ['fails', () => client.on(PutEventsCommand).rejects(new Error('down'))],
  ])('that %s is an error with a code', async (_what, fail) => {
    client.reset();
    fail();
    const neverTold = () => Promise.reject(new Error('told'));
    await expect(events.publish([event], neverTold)).rejects.toMatchObject({
      code: 'LEVEL_EVENTS_NOT_SENT',
    });
  });
});
