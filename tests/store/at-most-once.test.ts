/** An outcome is counted at most once, whatever becomes of the answer to its writes. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { StoreThrottledError, StoreUnavailableError } from '../../lib/store/errors.ts';
import type { LevelStore } from '../../lib/store/level-store.ts';
import type { Recorded } from '../../lib/store/record-outcome.ts';
import { openDynamo, type DynamoBackend } from './backends.ts';
import {
  answerError,
  answerJson,
  givenServer,
  type LocalServer,
  type Received,
} from './local-servers.ts';
import { passOn } from './served-table.ts';
import { EARLIER, givenRow, type GivenRow } from './steps.ts';

let backend: DynamoBackend;

beforeAll(async () => {
  backend = await openDynamo();
  return () => backend.close();
});

const FULL = { level: 1, epoch: 0 } as const;

const ROW = { currentLevel: 1, errorCount: 4, lastUpdated: EARLIER };

/** The table behind a server that carries out the first request but loses or spoils its answer. */
const givenLostAnswer = (how: 'connection' | '500'): Promise<LocalServer> =>
  givenServer(async (response, received, nth) => {
    const { status, body } = await passOn(backend, received);
    if (nth > 1) answerJson(response, status, body);
    else if (how === '500') answerError(response, 500, 'InternalServerError');
    else response.socket?.destroy();
  });

/** The table behind a server that refuses some requests, before it does anything. */
const givenThrottle = (refuses: (received: Received, nth: number) => boolean) =>
  givenServer(async (response, received, nth) => {
    if (refuses(received, nth)) {
      answerError(response, 400, 'ThrottlingException');
      return;
    }
    const { status, body } = await passOn(backend, received);
    answerJson(response, status, body);
  });

const OVER_HTTP = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

const through = ({ endpoint }: LocalServer): LevelStore => {
  const client = createDocumentClient({ ...OVER_HTTP, endpoint });
  onTestFinished(() => client.destroy());
  return backend.storeOn(client);
};

const throughRepeating = ({ endpoint }: LocalServer): LevelStore => {
  const client = new DynamoDBClient({ ...OVER_HTTP, endpoint, maxAttempts: 3 });
  onTestFinished(() => client.destroy());
  return backend.storeOn(DynamoDBDocumentClient.from(client));
};

describe.each(['connection', '500'] as const)('an answer that is lost (%s)', (how) => {
  test('leaves the outcome counted once: it is not repeated', async () => {
    const row = await givenRow(backend, { ...ROW, errorCount: 0 });
    const server = await givenLostAnswer(how);
    const recording = row.through(through(server)).record('error', FULL);
    await expect(recording).rejects.toThrow(StoreUnavailableError);
    expect(server.received).toHaveLength(1);
    expect(await row.read()).toMatchObject({ errorCount: 1 });
  });

  test('would count it twice with a client that repeats', async () => {
    const row = await givenRow(backend, { ...ROW, errorCount: 0 });
    const server = await givenLostAnswer(how);
    await row.through(throughRepeating(server)).record('error', FULL);
    expect(await row.read()).toMatchObject({ errorCount: 2 });
  });
});

/** What the workflow does: repeats, once, what was throttled before it did anything. */
const repeatIfThrottled = async (record: () => Promise<Recorded>): Promise<Recorded> => {
  try {
    return await record();
  } catch (error) {
    if (error instanceof StoreThrottledError) return record();
    throw error;
  }
};

describe('an outcome that is throttled', () => {
  test('says so, and has counted nothing', async () => {
    const row = await givenRow(backend, ROW);
    const server = await givenThrottle(() => true);
    const recording = row.through(through(server)).record('error', FULL);
    await expect(recording).rejects.toThrow(StoreThrottledError);
    expect(await row.read()).toEqual({ ...ROW, PK: row.stateKey });
  });

  test('is counted once by whoever repeats it', async () => {
    const row = await givenRow(backend, { ...ROW, errorCount: 0 });
    const server = await givenThrottle((_received, nth) => nth === 1);
    const throttled = row.through(through(server));
    const recorded = await repeatIfThrottled(() => throttled.record('error', FULL));
    expect(recorded).toMatchObject({ kind: 'counted' });
    expect(await row.read()).toMatchObject({ errorCount: 1 });
  });
});

describe('a transition that fails', () => {
  const isTransition = ({ body }: Received) => body.includes('#history');

  const givenThrottledTransition = async (): Promise<{ row: GivenRow; throttled: GivenRow }> => {
    const row = await givenRow(backend, ROW);
    const server = await givenThrottle(isTransition);
    return { row, throttled: row.through(through(server)) };
  };

  test('is no reason to record the outcome again: it counts once and is told as unfinished', async () => {
    const { row, throttled } = await givenThrottledTransition();
    const recorded = await repeatIfThrottled(() => throttled.record('error', FULL));
    expect(recorded).toMatchObject({ kind: 'counted', changes: [] });
    expect(recorded).toHaveProperty('unfinished', expect.any(StoreThrottledError));
    expect(await row.read()).toMatchObject({ currentLevel: 1, errorCount: 5 });
  });

  test('would count it twice, were it thrown', async () => {
    const { row, throttled } = await givenThrottledTransition();
    const recordOrThrow = async () => {
      const recorded = await throttled.record('error', FULL);
      if (recorded.kind === 'counted' && recorded.unfinished instanceof Error) {
        throw recorded.unfinished;
      }
      return recorded;
    };
    const recording = repeatIfThrottled(recordOrThrow);
    await expect(recording).rejects.toThrow(StoreThrottledError);
    expect(await row.read()).toMatchObject({ errorCount: 6 });
  });

  test.each([
    ['the next error', (row: GivenRow) => row.record('error', FULL)],
    ['the next success', (row: GivenRow) => row.record('success', FULL)],
    ['the tick', (row: GivenRow) => row.heal()],
  ])('is finished by %s', async (_title, finish) => {
    const { row, throttled } = await givenThrottledTransition();
    await throttled.record('error', FULL);
    await finish(row);
    expect(await row.read()).toMatchObject({ currentLevel: 2, errorCount: 5, epoch: 1 });
  });

  test('is told as unfinished by the tick as well', async () => {
    const { row, throttled } = await givenThrottledTransition();
    await throttled.record('error', FULL);
    const healed = await throttled.heal();
    expect(healed).toHaveProperty('unfinished', expect.any(StoreThrottledError));
    expect(await row.read()).toMatchObject({ currentLevel: 1, errorCount: 5 });
  });

  test('may have been made after all: it is not made twice', async () => {
    const row = await givenRow(backend, ROW);
    const server = await givenServer(async (response, received) => {
      const { status, body } = await passOn(backend, received);
      if (isTransition(received)) response.socket?.destroy();
      else answerJson(response, status, body);
    });
    const recorded = await row.through(through(server)).record('error', FULL);
    expect(recorded).toHaveProperty('unfinished', expect.any(StoreUnavailableError));
    await row.heal();
    expect(await row.read()).toMatchObject({ currentLevel: 2, errorCount: 5, epoch: 1 });
  });
});
