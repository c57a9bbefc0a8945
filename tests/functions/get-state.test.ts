/** get-state behind API Gateway's proxy integration: every scope, one scope, a table that fails. */
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createHandler as createGetState } from '../../functions/get-state.ts';
import { bank, classic } from '../../lib/level/policy.ts';
import { givenLevelRuntime, proxyEvent } from './events.ts';

const STATUS = proxyEvent('GET', '/circuit-breaker');
const ONE_STATUS = { ...STATUS, queryStringParameters: { scope: 'default' } };
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

  test('shows every scope beside the default one, and one alone where it is named', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 2, errorCount: 6, epoch: 1 } });
    dynamo
      .on(GetCommand, { Key: { PK: 'SYSTEM_STATE#account' } })
      .resolves({ Item: { currentLevel: 3, errorCount: 10, epoch: 2 } });
    const { scopes, ...status } = bodyOf(await createGetState(runtime)(STATUS));
    const account = bodyOf(
      await createGetState(runtime)({ ...STATUS, queryStringParameters: { scope: 'account' } }),
    );
    expect(status).toMatchObject({ scope: 'default', currentLevel: 2, policy: classic });
    expect(account).toMatchObject({ scope: 'account', currentLevel: 3, policy: bank });
    expect(scopes).toEqual({ default: status, account });
    expect(bodyOf(await createGetState(runtime)(ONE_STATUS))).toEqual(status);
  });

  test('names what is wrong with the row of another scope, and hides nothing', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 2, epoch: 1 } });
    dynamo
      .on(GetCommand, { Key: { PK: 'SYSTEM_STATE#account' } })
      .resolves({ Item: { currentLevel: 9 } });
    const answer = await createGetState(runtime)(STATUS);
    expect(answer.statusCode).toBe(200);
    expect(bodyOf(answer)).toMatchObject({
      currentLevel: 2,
      scopes: { account: { scope: 'account', problem: expect.stringContaining('currentLevel') } },
    });
  });

  test('shows what operators said to callers whom the gateway knows', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    const override = { reason: 'migration', untilMs: 1 };
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 2, epoch: 1, override } });
    const status = createGetState(runtime);
    const toldTo = async (identity: object) => {
      const { body } = await status({ ...STATUS, requestContext: { identity } });
      return body.includes('migration');
    };
    // Behind an open method the gateway knows nobody, whatever a client signs.
    expect(await toldTo({ userArn: null, user: null, sourceIp: '203.0.113.7' })).toBe(false);
    expect(await toldTo({ userArn: 'arn:aws:iam::123456789012:user/ana' })).toBe(true);
    expect((await status(STATUS)).body).not.toContain('migration');
  });

  test('is 404 for a scope that there is none of', async () => {
    const { runtime } = givenLevelRuntime();
    const query = { queryStringParameters: { scope: 'nowhere' } };
    const answer = await createGetState(runtime)({ ...STATUS, ...query });
    expect(answer.statusCode).toBe(404);
    expect(bodyOf(answer)['message']).toBe('unknown scope "nowhere"; there is default, account');
  });

  test.each([['bank'], [[3, 6]], [null], [new Set(['x'])], [{ errorsToDegrade: 99 }]])(
    'ignores a row policy that is %o, and counts and logs that the deployed one decides',
    async (policy) => {
      const { dynamo, runtime, told } = givenLevelRuntime();
      dynamo.on(GetCommand).resolves({ Item: { policy } });
      const answer = await createGetState(runtime)(ONE_STATUS);
      expect(answer.statusCode).toBe(200);
      expect(bodyOf(answer)['policy']).toEqual(classic);
      expect(told.map(([kind, what]) => [kind, what])).toEqual([
        ['warn', 'row policy ignored'],
        ['count', 'PolicyIgnored'],
      ]);
    },
  );

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
