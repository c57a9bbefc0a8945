/** What stays true when parts break: a lost table, a malformed row, a level with no traffic. */
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { givenService, type RunningService } from './given.ts';

const TableName = 'ServiceResiliencyTable-dev';

const tableClient = (service: RunningService) => {
  const { connection } = service.server.table ?? {};
  if (connection === undefined) throw new Error('no table');
  return new DynamoDBClient(connection);
};

const putRow = async (service: RunningService, row: Record<string, unknown>) => {
  const client = DynamoDBDocumentClient.from(tableClient(service));
  await client.send(new PutCommand({ TableName, Item: { PK: 'SYSTEM_STATE', ...row } }));
};

describe('with the table gone', () => {
  test.each([
    ['1', true, 500, '1'],
    ['1', false, 200, '1'],
    ['2', false, 200, '2'],
    ['3', false, 503, '3'],
  ])('FAIL_OPEN_LEVEL %s serves, marked, error %s: %i', async (level, error, status, served) => {
    const service = await givenService({ FAIL_OPEN_LEVEL: level });
    await tableClient(service).send(new DeleteTableCommand({ TableName }));
    const reply = await service.post({ error });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('X-Service-Level')).toBe(served);
    expect(reply.headers.get('X-Service-Fail-Open')).toBe('true');
    expect(service.telemetry.countOf('StateReadFailed', 'default')).toBe(1);
    expect(service.telemetry.countOf('MutatorFailed', 'default')).toBe(0);
    expect(service.telemetry.countOf('ProbeResult', 'default')).toBe(0);
  });

  test('the status says so, without details', async () => {
    const service = await givenService();
    await tableClient(service).send(new DeleteTableCommand({ TableName }));
    expect(await service.send('GET', '/circuit-breaker')).toMatchObject({
      status: 503,
      body: { status: 503, message: 'the level table did not answer; try again' },
    });
  });
});

describe('a row that was edited by hand', () => {
  test('with only the attributes of the source works', async () => {
    const service = await givenService();
    const lastUpdated = '2025-01-01T00:00:00.000Z';
    await putRow(service, { currentLevel: 1, errorCount: 4, lastUpdated });
    await service.postTimes(1, true);
    expect(await service.status()).toMatchObject({ currentLevel: 2, errorCount: 5, epoch: 1 });
  });

  test('that is malformed serves open, says what is wrong, and a reset heals it', async () => {
    const service = await givenService();
    await putRow(service, { currentLevel: 7, errorCount: 'many', epoch: 12 });
    const reply = await service.post({ error: true });
    expect(reply.headers.get('X-Service-Fail-Open')).toBe('true');
    expect(await service.send('GET', '/circuit-breaker')).toMatchObject({
      status: 500,
      body: {
        message:
          'row SYSTEM_STATE is malformed (currentLevel must be 1, 2 or 3, got 7; errorCount must be an integer from 0, got "many"); POST /circuit-breaker/reset heals it',
      },
    });
    const healed = await service.send('POST', '/circuit-breaker/reset');
    expect(healed).toMatchObject({ status: 200, body: { currentLevel: 1, epoch: 13 } });
    expect((await service.post({})).headers.get('X-Service-Fail-Open')).toBeNull();
  });

  test('with a policy that does not validate is judged by the deployed one, and counted', async () => {
    const service = await givenService();
    await putRow(service, { policy: { errorsToDegrade: 99 } });
    await service.postTimes(5, true);
    expect(await service.status()).toMatchObject({ currentLevel: 2 });
    expect(service.telemetry.countOf('PolicyIgnored', 'default')).toBeGreaterThan(0);
  });
});

describe('the tick', () => {
  test('climbs out of maintenance with no traffic', async () => {
    const service = await givenService({ TICK_SECONDS: '1', POLICY: 'bank' });
    await putRow(service, { currentLevel: 3, errorCount: 10, successCount: 2, epoch: 2 });
    await vi.waitUntil(async () => (await service.status()).currentLevel === 2, { timeout: 5_000 });
    expect(await service.status()).toMatchObject({ errorCount: 5, epoch: 3 });
  });

  test('finishes what a crash between the two writes left', async () => {
    const service = await givenService({ TICK_SECONDS: '1' });
    await putRow(service, { currentLevel: 1, errorCount: 6, epoch: 0 });
    await vi.waitUntil(async () => (await service.status()).currentLevel === 2, { timeout: 5_000 });
    expect(await service.status()).toMatchObject({ errorCount: 5, epoch: 1 });
  });
});
