/** The packaged REST API of each stage: routes, who may call them, limits, and the gateway's own answers. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packaged, STAGES, type Packaged } from './packaged.ts';

const LIMITS = {
  dev: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
  prod: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
} as const;

const HEALTH_PATHS = ['/health', '/health/liveness', '/health/readiness'];

const ROUTES = {
  'POST /service-api': 'NONE',
  'OPTIONS /service-api': 'NONE',
  'GET /account/{id}': 'NONE',
  'HEAD /account/{id}': 'NONE',
  'OPTIONS /account/{id}': 'NONE',
  'GET /circuit-breaker': 'NONE',
  'OPTIONS /circuit-breaker': 'NONE',
  ...Object.fromEntries(
    HEALTH_PATHS.flatMap((path) =>
      ['GET', 'HEAD', 'OPTIONS'].map((method) => [`${method} ${path}`, 'NONE']),
    ),
  ),
  'POST /circuit-breaker/reset': 'AWS_IAM',
  'PUT /circuit-breaker/override': 'AWS_IAM',
  'DELETE /circuit-breaker/override': 'AWS_IAM',
  'PUT /circuit-breaker/policy': 'AWS_IAM',
  'PATCH /circuit-breaker/policy': 'AWS_IAM',
  'ANY /circuit-breaker/bypass/{proxy+}': 'AWS_IAM',
};

const GATEWAY_ANSWERS: Readonly<Record<string, number>> = {
  BAD_REQUEST_BODY: 400,
  UNSUPPORTED_MEDIA_TYPE: 415,
  REQUEST_TOO_LARGE: 413,
  THROTTLED: 429,
  UNAUTHORIZED: 401,
  INVALID_API_KEY: 403,
  QUOTA_EXCEEDED: 429,
  INTEGRATION_TIMEOUT: 504,
  INTEGRATION_FAILURE: 504,
  MISSING_AUTHENTICATION_TOKEN: 404,
  RESOURCE_NOT_FOUND: 404,
  ACCESS_DENIED: 403,
  INVALID_SIGNATURE: 403,
  EXPIRED_TOKEN: 403,
  DEFAULT_4XX: 400,
  DEFAULT_5XX: 500,
};

type Texts = Readonly<Record<string, string>>;

const DOCUMENT = parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'), {
  merge: true,
}) as {
  readonly paths: {
    readonly '/service-api': {
      readonly post: {
        readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
      };
    };
  };
  readonly components: { readonly schemas: { readonly Problem: object } };
};

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;

  beforeAll(async () => {
    service = await packaged(stage);
  }, 240_000);

  test('what changes the level needs a signed request, everything else is open', () => {
    const methods = service.ofType('AWS::ApiGateway::Method').map(([, { Properties: method }]) => {
      const { HttpMethod: verb, ResourceId: resource, AuthorizationType: authorization } = method;
      return [`${String(verb)} ${pathOf(service, resource)}`, authorization];
    });
    expect(Object.fromEntries(methods)).toEqual(ROUTES);
  });

  test('a request is checked against its model before anything starts', () => {
    expect(service.resource('ApiGatewayMethodServiceDashapiPost').Properties).toMatchObject({
      RequestModels: { 'application/json': { Ref: 'ServiceRequestModel' } },
      RequestValidatorId: { Ref: 'ServiceRequestValidator' },
      Integration: { Type: 'AWS', PassthroughBehavior: 'NEVER', TimeoutInMillis: 29_000 },
    });
    expect(service.resource('ServiceRequestValidator').Properties).toMatchObject({
      ValidateRequestBody: true,
    });
  });

  test('JSON alone is taken, and only StartSyncExecution is called', () => {
    const { Integration: integration } = service.resource(
      'ApiGatewayMethodServiceDashapiPost',
    ).Properties;
    const { Uri: uri, RequestTemplates: templates } = integration as Record<string, object>;
    expect(Object.keys(templates ?? {})).toEqual(['application/json']);
    expect(uri).toEqual({
      'Fn::Sub': 'arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartSyncExecution',
    });
  });

  test('each method has one answer for a status code, and one for a pattern', () => {
    for (const [id, { Properties: method }] of service.ofType('AWS::ApiGateway::Method')) {
      const { IntegrationResponses: responses = [] } = method['Integration'] as {
        readonly IntegrationResponses?: readonly Record<string, string>[];
      };
      for (const key of ['StatusCode', 'SelectionPattern']) {
        const given = responses.map((response) => response[key]);
        expect([id, key, ...given]).toEqual([id, key, ...new Set(given)]);
      }
    }
  });

  test('the gateway answers as JSON with status and message', () => {
    const answers = service.ofType('AWS::ApiGateway::GatewayResponse').map(([, answer]) => {
      const {
        ResponseType: type,
        StatusCode: code,
        ResponseTemplates: templates,
      } = answer.Properties;
      const { 'application/json': template = '' } = templates as Record<string, string>;
      const text = template.replaceAll('$context.error.messageString', '"the gateway says"');
      const body = JSON.parse(text) as Record<string, unknown>;
      expect(Object.keys(body)).toEqual(['status', 'message']);
      expect(body['message']).toEqual(expect.any(String));
      expect(String(body['status'])).toBe(code);
      return [type, Number(code)];
    });
    expect(Object.fromEntries(answers)).toEqual(GATEWAY_ANSWERS);
  });

  test('what the gateway says by itself is in the words of the document', () => {
    const problem = new Ajv2020({ strict: false }).compile(DOCUMENT.components.schemas.Problem);
    const { responses } = DOCUMENT.paths['/service-api'].post;
    for (const [id, { Properties: answer }] of service.ofType('AWS::ApiGateway::GatewayResponse')) {
      const { 'application/json': template = '' } = answer['ResponseTemplates'] as Texts;
      const text = template.replaceAll('$context.error.messageString', '"the gateway says"');
      expect([id, problem(JSON.parse(text))]).toEqual([id, true]);
      // What is said before a route is, of callers, or of the gateway itself stands in the description.
      const isRouteless = ['401', '403', '404', '504'].includes(String(answer['StatusCode']));
      if (!isRouteless) expect(Object.keys(responses)).toContain(answer['StatusCode']);
    }
  });

  test('a page can read each header of an answer that the document has', () => {
    const { responses } = DOCUMENT.paths['/service-api'].post;
    const documented = new Set(
      Object.values(responses).flatMap((response) => Object.keys(response.headers ?? {})),
    );
    const { Integration: integration } = service.resource(
      'ApiGatewayMethodServiceDashapiPost',
    ).Properties;
    const { IntegrationResponses: answers } = integration as {
      readonly IntegrationResponses: readonly { readonly ResponseParameters: Texts }[];
    };
    for (const { ResponseParameters: parameters } of answers) {
      const exposed = parameters['method.response.header.Access-Control-Expose-Headers'] ?? '';
      expect(new Set(exposed.slice(1, -1).split(','))).toEqual(documented);
    }
  });

  test('a page of another origin can read every refusal', () => {
    const parameters = service
      .ofType('AWS::ApiGateway::GatewayResponse')
      .map(([, answer]) => answer.Properties['ResponseParameters']);
    const origin = { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" };
    for (const given of parameters) expect(given).toMatchObject(origin);
  });

  test('who is throttled is told when to try again', () => {
    expect(service.resource('ThrottledAnswer').Properties['ResponseParameters']).toMatchObject({
      'gatewayresponse.header.Retry-After': "'1'",
    });
  });

  test('pages of any origin may call the service and read the status, nothing else', () => {
    const preflights = service
      .ofType('AWS::ApiGateway::Method')
      .filter(([, method]) => method.Properties['HttpMethod'] === 'OPTIONS')
      .map(([, method]) => {
        const { Integration: integration, ResourceId: resource } = method.Properties;
        const [answer] = (integration as { IntegrationResponses: { ResponseParameters: object }[] })
          .IntegrationResponses;
        return [pathOf(service, resource), answer?.ResponseParameters];
      });
    const allow = (methods: string) => ({
      'method.response.header.Access-Control-Allow-Origin': "'*'",
      'method.response.header.Access-Control-Allow-Headers': "'Content-Type'",
      'method.response.header.Access-Control-Allow-Methods': `'${methods}'`,
      'method.response.header.Access-Control-Max-Age': "'600'",
    });
    expect(Object.fromEntries(preflights)).toEqual({
      '/service-api': allow('OPTIONS,POST'),
      '/account/{id}': allow('OPTIONS,GET,HEAD'),
      '/circuit-breaker': allow('OPTIONS,GET'),
      ...Object.fromEntries(HEALTH_PATHS.map((path) => [path, allow('OPTIONS,HEAD,GET')])),
    });
  });

  test('the stage limits every method and logs every request', () => {
    const { Properties: api } = service.resource('ApiStage');
    expect(api).toMatchObject({
      StageName: stage,
      MethodSettings: [{ HttpMethod: '*', ResourcePath: '/*', ...LIMITS[stage] }],
      AccessLogSetting: { DestinationArn: { 'Fn::GetAtt': ['AccessLogGroup', 'Arn'] } },
    });
    const { Format: format } = api['AccessLogSetting'] as { readonly Format: string };
    expect(JSON.parse(format)).toMatchObject({
      requestId: '$context.requestId',
      status: '$context.status',
    });
  });

  test('the stage waits for the role that its log is written with', () => {
    expect(service.resource('ApiStage').DependsOn).toEqual(['GatewayAccount']);
    for (const id of ['GatewayAccount', 'GatewayLogRole']) {
      expect(service.resource(id).DeletionPolicy).toBe('Retain');
    }
  });

  test('the stage shows one deployment, named by its content and made after all of it', () => {
    const shown = ['AWS::ApiGateway::Method', 'AWS::ApiGateway::GatewayResponse'].flatMap((type) =>
      service.ofType(type).map(([id]) => id),
    );
    const ids = service.ofType('AWS::ApiGateway::Deployment').map(([id]) => id);
    expect(ids).toEqual([expect.stringMatching(/^ApiGatewayDeployment[0-9a-f]{12}$/)]);
    const [id = ''] = ids;
    const { Properties: properties, DependsOn: dependsOn } = service.resource(id);
    expect(properties).toEqual({ RestApiId: { Ref: 'ApiGatewayRestApi' } });
    expect(new Set(dependsOn)).toEqual(new Set(shown));
    expect(service.resource('ApiStage').Properties['DeploymentId']).toEqual({ Ref: id });
  });
});

/** The path of a resource of the API, from the root down. */
function pathOf(service: Packaged, reference: unknown): string {
  const { Ref: id } = reference as { readonly Ref?: string };
  if (id === undefined) return '';
  const { PathPart: part, ParentId: parent } = service.resource(id).Properties;
  return `${pathOf(service, parent)}/${String(part)}`;
}
