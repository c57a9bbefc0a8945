/** What the template has of each service: its paths and methods, its tick, its tables, its roles' permissions. */
import { TEXT_TYPES } from '../lib/runtime/content-types.ts';
import { deployedInput } from '../lib/runtime/deployed-input.ts';
import { methodsOf } from '../lib/runtime/route-table.ts';
import { isGreedy, isParameter, nameOf, segmentsOf } from '../lib/runtime/routes.ts';
import { deployedIn } from '../lib/runtime/scopes.ts';
import { stateKeyOf } from '../lib/store/level-store.ts';
import { authorizers, authorizationOf } from './callers.js';
import { allowedBy, preflight } from './cors.js';
import { deploymentOf, schemaOf } from './deployment.js';
import { faceRoles } from './face-roles.js';
import { whenReplaced } from './replace-policy.js';
import { lastGoodTable } from './upstreams.js';
import {
  ANSWER,
  MAPPINGS,
  REFUSAL,
  requestTemplate,
  tenantMappings,
  THROTTLED,
} from './templates.js';

/** The most targets that a rule of EventBridge has. */
const TARGETS = 5;

const API = { Ref: 'ApiGatewayRestApi' };

async function services({ resolveVariable, file }) {
  const deployment = await deploymentOf(resolveVariable, file);
  const [deletion, isProtected, rate, burst] = await Promise.all(
    ['tableDeletionPolicy', 'tableDeletionProtection', 'throttleRate', 'throttleBurst'].map(
      (name) => resolveVariable(`param:${name}`),
    ),
  );
  const { scopes } = deployment;
  const routed = Object.entries(scopes).flatMap(([scope, entry]) =>
    [...methodsOf(entry, scopes)].map(([path, methods]) => ({ scope, entry, path, methods })),
  );
  return {
    Mappings: { ...MAPPINGS, ...tenantMappings(scopes) },
    Resources: {
      ...pathResources(routed.map(({ path }) => path)),
      ...models(Object.values(scopes)),
      ...authorizers(deployment, { rate, burst }),
      ...Object.assign({}, ...routed.map((route) => methodResources(route, deployment))),
      ...ticks(deployment),
      ...tables(deployment, { deletion, isProtected }),
      ...lastGoodTable(deployment),
      ...faceRoles(deployment),
    },
  };
}

export { services as 'module.exports' };

/** As the framework names what it makes itself. */
function idOf(path) {
  const parts = segmentsOf(path).map((segment) => {
    const words = nameOf(segment)
      .replaceAll('-', 'Dash')
      .replaceAll('_', 'Underscore')
      .replaceAll('.', 'Dot')
      .replaceAll(':', 'Colon')
      .replaceAll('~', 'Tilde');
    const name = words.charAt(0).toUpperCase() + words.slice(1);
    return isParameter(segment) ? `${name}${isGreedy(segment) ? 'Greedy' : ''}Var` : name;
  });
  return parts.join('');
}

const resourceOf = (path) =>
  path === '/'
    ? { 'Fn::GetAtt': ['ApiGatewayRestApi', 'RootResourceId'] }
    : { Ref: `ApiGatewayResource${idOf(path)}` };

/** One for each part of each path, once. */
function pathResources(paths) {
  const all = paths.flatMap((path) => {
    const segments = segmentsOf(path);
    return segments.map((segment, index) => [
      `/${segments.slice(0, index + 1).join('/')}`,
      `/${segments.slice(0, index).join('/')}`,
      segment,
    ]);
  });
  return Object.fromEntries(
    all.map(([path, parent, segment]) => [
      `ApiGatewayResource${idOf(path)}`,
      {
        Type: 'AWS::ApiGateway::Resource',
        Properties: { RestApiId: API, ParentId: resourceOf(parent), PathPart: segment },
      },
    ]),
  );
}

/** Bodies are held to a model where a module serves: an API of one's own judges them itself. */
const modelOf = ({ module, body }) => (module === undefined ? null : (body ?? 'UpstreamRequest'));

function models(entries) {
  const names = [...new Set(entries.map(modelOf))].filter((name) => name !== null);
  if (names.length === 0) return {};
  const made = names.map((name) => [
    `${name}Model`,
    {
      Type: 'AWS::ApiGateway::Model',
      Properties: { RestApiId: API, ContentType: 'application/json', Schema: schemaOf(name) },
    },
  ]);
  return {
    ...Object.fromEntries(made),
    ServiceRequestValidator: {
      Type: 'AWS::ApiGateway::RequestValidator',
      Properties: {
        RestApiId: API,
        Name: 'body',
        ValidateRequestBody: true,
        ValidateRequestParameters: false,
      },
    },
  };
}

const HAS_BODY = new Set(['ANY', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** The methods of a path: ANY is one where it is all that the path has. */
function methodResources({ scope, entry, path, methods }, deployment) {
  const any = entry.routes.some((route) => route.method === 'ANY' && route.path === path);
  const named = entry.routes.filter((route) => route.path === path && route.method !== 'ANY');
  const explicit = named.map(({ method }) => method);
  const heads = methods.includes('HEAD') && explicit.includes('GET') && !any ? ['HEAD'] : [];
  const made = [...new Set([...explicit, ...heads, ...(any ? ['ANY'] : [])])].map((method) => [
    `ApiGatewayMethod${idOf(path)}${pascal(method)}`,
    method === 'OPTIONS' && entry.cors !== 'off'
      ? null
      : serviceMethod({ scope, entry, path, method }, deployment),
  ]);
  const open =
    entry.cors === 'off'
      ? []
      : [[`ApiGatewayMethod${idOf(path)}Options`, options(entry, path, methods)]];
  return Object.fromEntries([...made.filter(([, it]) => it !== null), ...open]);
}

const pascal = (method) => method.charAt(0) + method.slice(1).toLowerCase();

function serviceMethod({ scope, entry, path, method }, deployment) {
  const template = requestTemplate(path, scope, deployment);
  const types =
    entry.module === undefined ? [...TEXT_TYPES, ...entry.contentTypes] : ['application/json'];
  const model = HAS_BODY.has(method) ? modelOf(entry) : null;
  const parameters = segmentsOf(path).filter(isParameter).map(nameOf);
  const { parameters: cors, declared } = allowedBy(entry.cors);
  return {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: API,
      ResourceId: resourceOf(path),
      HttpMethod: method,
      ...authorizationOf(entry.auth),
      ...(parameters.length > 0 && {
        RequestParameters: Object.fromEntries(
          parameters.map((name) => [`method.request.path.${name}`, true]),
        ),
      }),
      ...(model !== null && {
        RequestModels: { 'application/json': { Ref: `${model}Model` } },
        RequestValidatorId: { Ref: 'ServiceRequestValidator' },
      }),
      Integration: {
        Type: 'AWS',
        IntegrationHttpMethod: 'POST',
        Uri: {
          'Fn::Sub':
            'arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartSyncExecution',
        },
        Credentials: { 'Fn::GetAtt': ['GatewayRole', 'Arn'] },
        // What has no template here is 415, and starts nothing.
        PassthroughBehavior: 'NEVER',
        // Above the workflow's own 25 s, so that its end is known.
        TimeoutInMillis: 29_000,
        RequestTemplates: Object.fromEntries(types.map((type) => [type, template])),
        // A pattern is matched against the status of StartSyncExecution, which is 200 for a failed
        // execution too: the template looks at the execution. Of two answers with one StatusCode the
        // gateway would keep one.
        IntegrationResponses: [
          response('200', undefined, cors, ANSWER),
          response('429', '429', cors, THROTTLED),
          response('500', String.raw`4(?!29)\d{2}|5\d{2}`, cors, REFUSAL),
        ],
      },
      // The templates override the status, so that not each one they answer with stands here.
      MethodResponses: ['200', '429', '500'].map((status) => ({
        StatusCode: status,
        ...(declared !== null && { ResponseParameters: declared }),
      })),
    },
  };
}

const response = (status, pattern, cors, template) => ({
  StatusCode: status,
  ...(pattern !== undefined && { SelectionPattern: pattern }),
  ...(cors !== null && { ResponseParameters: cors }),
  ResponseTemplates: { 'application/json': template },
});

function options(entry, path, methods) {
  return {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: API,
      ResourceId: resourceOf(path),
      HttpMethod: 'OPTIONS',
      AuthorizationType: 'NONE',
      ...preflight(entry.cors, methods),
    },
  };
}

/**
 * The tick of each scope. A rule knows the time only as text, so receivedAt is a constant: on the tick's path
 * nothing compares with it, the mutator judges by its own clock. A missed tick is not repeated, the next
 * one does its work.
 */
function ticks({ scopes, policy, failOpenLevel }) {
  const targets = Object.entries(scopes).map(([scope, { signals, readReplicas }], index) => ({
    Id: `tick${index}`,
    Arn: { Ref: 'ServiceResiliencyWorkflow' },
    RoleArn: { 'Fn::GetAtt': ['TickRole', 'Arn'] },
    RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
    Input: JSON.stringify({
      kind: 'tick',
      scope,
      stateKey: stateKeyOf(scope),
      receivedAt: 0,
      failOpenLevel: Number(failOpenLevel),
      readReplicas,
      signals,
      safe: true,
      bypass: false,
      deployed: deployedInput(deployedIn(scopes, scope, policy).policy),
      trace: {},
      request: {
        method: 'GET',
        resource: '',
        pathParameters: {},
        query: {},
        headers: {},
        bodyText: '',
      },
    }),
  }));
  const rules = Array.from({ length: Math.ceil(targets.length / TARGETS) }, (_, index) => [
    `TickRule${index}`,
    {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        Targets: targets.slice(index * TARGETS, (index + 1) * TARGETS),
      },
    },
  ]);
  return Object.fromEntries(rules);
}

function tables({ scopes, stage }, { deletion, isProtected }) {
  const ids = Object.values(scopes).flatMap(({ tables: own }) => Object.keys(own));
  return Object.fromEntries(
    ids.map((id) => [
      id,
      {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: deletion,
        UpdateReplacePolicy: whenReplaced(deletion),
        Properties: {
          TableName: `${id}-${stage}`,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
          SSESpecification: { SSEEnabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: isProtected,
        },
      },
    ]),
  );
}
