/** get-state and control behind API Gateway's proxy integration: answers, conflicts, a table that fails. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createHandler as createControl } from '../../functions/control.ts';
import { createHandler as createGetState } from '../../functions/get-state.ts';
import { givenLevelRuntime, proxyEvent } from './events.ts';

const staleError = () => new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
const STATUS = proxyEvent('GET', '/circuit-breaker');
const RESET = proxyEvent('POST', '/circuit-breaker/reset');
const bodyOf = (answer: { body: string }) => JSON.parse(answer.body) as Record<string, unknown>;

describe('get-state', () => {
  test('reads the row strongly consistent and answers it as JSON that is not cached', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 2, errorCount: 6, epoch: 1 } });
    const answer = await createGetState(runtime)(STATUS);
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    });
    expect(bodyOf(answer)).toMatchObject({ scope: 'default', currentLevel: 2, errorCount: 6 });
    expect(dynamo.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'Table',
      Key: { PK: 'SYSTEM_STATE' },
      ConsistentRead: true,
    });
  });

  test('answers 503 without details where the table fails, and tells the log', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    dynamo.on(GetCommand).rejects(new Error('secret endpoint'));
    const answer = await createGetState(runtime)(STATUS);
    expect(answer.statusCode).toBe(503);
    expect(answer.body).not.toContain('secret');
    expect(told[0]?.[1]).toBe('status failed');
  });

  test('answers 500 without details to what is no proxy event', async () => {
    const { runtime } = givenLevelRuntime();
    const answer = await createGetState(runtime)({ Records: [] });
    expect(answer).toMatchObject({ statusCode: 500 });
    expect(bodyOf(answer)).toEqual({ status: 500, message: 'Internal Server Error' });
  });
});

describe('control', () => {
  test('answers 409 when the row changed under each of three tries', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({});
    dynamo.on(UpdateCommand).rejects(staleError());
    const answer = await createControl(runtime)(RESET);
    expect(answer.statusCode).toBe(409);
    expect(bodyOf(answer)['message']).toContain('changed under each of 3 tries');
    expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(3);
  });

  test('tells the log once of the epoch it began', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const history = [{ epoch: 1, from: 1, to: 1, at: 'now', reason: 'reset' }];
    dynamo.on(GetCommand).resolves({});
    dynamo.on(UpdateCommand).resolves({ Attributes: { epoch: 1, history } });
    expect((await createControl(runtime)(RESET)).statusCode).toBe(200);
    expect(told.map(([, what]) => what)).toEqual(['epoch began', 'LevelChanged']);
  });

  test.each([
    ['PUT', '/circuit-breaker/override', { level: 2, reason: 'x' }],
    ['DELETE', '/circuit-breaker/override', undefined],
    ['PUT', '/circuit-breaker/policy', { errorsToDegrade: 3 }],
  ])('%s %s refuses a malformed row and says what heals it', async (method, resource, body) => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 9 } });
    const answer = await createControl(runtime)(proxyEvent(method, resource, body));
    expect(answer.statusCode).toBe(500);
    expect(bodyOf(answer)['message']).toContain('POST /circuit-breaker/reset heals it');
    expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(0);
  });

  test('answers 404 to a route that it does not have', async () => {
    const { runtime } = givenLevelRuntime();
    const answer = await createControl(runtime)(proxyEvent('GET', '/circuit-breaker/reset'));
    expect(answer.statusCode).toBe(404);
  });
});
