/** The package of a stage before an API of one's own: who is told its URLs, and what a request may be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { TEXT_TYPES } from '../../lib/runtime/content-types.ts';
import { NO_REQUEST } from '../../lib/runtime/workflow.ts';
import { givenUpstream } from '../services/upstreams.ts';
import { packaged, type Packaged } from './packaged.ts';
import { substitute } from './intrinsics.ts';
import { mapRequest, mapResponse } from './velocity.ts';

interface Mapping {
  readonly ResponseTemplates: Readonly<Record<string, string>>;
}

const PARAMS = {
  fullUpstreamUrl: 'https://api.example.com/orders?key=a%20b&c=d',
  degradedUpstreamUrl: 'https://api.example.com/orders-lite',
  probeUrl: 'https://api.example.com/health',
  upstreamTimeoutMs: '1500',
};

describe('a stage with upstreams', () => {
  let service: Packaged;

  beforeAll(async () => {
    service = await packaged('prod', PARAMS);
  }, 240_000);

  const environmentOf = (id: string) => {
    const { Environment: environment } = service.resource(id).Properties;
    return (environment as { readonly Variables: Readonly<Record<string, string>> }).Variables;
  };

  test.each(['FullDashserviceLambdaFunction', 'DegradedDashserviceLambdaFunction'])(
    'tells %s the URLs',
    (id) => {
      expect(environmentOf(id)).toMatchObject({
        FULL_UPSTREAM_URL: PARAMS.fullUpstreamUrl,
        DEGRADED_UPSTREAM_URL: PARAMS.degradedUpstreamUrl,
        PROBE_URL: PARAMS.probeUrl,
        UPSTREAM_TIMEOUT_MS: PARAMS.upstreamTimeoutMs,
      });
    },
  );

  test('tells nobody else, and the health function the page alone', () => {
    const told = service
      .ofType('AWS::Lambda::Function')
      .map(([id]) => id)
      .filter((id) => JSON.stringify(environmentOf(id)).includes('example.com/orders'));
    expect(told.toSorted()).toEqual([
      'DegradedDashserviceLambdaFunction',
      'FullDashserviceLambdaFunction',
    ]);
    expect(environmentOf('HealthLambdaFunction')).toMatchObject({ PROBE_URL: PARAMS.probeUrl });
  });

  test('lets nobody find instances', () => {
    expect(service.ofType('AWS::IAM::Policy')).toEqual([]);
  });

  test('has a bundle that asks them', async () => {
    const upstream = await givenUpstream();
    for (const name of ['FULL_UPSTREAM_URL', 'DEGRADED_UPSTREAM_URL', 'PROBE_URL']) {
      vi.stubEnv(name, upstream.url.href);
    }
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });
    const { files } = service.archive('full-service');
    writeFileSync(join(folder, 'index.js'), files.get('functions/full-service.js') ?? '');
    const { handler } = createRequire(import.meta.url)(join(folder, 'index.js')) as {
      handler: (event: unknown) => Promise<unknown>;
    };
    const event = {
      scope: 'default',
      executionId: 'x',
      failOpen: false,
      readLevel: 1,
      request: { ...NO_REQUEST, resource: '/service-api', rawPath: '/service-api' },
    };
    expect(await handler(event)).toMatchObject({ outcome: 'success', body: '{"fine":true}' });
    expect(upstream.seen).toHaveLength(1);
  });

  const methodOf = (id: string) =>
    service.resource(id).Properties as {
      readonly RequestModels?: object;
      readonly Integration: { readonly RequestTemplates: Readonly<Record<string, unknown>> };
    };

  test('takes bodies of any text at /service-api, and held to no model', () => {
    const { Integration: integration, ...method } = methodOf('ApiGatewayMethodServiceDashapiAny');
    expect(method).not.toHaveProperty('RequestModels');
    expect(Object.keys(integration.RequestTemplates)).toEqual([...TEXT_TYPES]);
  });

  test.each([
    ['abc1.execute-api.us-east-1.amazonaws.com', '/prod/orders/a%2Fb', '/prod'],
    ['api.example.com', '/orders/a%2Fb', undefined],
  ])('tells who asked, and for which path, at %s', (domainName, path, prefix) => {
    const { Integration: integration } = methodOf('ApiGatewayMethodProxyGreedyVarAny');
    const template = substitute(integration.RequestTemplates['text/plain'], (name) => name);
    const request = {
      body: 'hello',
      header: { 'X-Forwarded-For': '6.6.6.6', 'Content-Length': '5' },
      path: { proxy: 'orders/a%2Fb' },
    };
    const { input = '' } = JSON.parse(
      mapRequest(template, request, {
        requestId: 'r-1',
        requestTimeEpoch: 1,
        httpMethod: 'PUT',
        path,
        stage: 'prod',
        domainName,
        apiId: 'abc1',
        identity: { sourceIp: '203.0.113.7' },
      }),
    ) as Record<string, string>;
    expect(JSON.parse(input)).toMatchObject({
      request: {
        method: 'PUT',
        resource: '/{proxy+}',
        rawPath: '/orders/a%2Fb',
        bodyText: 'hello',
        headers: {
          'x-forwarded-for': '203.0.113.7',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': domainName,
          ...(prefix !== undefined && { 'x-forwarded-prefix': prefix }),
        },
      },
    });
  });

  test('passes every method and path on, and has no bank', () => {
    expect(methodOf('ApiGatewayMethodProxyGreedyVarAny')).toMatchObject({ HttpMethod: 'ANY' });
    expect(methodOf('ApiGatewayMethodAny')).toMatchObject({
      HttpMethod: 'ANY',
      ResourceId: { 'Fn::GetAtt': ['ApiGatewayRestApi', 'RootResourceId'] },
    });
    expect(JSON.stringify(service.resources)).not.toMatch(/account\/|AccountsTable|BANK_/);
  });

  test.each([
    ['JSON as it is', '{ "a":1.0, "b":12345678901234567890 }\n'],
    ['no body', ''],
    ['text that looks like a template', '<p>$answer.body #set($x = 1) #end</p>'],
  ])('answers with %s, byte for byte, and its type', (_what, body) => {
    const { Integration: integration } = service.resource(
      'ApiGatewayMethodServiceDashapiAny',
    ).Properties;
    const [{ ResponseTemplates: templates }] = (
      integration as { readonly IntegrationResponses: readonly [Mapping, ...Mapping[]] }
    ).IntegrationResponses;
    const headers = { 'Content-Type': 'text/html' };
    const output = JSON.stringify({ statusCode: 200, headers, body, level: 1, failOpen: false });
    const execution = JSON.stringify({ status: 'SUCCEEDED', output });
    expect(mapResponse(templates['application/json'] ?? '', execution, 200)).toEqual({
      status: 200,
      headers: { 'Content-Type': 'text/html', 'X-Service-Level': '1' },
      body,
    });
  });
});
