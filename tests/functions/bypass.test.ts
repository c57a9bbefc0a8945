/** The operator's way past the level, as it is deployed: what it starts, and what it answers. */
import { describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/bypass.ts';
import { classic } from '../../lib/level/policy.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { givenScopes } from '../runtime/given-scopes.ts';
import { rememberingTelemetry } from './events.ts';

const SCOPES = givenScopes({
  default: { routes: ['POST /service-api'] },
  orders: { routes: ['GET /orders/{id}', 'ANY /orders/{id}/{proxy+}'], signals: 'both' },
});

const ANSWER = {
  statusCode: 201,
  headers: { 'Content-Type': 'text/plain', ETag: '"x"' },
  body: 'made',
  level: 1,
  failOpen: false,
};

const SIGNED = {
  Authorization: 'AWS4-HMAC-SHA256 Credential=AKID',
  'X-Amz-Date': '20260102T030405Z',
  'X-Amz-Security-Token': 'secret',
  Host: 'api.example.com',
  'X-Forwarded-For': '203.0.113.7',
};

function given(run: (input: WorkflowInput) => unknown = () => ANSWER) {
  const started: WorkflowInput[] = [];
  const { telemetry, told } = rememberingTelemetry();
  const handler = createHandler({
    config: { policy: 'classic', failOpenLevel: 2 },
    scopes: SCOPES,
    telemetry,
    async run(input) {
      started.push(input);
      const output = await run(input);
      return output === undefined ? undefined : JSON.stringify(output);
    },
  });
  const ask = (method: string, path: string, more: object = {}) =>
    handler({
      httpMethod: method,
      path: `/circuit-breaker/bypass${path}`,
      headers: SIGNED,
      queryStringParameters: null,
      body: null,
      requestContext: { requestId: 'r-1', requestTimeEpoch: 5 },
      ...more,
    });
  return { ask, started, told };
}

describe('an operator', () => {
  test.each(['/ops', '/the/ops'])('finds the route behind the prefix %s too', async (prefix) => {
    const { ask, started } = given();
    // A path of the service may hold the words once more.
    const own = '/orders/7/circuit-breaker/bypass';
    await ask('GET', own, { path: `${prefix}/circuit-breaker/bypass${own}` });
    expect(started.map(({ request }) => request.rawPath)).toEqual([own]);
  });

  test('starts the execution of the route, past the level, without the signature', async () => {
    const { ask, started } = given();
    const headers = { ...SIGNED, 'X-Custom': '1' };
    await ask('GET', '/orders/a%2Fb', { headers, queryStringParameters: { q: 'x' } });
    expect(started).toEqual([
      {
        kind: 'request',
        scope: 'orders',
        stateKey: 'SYSTEM_STATE#orders',
        receivedAt: 5,
        failOpenLevel: 2,
        readReplicas: 0,
        signals: 'both',
        safe: false,
        bypass: true,
        deployed: deployedInput(classic),
        trace: {},
        request: {
          requestId: 'r-1',
          method: 'GET',
          resource: '/orders/{id}',
          rawPath: '/orders/a%2Fb',
          pathParameters: { id: 'a/b' },
          query: { q: 'x' },
          headers: { 'x-custom': '1' },
          bodyText: '',
        },
      },
    ]);
  });

  test('gets what the service answers, and the level that served', async () => {
    const answer = await given().ask('POST', '/service-api', { body: '{}' });
    expect(answer).toMatchObject({
      statusCode: 201,
      body: 'made',
      headers: { 'Content-Type': 'text/plain', ETag: '"x"', 'X-Service-Level': '1' },
    });
    expect(answer.headers).not.toHaveProperty('X-Service-Fail-Open');
  });

  test('is told that the level could not be read', async () => {
    const { ask } = given(() => ({ ...ANSWER, failOpen: true }));
    expect((await ask('POST', '/service-api')).headers).toMatchObject({
      'X-Service-Fail-Open': 'true',
    });
  });

  test.each([
    ['GET', '/service-api'],
    ['GET', '/nowhere'],
    ['GET', ''],
  ])('is told that there is no %s %s, and nothing starts', async (method, path) => {
    const { ask, started } = given();
    expect(await ask(method, path)).toMatchObject({ statusCode: 404 });
    expect(started).toEqual([]);
  });

  test('is refused what the workflow has no room for, and nothing starts', async () => {
    const { ask, started } = given();
    const answer = await ask('POST', '/service-api', { body: 'x'.repeat(258_048) });
    expect(answer).toMatchObject({ statusCode: 413 });
    expect(answer.body).toContain('at most 258048 bytes');
    expect(started).toEqual([]);
  });

  test.each([
    ['fails', () => undefined],
    ['answers nothing usable', () => ({ statusCode: 'x' })],
    ['cannot be started', () => Promise.reject(new Error('denied for arn:aws:iam::1:role/x'))],
  ])('gets a plain 500 where the workflow %s', async (_what, run) => {
    const answer = await given(run).ask('POST', '/service-api');
    expect(answer).toMatchObject({
      statusCode: 500,
      body: '{"status":500,"message":"Internal Server Error"}',
    });
  });
});
