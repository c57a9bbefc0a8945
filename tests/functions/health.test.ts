/** The health function: its routes, and what of the rows and the table it tells. */
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { createHandler } from '../../functions/health.ts';
import { BreakerRegistry } from '../../lib/breaker/index.ts';
import { createHealthCheckHandler } from '../../lib/health/handler.ts';
import { createStageHealth } from '../../lib/runtime/health-runtime.ts';
import { givenLevelRuntime, NOW_MS, proxyEvent } from './events.ts';

const LEVEL = { pinned: false, since: null };

function givenHealth(failOpenLevel: 1 | 2 | 3 = 1) {
  const { dynamo, runtime, told } = givenLevelRuntime();
  const manager = createStageHealth({
    runtime,
    stage: 'dev',
    version: '1.2.3',
    failOpenLevel,
    registry: new BreakerRegistry(),
  });
  const handler = createHandler(createHealthCheckHandler(manager));
  const ask = async (path: string, method = 'GET') => {
    const { statusCode, headers, body } = await handler(proxyEvent(method, path));
    const parsed = (body === '' ? null : JSON.parse(body)) as Record<string, unknown> | null;
    return { statusCode, headers, body: parsed };
  };
  return { dynamo, told, ask };
}

test('the document tells the level of every scope, and any page may read it', async () => {
  const { dynamo, ask } = givenHealth();
  const since = new Date(NOW_MS).toISOString();
  const untilMs = NOW_MS + 1;
  dynamo.on(GetCommand, { Key: { PK: 'SYSTEM_STATE' } }).resolves({
    Item: { currentLevel: 2, lastTransition: since, override: { reason: 'drill', untilMs } },
  });
  dynamo.on(GetCommand, { Key: { PK: 'SYSTEM_STATE#account' } }).resolves({});
  const { statusCode, headers, body } = await ask('/health');
  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': '*' });
  expect(body).toMatchObject({
    status: 'degraded',
    service: 'resilient-service-dev',
    version: '1.2.3',
    levels: { default: { level: 2, pinned: true, since }, account: { level: 1, ...LEVEL } },
    checks: { 'level-table': { status: 'healthy' }, 'memory-usage': { status: 'healthy' } },
  });
  expect(dynamo.calls()).toHaveLength(2);
});

test('a malformed row of one scope hides no other', async () => {
  const { dynamo, ask } = givenHealth();
  dynamo.on(GetCommand, { Key: { PK: 'SYSTEM_STATE' } }).resolves({ Item: { currentLevel: 9 } });
  dynamo.on(GetCommand, { Key: { PK: 'SYSTEM_STATE#account' } }).resolves({});
  expect((await ask('/health')).body).toMatchObject({
    status: 'degraded',
    levels: { default: { level: null }, account: { level: 1 } },
    checks: { 'level-table': { message: 'No level of default can be read' } },
  });
});

test.each([
  [1, 200],
  [2, 200],
  [3, 503],
] as const)('without its table and with failOpenLevel %d, it is %d', async (level, readiness) => {
  const { dynamo, told, ask } = givenHealth(level);
  const secret = new Error('User arn:aws:iam::123456789012:user/x may not read /etc/key');
  dynamo.on(GetCommand).rejects(secret);
  expect(await ask('/health')).toMatchObject({
    statusCode: 200,
    body: {
      status: 'degraded',
      levels: { default: { level: null }, account: { level: null } },
      checks: { 'level-table': { status: 'unhealthy', message: 'the check failed' } },
    },
  });
  expect((await ask('/health/readiness')).statusCode).toBe(readiness);
  expect((await ask('/health/liveness')).statusCode).toBe(200);
  expect(told).toContainEqual([
    'warn',
    'health check failed',
    expect.objectContaining({ check: 'level-table', error: expect.any(Error) as Error }),
  ]);
});

test('level 3 is ready, and HEAD gets no body', async () => {
  const { dynamo, ask } = givenHealth(3);
  dynamo.on(GetCommand).resolves({ Item: { currentLevel: 3 } });
  expect(await ask('/health/readiness', 'HEAD')).toMatchObject({ statusCode: 200, body: null });
  expect(await ask('/health', 'HEAD')).toMatchObject({ statusCode: 200, body: null });
  expect((await ask('/health')).body).toMatchObject({ status: 'degraded' });
});
