/** The checks that come along: environment, memory, HTTP, a DynamoDB table. */
import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createEnvVarHealthCheck,
  createHttpHealthCheck,
  createMemoryHealthCheck,
} from '../../lib/health/checks.ts';
import type { HealthCheck } from '../../lib/health/check.ts';
import { createDynamoDBHealthCheck } from '../../lib/health/dynamodb.ts';
import { memoryLimit, processHost } from '../../lib/health/host.ts';
import { createLevelsCheck } from '../../lib/health/levels.ts';
import { givenHost } from './given.ts';

const look = async (check: HealthCheck, signal = new AbortController().signal) =>
  check.check({ signal });

describe('the environment', () => {
  test.each([
    [
      { A: 'x', B: 'y' },
      { healthy: true, message: 'All required variables present' },
    ],
    [{ A: 'x' }, { healthy: false, message: 'Missing variables: B' }],
    [
      { A: '', B: 'y' },
      { healthy: false, message: 'Missing variables: A' },
    ],
  ])('%o', async (env, result) => {
    const check = createEnvVarHealthCheck(['A', 'B'], { host: givenHost(env) });
    expect(check.name).toBe('environment-variables');
    expect(await look(check)).toEqual(result);
  });

  test('is that of the process, and is asked for something', async () => {
    expect(await look(createEnvVarHealthCheck(['PATH']))).toMatchObject({ healthy: true });
    expect(() => createEnvVarHealthCheck([])).toThrow('one or more variables, got none');
  });
});

describe('memory', () => {
  test.each([
    [49, 50, true],
    [50, 50, false],
    [45.23, 90, true],
  ])('%d of 100 bytes under %d %% is healthy: %s', async (usedBytes, percent, healthy) => {
    const host = { ...givenHost(), memory: () => ({ usedBytes, limitBytes: 100 }) };
    const check = createMemoryHealthCheck(percent, { host });
    const message = `Memory usage at ${usedBytes.toFixed(2)}%`;
    expect(await look(check)).toEqual({ healthy, message });
    expect(check.critical).toBe(false);
  });

  test.each([
    [{ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' }, 1_000, 512 * 1024 * 1024],
    [{}, 1_000, 1_000],
    [{}, 0, 8_000],
    [{}, 2 ** 63, 8_000],
  ])('the limit of %o in a container of %d bytes is %d', (env, constrained, limit) => {
    expect(memoryLimit(env, constrained, 8_000)).toBe(limit);
  });

  test('of this process is more than nothing and within its limit', () => {
    const { usedBytes, limitBytes } = processHost.memory();
    expect(usedBytes).toBeGreaterThan(1_000_000);
    expect(usedBytes).toBeLessThan(limitBytes);
  });

  test.each([0, 101, Number.NaN])('%d percent is refused', (percent) => {
    expect(() => createMemoryHealthCheck(percent)).toThrow('above 0 and at most 100');
  });
});

describe('HTTP', () => {
  const givenPage = async (listener: RequestListener) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  };

  test.each([
    [200, true],
    [204, true],
    [302, false],
    [500, false],
  ])('%d is healthy: %s', async (status, healthy) => {
    const url = await givenPage((_request, response) =>
      response.writeHead(status, { Location: '/else' }).end(),
    );
    const check = createHttpHealthCheck('api', url);
    expect(await look(check)).toEqual({ healthy, message: `HTTP status ${status}` });
  });

  test('a page that hangs is left when the time is up', async () => {
    const url = await givenPage(() => {});
    const time = AbortSignal.timeout(20);
    await expect(look(createHttpHealthCheck('api', url), time)).rejects.toThrow(
      'aborted due to timeout',
    );
  });

  test.each(['ftp://x/y', 'nothing'])('%s is refused', (url) => {
    expect(() => createHttpHealthCheck('api', url)).toThrow('to be http or https');
  });
});

describe('a DynamoDB table', () => {
  test.each([
    ['ACTIVE', true, 'Database connection successful'],
    ['UPDATING', true, 'Database connection successful'],
    ['DELETING', false, 'The table is DELETING'],
    [undefined, false, 'The table is unknown'],
  ] as const)('%s is healthy: %s', async (TableStatus, healthy, message) => {
    const dynamo = mockClient(DynamoDBClient);
    onTestFinished(() => dynamo.restore());
    dynamo.on(DescribeTableCommand, { TableName: 'MyTable' }).resolves({
      ...(TableStatus !== undefined && { Table: { TableStatus } }),
    });
    expect(await look(createDynamoDBHealthCheck('MyTable'))).toEqual({ healthy, message });
  });

  test('is critical, in one attempt of the given time', async () => {
    const signals: AbortSignal[] = [];
    const table = {
      async describe(_name: string, signal: AbortSignal) {
        signals.push(signal);
        return { TableStatus: 'ACTIVE' };
      },
    };
    const check = createDynamoDBHealthCheck('MyTable', { table, timeout: 500 });
    const { signal } = new AbortController();
    await look(check, signal);
    expect(signals).toEqual([signal]);
    expect(check).toMatchObject({ name: 'database-connection', timeout: 500 });
  });
});

describe('the levels', () => {
  const FULL = { level: 1, pinned: false, since: null } as const;
  const UNKNOWN = { level: null, pinned: false, since: null };

  test('are unknown before the first look, after a failed one, and where a row cannot be read', async () => {
    let read = async (): Promise<Record<string, typeof FULL | Error>> => ({ a: FULL, b: FULL });
    const { check, levels } = createLevelsCheck(['a', 'b'], () => read(), { readiness: false });
    expect(levels()).toEqual({ a: UNKNOWN, b: UNKNOWN });
    expect(await look(check)).toEqual({ healthy: true, message: 'Every level can be read' });
    expect(levels()).toEqual({ a: FULL, b: FULL });
    read = async () => ({ a: FULL, b: new Error('malformed') });
    expect(await look(check)).toEqual({ healthy: false, message: 'No level of b can be read' });
    expect(levels()).toEqual({ a: FULL, b: UNKNOWN });
    read = async () => {
      throw new Error('gone');
    };
    await expect(look(check)).rejects.toThrow('gone');
    expect(levels()).toEqual({ a: UNKNOWN, b: UNKNOWN });
  });

  test('that come after their time are not told', async () => {
    const late = Promise.withResolvers<{ a: typeof FULL }>();
    const { check, levels } = createLevelsCheck(['a'], () => late.promise, { readiness: false });
    const time = new AbortController();
    const looked = look(check, time.signal);
    time.abort();
    late.resolve({ a: FULL });
    await looked;
    expect(levels()).toEqual({ a: UNKNOWN });
  });
});
