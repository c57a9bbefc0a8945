/** The mutator under a rate: what it makes of the row that a request was read with, of slow answers and of claims. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/mutator.ts';
import { givenLevelRuntime, NOW_MS, OUTCOME, rowWrites } from './events.ts';

const SLOT = (NOW_MS / 1_000).toString(36);
const STALE = new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
const POLICY = { judge: 'rate', ramp: [5, 25, 50], probeIntervalMs: 5_000, dwellMs: 30_000 };

/** A row in DynamoDB's JSON, with a policy that judges a rate. */
const rowOf = (more: Readonly<Record<string, unknown>> = {}) => ({
  policy: {
    M: {
      judge: { S: 'rate' },
      ramp: { L: POLICY.ramp.map((share) => ({ N: String(share) })) },
      probeIntervalMs: { N: '5000' },
      dwellMs: { N: '30000' },
    },
  },
  ...more,
});
const n = (value: number) => ({ N: String(value) });
const watched = { watchUntilMs: n(NOW_MS + 1), watchSinceMs: n(NOW_MS - 9_000) };

/** What a write adds, by the attributes' names. */
function addedBy(write: UpdateCommandInput | undefined): Record<string, unknown> {
  const { ExpressionAttributeValues: values = {} } = write ?? {};
  const added = Object.entries(values).filter(([name]) => name.startsWith(':add_'));
  return Object.fromEntries(added.map(([name, value]) => [name.slice(':add_'.length), value]));
}

const given = (attributes: Readonly<Record<string, unknown>> = {}) => {
  const met = givenLevelRuntime();
  met.dynamo.on(UpdateCommand).resolves({ Attributes: { policy: POLICY, ...attributes } });
  return met;
};

describe('an outcome under a rate', () => {
  const event = { ...OUTCOME, receivedAt: NOW_MS - 50 };

  test.each([
    ['an error', 'error', { [`E${SLOT}`]: 1, run: 1, [`W${SLOT}`]: 1 }],
    ['a slow answer is one too', 'slow', { [`E${SLOT}`]: 1, run: 1, [`W${SLOT}`]: 1 }],
    ['a success', 'success', { [`O${SLOT}`]: 1, [`W${SLOT}`]: 1 }],
  ])(
    '%s: one write into the slot of now, by the row that was read',
    async (_what, result, added) => {
      const { dynamo, runtime } = given();
      const answer = await createHandler(runtime)({ ...event, result, row: rowOf(watched) });
      expect(answer).toEqual({ recorded: 'counted' });
      const writes = rowWrites(dynamo);
      expect(writes.map(addedBy)).toEqual([added]);
      expect(dynamo.commandCalls(GetCommand)).toHaveLength(0);
    },
  );

  test('a success that the row did not ask for costs nothing', async () => {
    const { dynamo, runtime } = given();
    const answer = await createHandler(runtime)({ ...event, result: 'success', row: rowOf() });
    expect(answer).toEqual({ recorded: 'none' });
    expect(dynamo.calls()).toHaveLength(0);
  });

  test('a canary counts for the step that the row had', async () => {
    const { dynamo, runtime } = given();
    const row = rowOf({ currentLevel: n(2), stepSinceMs: n(NOW_MS - 7_000) });
    const canary = { ...event, readLevel: 2, servedLevel: 1, result: 'error', row };
    expect(await createHandler(runtime)(canary)).toEqual({ recorded: 'counted' });
    const [write] = rowWrites(dynamo);
    expect(addedBy(write)).toEqual({ canaryErrors: 1, canaryRun: 1, [`W${SLOT}`]: 1 });
    expect(Object.values(write?.ExpressionAttributeValues ?? {})).toContain(NOW_MS - 7_000);
  });

  test('an exercise moves nothing', async () => {
    const { dynamo, runtime } = given();
    const exercise = { ...event, servedLevel: 2, result: 'error', row: rowOf(watched) };
    expect(await createHandler(runtime)(exercise)).toEqual({ recorded: 'none' });
    expect(dynamo.calls()).toHaveLength(0);
  });

  test('a fall is two writes, and the history', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const at = new Date(NOW_MS).toISOString();
    const fallen = { currentLevel: 2, epoch: 1, lastTransition: at, changedFrom: 1 };
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { policy: POLICY, run: 5, [`E${SLOT}`]: 5, watchSinceMs: 1 } })
      .resolves({ Attributes: { ...fallen, policy: POLICY, changedBy: 'consecutive-errors' } });
    await createHandler(runtime)({ ...event, row: rowOf(watched) });
    expect(rowWrites(dynamo)).toHaveLength(2);
    expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(3);
    expect(told).toContainEqual(['count', 'LevelChanged', 1]);
  });

  test('that is stale is one write', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(UpdateCommand).rejects(STALE);
    const answer = await createHandler(runtime)({ ...event, row: rowOf(watched) });
    expect(answer).toEqual({ recorded: 'stale' });
    expect(rowWrites(dynamo)).toHaveLength(1);
  });

  test.each([
    ['is absent: the workflow is one of before', undefined],
    ['holds what nobody understands', { policy: { S: 7 }, run: { Q: 1 } }],
    ['is malformed', { run: { S: 'many' } }],
  ])('is counted by the deployed policy where the row %s', async (_what, row) => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(UpdateCommand).resolves({ Attributes: { errorCount: 1 } });
    const answer = await createHandler(runtime)({ ...event, row });
    expect(answer).toEqual({ recorded: 'counted' });
    expect(rowWrites(dynamo).map(addedBy)).toEqual([{ errorCount: 1 }]);
  });
});

describe('a claim of a tick', () => {
  const CLAIM = { ...OUTCOME, kind: 'claim', result: 'none', durationMs: null } as const;
  const at3 = { currentLevel: 3, epoch: 2, policy: POLICY };
  const at2 = { currentLevel: 2, epoch: 2, policy: POLICY };
  const pinned = { override: { reason: 'drill', untilMs: NOW_MS } };

  test.each([
    ['level 1', { policy: POLICY }, 'none', 0],
    ['level 2 in the dwell', { ...at2, quietUntilMs: NOW_MS + 1 }, 'none', 0],
    ['level 2 from its end on', { ...at2, quietUntilMs: NOW_MS }, 'full', 0],
    ['level 2 without a ramp', { currentLevel: 2 }, 'none', 0],
    ['level 3, not due', { ...at3, nextProbeAtMs: NOW_MS + 1 }, 'none', 0],
    ['level 3, due', { ...at3, nextProbeAtMs: NOW_MS }, 'degraded', 1],
    ['level 3, never claimed', at3, 'degraded', 1],
    ['level 3 without an interval', { currentLevel: 3 }, 'degraded', 0],
    ['a pin that has run out goes first', { ...at3, ...pinned }, 'none', 0],
  ])('%s', async (_what, Item, probe, writes) => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item });
    dynamo.on(UpdateCommand).resolves({ Attributes: Item });
    expect(await createHandler(runtime)(CLAIM)).toEqual({ probe });
    expect(dynamo.commandCalls(GetCommand)).toHaveLength(1);
    expect(rowWrites(dynamo)).toHaveLength(writes);
  });

  test('that another has won is none', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: at3 });
    dynamo.on(UpdateCommand).rejects(STALE);
    expect(await createHandler(runtime)(CLAIM)).toEqual({ probe: 'none' });
    expect(told).toEqual([]);
  });

  test('asks nothing where alarms decide', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    expect(await createHandler(runtime)({ ...CLAIM, signals: 'alarms' })).toEqual({
      probe: 'none',
    });
    expect(dynamo.calls()).toHaveLength(0);
  });

  test('publishes no outcome: nothing was served', async () => {
    const { dynamo, runtime, told, measured } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { policy: POLICY } });
    await createHandler(runtime)({ ...CLAIM, readLevel: 3, result: 'success' });
    expect(told).toEqual([]);
    expect(measured.map(({ set }) => set)).toEqual(['Controller']);
  });
});
