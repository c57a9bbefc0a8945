/** The DynamoDB client against servers that hang, fail and throttle: one attempt, and a short one. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDocumentClient, exactNumber } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import { StoreThrottledError, StoreUnavailableError } from '../../lib/store/errors.ts';
import { answerError, answerJson, givenServer, type Answer } from './local-servers.ts';

const WRITE = {
  expect: { kind: 'as-read', currentLevel: 1, epoch: 0 },
  set: { lastUpdated: 'now' },
} as const;

const storeAt = (endpoint: string) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = createDocumentClient({ region: 'us-east-1', endpoint, credentials });
  onTestFinished(() => client.destroy());
  return new DynamoLevelStore(client, 'table');
};

const givenStore = async (answer: Answer) => {
  const server = await givenServer(answer);
  return { server, store: storeAt(server.endpoint) };
};

const OPERATIONS = [
  ['read', (store: DynamoLevelStore) => store.read('SYSTEM_STATE')],
  ['write', (store: DynamoLevelStore) => store.write('SYSTEM_STATE', WRITE)],
] as const;

describe('time-outs', () => {
  test('a read and a write that are never answered end after 1.5 seconds, sent once', async () => {
    const { server, store } = await givenStore(() => {});
    const startedMs = performance.now();
    const failed = OPERATIONS.map(([, act]) => act(store).catch((error: unknown) => error));
    for (const failure of await Promise.all(failed)) {
      expect(failure).toBeInstanceOf(StoreUnavailableError);
      expect(failure).toHaveProperty('cause.name', 'TimeoutError');
    }
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(1_400);
    expect(tookMs).toBeLessThan(3_000);
    expect(server.received).toHaveLength(2);
  });

  // The time-out of a request ends with the headers of its answer; the test's own then ends it.
  test('an answer that stops halfway ends the read after 1.5 seconds', async () => {
    const { store } = await givenStore((response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{');
    });
    await expect(store.read('SYSTEM_STATE')).rejects.toThrow(StoreUnavailableError);
  }, 2_500);
});

test('the client takes the region that it is told, and drops what is undefined', async () => {
  const client = createDocumentClient({ region: 'eu-west-1' });
  onTestFinished(() => client.destroy());
  expect(await client.config.region()).toBe('eu-west-1');
  expect(await client.config.maxAttempts()).toBe(1);
  const { translateConfig } = client.config as unknown as { translateConfig: object };
  expect(translateConfig).toEqual({
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: exactNumber },
  });
});

describe.each(OPERATIONS)('a %s', (_operation, act) => {
  test.each([500, 502, 503])('that is answered %i is not repeated', async (status) => {
    const { server, store } = await givenStore((response) => {
      answerError(response, status, 'InternalServerError');
    });
    await expect(act(store)).rejects.toThrow(StoreUnavailableError);
    expect(server.received).toHaveLength(1);
  });

  test('whose connection breaks is not repeated', async () => {
    const { server, store } = await givenStore((response) => {
      response.socket?.destroy();
    });
    await expect(act(store)).rejects.toThrow(StoreUnavailableError);
    expect(server.received).toHaveLength(1);
  });

  test.each([
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
  ])('that is refused with %s says so, and is not repeated', async (name) => {
    const { server, store } = await givenStore((response) => answerError(response, 400, name));
    await expect(act(store)).rejects.toThrow(StoreThrottledError);
    expect(server.received).toHaveLength(1);
  });

  test.each(['ValidationException', 'ResourceNotFoundException', 'AccessDeniedException'])(
    'that is refused with %s is unavailable, not throttled',
    async (name) => {
      const { server, store } = await givenStore((response) => answerError(response, 400, name));
      const failure = await act(store).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreUnavailableError);
      expect(failure).toHaveProperty('message', expect.stringContaining(`got ${name}`));
      expect(server.received).toHaveLength(1);
    },
  );

  test('to where nobody listens is unavailable', async () => {
    await expect(act(storeAt('http://127.0.0.1:1'))).rejects.toThrow(StoreUnavailableError);
  });
});

describe('connections', () => {
  test('are kept alive: fifty requests one after the other use one', async () => {
    const { server, store } = await givenStore((response) => answerJson(response, 200, {}));
    for (let i = 0; i < 25; i += 1) {
      await store.read('SYSTEM_STATE');
      await store.write('SYSTEM_STATE', WRITE);
    }
    expect(server.received).toHaveLength(50);
    expect(server.connections()).toBe(1);
  });

  test('are at most fifty: more requests at once share them', async () => {
    const waiting: (() => void)[] = [];
    const { server, store } = await givenStore((response, _received, nth) => {
      waiting.push(() => answerJson(response, 200, {}));
      if (nth < 50) return;
      for (const answer of waiting.splice(0)) answer();
    });
    await Promise.all(Array.from({ length: 60 }, () => store.read('SYSTEM_STATE')));
    expect(server.received).toHaveLength(60);
    expect(server.connections()).toBe(50);
  });
});
