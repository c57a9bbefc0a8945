/** What the template has of services: of every kind, of as many as there may be, and of wrong ones. */
import { describe, expect, test } from 'vitest';
import { TEXT_TYPES } from '../../lib/runtime/content-types.ts';
import { given, maker, templateWith } from './making.ts';
import type { Role } from './policies.ts';

const [services, alarms, dashboard] = await Promise.all([
  maker('services'),
  maker('alarms'),
  maker('dashboard'),
]);
type Settings = (given: object) => Promise<object>;
const { full, degraded, maintenance } = (await import(
  ['..', '..', 'resources', 'settings.js'].join('/')
)) as { readonly full: Settings; readonly degraded: Settings; readonly maintenance: Settings };

interface Method {
  readonly HttpMethod: string;
  readonly AuthorizationType: string;
  readonly ApiKeyRequired?: boolean;
  readonly AuthorizerId?: object;
  readonly ResourceId: { readonly Ref?: string };
  readonly Integration: {
    readonly RequestTemplates: Readonly<Record<string, unknown>>;
    readonly IntegrationResponses: readonly {
      readonly StatusCode: string;
      readonly ResponseParameters?: Readonly<Record<string, string>>;
    }[];
  };
}

const AUTHORIZER = 'arn:aws:lambda:us-east-1:123456789012:function:who';
const POOL = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc';
const UPSTREAM = { url: 'https://api.example.com/v1' };

/** One of every kind. */
const EVERY_KIND = {
  default: { routes: ['POST /service-api'], module: 'demo', body: 'ServiceRequest' },
  orders: {
    routes: ['ANY /orders', 'ANY /orders/{proxy+}'],
    upstream: UPSTREAM,
    policy: 'production',
    auth: 'apiKey',
    cors: {
      origins: ['https://shop.example', 'https://desk.example'],
      headers: ['Authorization', 'Idempotency-Key'],
      credentials: true,
    },
  },
  people: { routes: ['GET /people/{id}', 'PUT /people/{id}'], module: 'demo', auth: POOL },
  inner: { routes: ['DELETE /inner'], module: 'demo', auth: 'iam', cors: 'off' },
  guarded: {
    routes: ['PATCH /guarded'],
    module: 'demo',
    auth: AUTHORIZER,
    tables: { GuardedTable: { env: 'GUARDED_TABLE', full: [{ actions: ['PutItem'] }] } },
    stages: { prod: { auth: 'iam' } },
  },
};

const templateOf = async (file: object, stage?: string) => {
  const { Resources: resources } = await services(given(file, stage));
  const methodOf = (id: string) => resources[id]?.Properties as unknown as Method;
  return { resources, methodOf };
};

describe('services of every kind', () => {
  test('have the methods that they name, HEAD where GET is, and a preflight where pages may ask', async () => {
    const { resources } = await templateOf(EVERY_KIND);
    const methods = Object.entries(resources)
      .filter(([, { Type: type }]) => type === 'AWS::ApiGateway::Method')
      .map(([id]) => id.replace('ApiGatewayMethod', ''));
    expect(methods.toSorted()).toEqual([
      'GuardedOptions',
      'GuardedPatch',
      'InnerDelete',
      'OrdersAny',
      'OrdersOptions',
      'OrdersProxyGreedyVarAny',
      'OrdersProxyGreedyVarOptions',
      'PeopleIdVarGet',
      'PeopleIdVarHead',
      'PeopleIdVarOptions',
      'PeopleIdVarPut',
      'ServiceDashapiOptions',
      'ServiceDashapiPost',
    ]);
  });

  test('ask who calls as they say, and never of a preflight', async () => {
    const { methodOf, resources } = await templateOf(EVERY_KIND);
    expect(methodOf('ApiGatewayMethodOrdersAny')).toMatchObject({ ApiKeyRequired: true });
    expect(methodOf('ApiGatewayMethodInnerDelete').AuthorizationType).toBe('AWS_IAM');
    expect(methodOf('ApiGatewayMethodPeopleIdVarGet')).toMatchObject({
      AuthorizationType: 'COGNITO_USER_POOLS',
      AuthorizerId: { Ref: 'Authorizeruseast1abc' },
    });
    expect(methodOf('ApiGatewayMethodGuardedPatch')).toMatchObject({
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: 'Authorizerwho' },
    });
    expect(methodOf('ApiGatewayMethodOrdersOptions')).toMatchObject({ AuthorizationType: 'NONE' });
    expect(Object.keys(resources)).toEqual(
      expect.arrayContaining(['CallerKey', 'CallerPlan', 'AuthorizerwhoPermission']),
    );
    // What the stage lets through, in numbers: nothing resolves a variable after this.
    expect(resources['CallerPlan']?.Properties).toMatchObject({
      Throttle: { RateLimit: 100, BurstLimit: 200 },
    });
    const onProd = await templateOf(EVERY_KIND, 'prod');
    expect(onProd.methodOf('ApiGatewayMethodGuardedPatch').AuthorizationType).toBe('AWS_IAM');
    expect(onProd.resources).not.toHaveProperty('Authorizerwho');
  });

  test('take text of every common type where an API of one’s own serves, else JSON', async () => {
    const { methodOf } = await templateOf(EVERY_KIND);
    const typesOf = (id: string) => Object.keys(methodOf(id).Integration.RequestTemplates);
    expect(typesOf('ApiGatewayMethodOrdersProxyGreedyVarAny')).toEqual([...TEXT_TYPES]);
    expect(typesOf('ApiGatewayMethodPeopleIdVarPut')).toEqual(['application/json']);
  });

  test('of several origins answer each preflight with the one that asks', async () => {
    const { methodOf } = await templateOf(EVERY_KIND);
    const { IntegrationResponses: answers } = methodOf('ApiGatewayMethodOrdersOptions').Integration;
    const header = 'method.response.header.Access-Control-Allow-Origin';
    expect(answers.map((answer) => answer.ResponseParameters?.[header])).toEqual([
      "'https://shop.example'",
      "'https://desk.example'",
    ]);
    const answered = methodOf('ApiGatewayMethodOrdersAny').Integration.IntegrationResponses;
    expect(answered.every((answer) => !(header in (answer.ResponseParameters ?? {})))).toBe(true);
  });

  test('have their tables, and permissions that end with them', async () => {
    const { resources } = await templateOf(EVERY_KIND);
    expect(resources).toHaveProperty('GuardedTable');
    expect(JSON.stringify(resources['FullServiceRole'])).toContain('GuardedTable');
    expect(JSON.stringify(resources['DegradedServiceRole'])).not.toContain('GuardedTable');
    const { guarded: _guarded, ...others } = EVERY_KIND;
    const without = JSON.stringify((await templateOf(others)).resources);
    expect(without).not.toMatch(/guarded/i);
  });
});

test('an entry that is deleted leaves nothing', async () => {
  const { resources } = await templateOf({ orders: EVERY_KIND.orders });
  expect(JSON.stringify(resources)).not.toMatch(/\/account|AccountsTable|bank|service-api|BANK_/);
});

test('the dashboard shows what a rate is judged by, of the scopes that have one', async () => {
  const { Resources: resources } = await dashboard(given(EVERY_KIND));
  const body = JSON.stringify(resources['Dashboard']);
  for (const metric of ['WindowErrorRate', 'SampleOneIn', 'RampStep', 'DwellLeft', 'NextProbe']) {
    const lines = body.match(new RegExp(`${metric}[^\\]]*Scope[^\\]]*`, 'g')) ?? [];
    expect([metric, lines.length]).toEqual([metric, 1]);
    expect(lines[0]).toContain('orders');
  }
});

test('a face is told the settings of its services alone', async () => {
  const environment = await full(given());
  expect(environment).toMatchObject({ ACCOUNTS_TABLE: { Ref: 'AccountsTable' } });
  expect(environment).toHaveProperty('BANK_FULL_LATENCY_MS');
  expect(environment).not.toHaveProperty('BANK_DEGRADED_LATENCY_MS');
});

test('30 services of three routes each are within 500 resources and 1 MB', async () => {
  const file = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `service-${index}`,
      {
        routes: [`GET /s${index}/{id}`, `PUT /s${index}/{id}`, `POST /s${index}`],
        module: 'demo',
        policy: 'production',
        overrides: { exerciseDegradedPercent: 1 },
      },
    ]),
  );
  const { resources: all } = await templateWith(file);
  expect(Object.keys(all).length).toBeLessThanOrEqual(500);
  expect(JSON.stringify({ Resources: all }).length).toBeLessThan(1_000_000);
  // What an alarm of CloudWatch takes.
  for (const [id, alarm] of Object.entries(all).filter(([name]) => name.includes('ErrorsAlarm'))) {
    const metrics = JSON.stringify(alarm).match(/MetricStat/g) ?? [];
    expect([id, metrics.length <= 10]).toEqual([id, true]);
  }
  const watching = /^(Controller|Exercise)ErrorsAlarm/;
  expect(Object.keys(all).filter((id) => watching.test(id))).toHaveLength(7);
}, 120_000);

describe('a wrong entry is named at packaging', () => {
  test.each([
    [
      { a: { routes: ['GET /a'], module: 'dmeo' } },
      /a\.module must be a file in services\/, got "dmeo"; did you mean demo/,
    ],
    [
      { a: { routes: ['POST /a'], module: 'demo', body: 'ServiceRequets' } },
      /a\.body .*did you mean ServiceRequest/,
    ],
    [{ a: { routes: ['GET /a'], modul: 'demo' } }, /did you mean module/],
    [
      { a: { routes: ['GET /a'], module: 'demo', signals: 'alarms', policy: 'production' } },
      /a\.signals must be direct or both/,
    ],
  ])('%j', async (file, words) => {
    await expect(services(given(file))).rejects.toThrow(words);
    await expect(alarms(given(file))).rejects.toThrow(words);
  });
});

describe('a breaker that all environments share', () => {
  const FACES = { full, degraded, maintenance };
  const lite = { degraded: 'https://lite.example.com', probe: 'https://lite.example.com/health' };
  const file = (upstream: object) => ({
    default: { routes: ['POST /service-api'], module: 'demo' },
    orders: { routes: ['ANY /orders'], policy: 'bank', upstream: { ...UPSTREAM, ...upstream } },
  });
  /** What each face may do to the table of the levels, and whether it is told its name. */
  const onLevels = async (upstream: object) => {
    const { resources } = await templateOf(file(upstream));
    const faces = Object.entries(FACES).map(async ([face, settings]) => {
      const id = `${face.charAt(0).toUpperCase()}${face.slice(1)}ServiceRole`;
      const { Policies: policies = [] } = (resources[id]?.Properties ?? {}) as Partial<Role>;
      const statements = policies.flatMap(({ PolicyDocument: { Statement: all } }) => all);
      const may = statements.filter((it) => JSON.stringify(it).includes('ServiceResiliencyTable'));
      const environment = await settings(given(file(upstream)));
      return [face, { may, table: (environment as Record<string, unknown>)['BREAKERS_TABLE'] }];
    });
    return Object.fromEntries(await Promise.all(faces)) as Record<string, unknown>;
  };
  const nothing = { may: [], table: undefined };
  const rows = (...keys: string[]) => ({
    may: [
      {
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
        Resource: { 'Fn::GetAtt': ['ServiceResiliencyTable', 'Arn'] },
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys } },
      },
    ],
    table: { Ref: 'ServiceResiliencyTable' },
  });

  test('is no matter of a role or an environment where nobody asks for it', async () => {
    const none = { full: nothing, degraded: nothing, maintenance: nothing };
    expect(await onLevels({})).toEqual(none);
    expect(await onLevels({ sharedBreaker: false })).toEqual(none);
  });

  test('lets a face that calls touch its own row among BREAKER#*, and no level', async () => {
    const ofFull = { full: rows('BREAKER#orders#full'), maintenance: nothing };
    expect(await onLevels({ sharedBreaker: true })).toEqual({ ...ofFull, degraded: nothing });
    expect(await onLevels({ sharedBreaker: { quorum: 3 }, ...lite })).toEqual({
      ...ofFull,
      degraded: rows('BREAKER#orders#degraded'),
    });
  });

  test('is refused at packaging beside a policy that judges a rate', async () => {
    const rated = { orders: { ...file({ sharedBreaker: true }).orders, policy: 'production' } };
    await expect(services(given(rated))).rejects.toThrow(
      /orders\.upstream\.sharedBreaker must be absent where the policy judges a rate \(production\)/,
    );
  });
});
