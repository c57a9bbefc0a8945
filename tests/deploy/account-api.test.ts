/** GET /account/{id} as packaged: what the workflow is started with, and that all else is as for POST /service-api. */
import { beforeAll, describe, expect, test } from 'vitest';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { deployedIn } from '../../lib/runtime/scopes.ts';
import { testedScopes } from '../runtime/given-scopes.ts';
import { stateKeyOf } from '../../lib/store/level-store.ts';
import { substitute } from './intrinsics.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';
import { mapRequest, type GatewayInput } from './velocity.ts';

const CONTEXT = {
  requestId: '6a1f-0c',
  requestTimeEpoch: 1_767_323_045_000,
  httpMethod: 'GET',
  path: '/dev/account/1',
  domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
  apiId: 'abc123',
};

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;

  beforeAll(async () => {
    service = await packaged(stage);
  }, 240_000);

  const integrationOf = (id: string) =>
    service.resource(id).Properties['Integration'] as Readonly<Record<string, unknown>>;

  const started = (request: GatewayInput) => {
    const { RequestTemplates: templates } = integrationOf('ApiGatewayMethodAccountIdVarGet');
    const { 'application/json': template } = templates as Record<string, unknown>;
    const text = mapRequest(
      substitute(template, (name) => name),
      request,
      CONTEXT,
    );
    const { input = '' } = JSON.parse(text) as Record<string, string>;
    return JSON.parse(input) as unknown;
  };

  const expectedOf = (request: object) => ({
    kind: 'request',
    scope: 'account',
    stateKey: stateKeyOf('account'),
    receivedAt: CONTEXT.requestTimeEpoch,
    failOpenLevel: 1,
    readReplicas: 0,
    signals: testedScopes()['account']?.signals,
    safe: true,
    bypass: false,
    deployed: deployedInput(deployedIn(testedScopes(), 'account', 'classic').policy),
    trace: {},
    request: {
      method: 'GET',
      resource: '/account/{id}',
      requestId: CONTEXT.requestId,
      rawPath: '/account/1',
      pathParameters: {},
      query: {},
      headers: {},
      bodyText: '',
      ...request,
    },
  });

  test('an account is asked for in its own scope', () => {
    const request = { path: { id: '12345' }, querystring: { error: 'true' } };
    expect(started({ body: '', ...request })).toStrictEqual(
      expectedOf({ pathParameters: { id: '12345' }, query: { error: 'true' } }),
    );
  });

  test('a request without a body has none', () => {
    expect(started({ body: undefined, path: { id: '1' } })).toStrictEqual(
      expectedOf({ pathParameters: { id: '1' } }),
    );
  });

  test.each([
    '"},"stateKey":"SYSTEM_STATE","x":{"y":"',
    String.raw`\"},\"scope\":\"default\",\"x\":{\"y\":\"`,
    '#set($stateKey = "SYSTEM_STATE") $stateKey ${Scope}',
    "'; #end \u2028 💥",
  ])('the id %j gets out of its place in no way', (id) => {
    expect(started({ body: '', path: { id } })).toStrictEqual(
      expectedOf({ pathParameters: { id } }),
    );
  });

  test('all else is as for POST /service-api', () => {
    const { RequestTemplates: _ofPost, ...ofPost } = integrationOf(
      'ApiGatewayMethodServiceDashapiPost',
    );
    const { RequestTemplates: templates, ...ofGet } = integrationOf(
      'ApiGatewayMethodAccountIdVarGet',
    );
    expect(ofGet).toEqual(ofPost);
    expect(Object.keys(templates as object)).toEqual(['application/json']);
    const answers = (id: string) => service.resource(id).Properties['MethodResponses'];
    expect(answers('ApiGatewayMethodAccountIdVarGet')).toEqual(
      answers('ApiGatewayMethodServiceDashapiPost'),
    );
    expect(answers('ApiGatewayMethodAccountIdVarOptions')).toEqual(
      answers('ApiGatewayMethodServiceDashapiOptions'),
    );
  });
});
