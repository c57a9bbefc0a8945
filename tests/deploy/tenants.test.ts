/** Whose a request is: the packaged template and the laptop's front say the same, whatever a client sends. */
import { describe, expect, test } from 'vitest';
import { servedScopes } from '../../lib/runtime/scopes.ts';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { stateKeyOf } from '../../lib/store/level-store.ts';
import { exchange, givenFront } from '../local/given.ts';
import { givenScopes } from '../runtime/given-scopes.ts';
import { substitute } from './intrinsics.ts';
import { given, maker, templateWith } from './making.ts';
import { withMappings } from './mappings.ts';
import { mapRequest, type GatewayInput } from './velocity.ts';

interface Method {
  readonly Properties: {
    readonly Integration: { readonly RequestTemplates: Readonly<Record<string, unknown>> };
  };
}

const services = await maker('services');

const POOL = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc';
const AUTHORIZER = 'arn:aws:lambda:us-east-1:123456789012:function:who';
const OWN = { acme: 'acme', globex: 'k3x9.b_2-z' };

const fileOf = (by: string, more: object = {}) => ({
  orders: {
    routes: ['GET /orders', 'GET /of/{tenant}/orders'],
    module: 'demo',
    signals: 'both',
    tenants: { by, own: OWN },
    ...more,
  },
});

const CONTEXT = {
  requestId: '6a1f-0c',
  requestTimeEpoch: 1_767_323_045_000,
  httpMethod: 'GET',
  path: '/orders',
  domainName: 'api.example.com',
  apiId: 'abc123',
};

/** The template of a route, as the gateway would evaluate it. */
async function deployed(file: object, id: string) {
  const { Mappings: mappings = {}, Resources: resources } = await services(given(file));
  const { Properties: properties } = withMappings(resources, mappings)[id] as unknown as Method;
  const { RequestTemplates: templates } = properties.Integration;
  const template = substitute(templates['application/json'], (name) => name);
  return (request: Omit<GatewayInput, 'body'>, context: object = {}) => {
    const { input = '' } = JSON.parse(
      mapRequest(template, { body: '', ...request }, { ...CONTEXT, ...context }),
    ) as { readonly input?: string };
    return shownOf(JSON.parse(input) as WorkflowInput);
  };
}

const shownOf = ({ scope, stateKey, signals }: WorkflowInput) => ({ scope, stateKey, signals });
const ofTenant = (name: string) => ({
  scope: `orders.${name}`,
  stateKey: stateKeyOf(`orders.${name}`),
  signals: 'direct',
});
const SHARED = { scope: 'orders', stateKey: 'SYSTEM_STATE#orders', signals: 'both' };

/** What the laptop's front begins an execution with. */
async function startedBy(file: Readonly<Record<string, object>>, head: string) {
  const inputs: WorkflowInput[] = [];
  const engine = {
    execute: async (input: WorkflowInput) => {
      inputs.push(input);
      return { status: 'FAILED', error: 'only looked at' } as const;
    },
  };
  const front = await givenFront({ engine, scopes: servedScopes(givenScopes(file), {}) });
  await exchange(front.port, `GET ${head}Connection: close\r\n\r\n`);
  return inputs.map(shownOf);
}

/** What a client may send that is nobody's name. */
const HOSTILE: Readonly<Record<string, string>> = {
  'nobody’s': 'initech',
  'in another case': 'ACME',
  'with white space in it': 'ac me',
  'the name and not what it is known by': 'globex',
  'a scope': 'orders.acme',
  'a row': 'SYSTEM_STATE#orders.acme',
  'an end of the literal': "acme')#set($scope='x",
  'Velocity directives': "#set($scope='x')#if(true)#end##*",
  'Velocity references': '$scope ${stateKey} $context.requestId $!tenant',
  'JSON that closes': '"},"scope":"x","stateKey":"OTHER","x":{"y":"',
  'what an object has already': '__proto__',
  'what a map has already': 'keySet',
  'a constructor': 'constructor',
  'several at once': 'acme,globex',
  'beyond ASCII': 'acme\u00e9',
  long: 'acme'.repeat(2_000),
};

describe('by a header, which a client may choose', () => {
  const file = fileOf('header X-Tenant');
  const template = deployed(file, 'ApiGatewayMethodOrdersGet');
  const onLaptop = (headers: string) =>
    startedBy(file, `/orders HTTP/1.1\r\nHost: x\r\n${headers}`);

  test('a tenant is in its own scope, however the header is written; nobody is in the service’s', async () => {
    const of = await template;
    expect(of({ header: { 'X-Tenant': 'acme' } })).toEqual(ofTenant('acme'));
    expect(of({ header: { 'x-tenant': OWN.globex } })).toEqual(ofTenant('globex'));
    expect(of({ header: { 'X-TENANT': 'acme', 'x-other': 'globex' } })).toEqual(ofTenant('acme'));
    expect(of({})).toEqual(SHARED);
    expect(await onLaptop('X-Tenant: acme\r\n')).toEqual([ofTenant('acme')]);
    expect(await onLaptop(`x-tenant: ${OWN.globex}\r\n`)).toEqual([ofTenant('globex')]);
    expect(await onLaptop('')).toEqual([SHARED]);
    expect(await onLaptop('X-Tenant: \r\n')).toEqual([SHARED]);
  });

  test('of several the last is meant, as the gateway hands it over', async () => {
    expect(await onLaptop(`X-Tenant: acme\r\nX-Tenant: ${OWN.globex}\r\n`)).toEqual([
      ofTenant('globex'),
    ]);
  });

  test.each(Object.entries(HOSTILE))('a tenant that is %s shares', async (_what, tenant) => {
    const of = await template;
    expect(of({ header: { 'X-Tenant': tenant } })).toEqual(SHARED);
    // Their places of the request name nobody.
    const elsewhere = { querystring: { 'X-Tenant': 'acme' }, path: { tenant: 'acme' } };
    expect(of({ header: { 'X-Other': 'acme' }, ...elsewhere })).toEqual(SHARED);
    expect(await onLaptop(`X-Tenant: ${tenant}\r\n`)).toEqual([SHARED]);
  });
});

describe('by what the gateway has established', () => {
  /** What a client may say of itself, all of it at once. */
  const CLAIMED = {
    header: { 'X-Tenant': 'acme', 'x-api-key': 'acme', Host: 'acme', Authorization: 'acme' },
    querystring: { tenant: 'acme', apiKeyId: 'acme' },
    path: { tenant: 'acme', sub: 'acme' },
  };
  const identity = (own: object) => ({ identity: own });

  test.each([
    ['apiKey', { auth: 'apiKey' }, (tenant: string) => identity({ apiKeyId: tenant })],
    ['account', { auth: 'iam' }, (tenant: string) => identity({ accountId: tenant })],
    [
      'claim tenant',
      { auth: POOL },
      (tenant: string) => ({ authorizer: { claims: { tenant }, tenant: 'acme' } }),
    ],
    [
      'claim principalId',
      { auth: AUTHORIZER },
      (tenant: string) => ({ authorizer: { principalId: tenant, tenant: 'acme' } }),
    ],
  ])('%s: a tenant cannot be claimed', async (by, more, context) => {
    const of = await deployed(fileOf(by, more), 'ApiGatewayMethodOrdersGet');
    expect(of({}, context(OWN.globex))).toEqual(ofTenant('globex'));
    expect(of(CLAIMED, context(OWN.globex))).toEqual(ofTenant('globex'));
    expect(of(CLAIMED, context('initech'))).toEqual(SHARED);
    expect(of(CLAIMED, { identity: {}, authorizer: {} })).toEqual(SHARED);
    expect(of(CLAIMED)).toEqual(SHARED);
  });
});

test('by the host of a domain of one’s own, whose name has no case', async () => {
  const of = await deployed(fileOf('host'), 'ApiGatewayMethodOrdersGet');
  expect(of({}, { domainName: 'ACME' })).toEqual(ofTenant('acme'));
  expect(of({ header: { Host: 'acme' } })).toEqual(SHARED);
  const ofHost = (host: string) =>
    startedBy(fileOf('host'), `/orders HTTP/1.1\r\nHost: ${host}\r\n`);
  expect(await ofHost('ACME:3000')).toEqual([ofTenant('acme')]);
  expect(await ofHost('acme.example')).toEqual([SHARED]);
});

test('by a part of the path; a route without it is shared', async () => {
  const file = fileOf('path tenant');
  const of = await deployed(file, 'ApiGatewayMethodOfTenantVarOrdersGet');
  expect(of({ path: { tenant: OWN.globex } })).toEqual(ofTenant('globex'));
  expect(of({ path: { tenant: "')#set($scope='x" } })).toEqual(SHARED);
  const without = await deployed(file, 'ApiGatewayMethodOrdersGet');
  expect(without({ header: { tenant: 'acme' } })).toEqual(SHARED);
  const ofPath = (path: string) => startedBy(file, `${path} HTTP/1.1\r\nHost: x\r\n`);
  expect(await ofPath(`/of/${OWN.globex}/orders`)).toEqual([ofTenant('globex')]);
  expect(await ofPath('/of/initech/orders?tenant=acme')).toEqual([SHARED]);
  expect(await ofPath('/orders?tenant=acme')).toEqual([SHARED]);
});

test('a service without tenants has nothing of them in its template', async () => {
  const { tenants: _tenants, ...entry } = fileOf('host').orders;
  const { Mappings: mappings = {}, Resources: resources } = await services(
    given({ orders: entry }),
  );
  expect(Object.keys(mappings)).toEqual(['Templates']);
  expect(JSON.stringify(resources)).not.toContain('"Tenants"');
});

test('10 services with 90 tenants are within 500 resources and 1 MB: a tenant has a tick, and no alarm', async () => {
  const own = Array.from({ length: 9 }, (_, index) => [`tenant-${index}`, `t${index}.example`]);
  const file = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [
      `service-${index}`,
      {
        routes: [`GET /s${index}/{id}`, `PUT /s${index}/{id}`, `POST /s${index}`],
        upstream: {
          url: 'https://api.example.com',
          credentials: [{ header: 'X-Key', ssm: 'the-key' }],
        },
        tenants: { by: 'host', own: Object.fromEntries(own) as object },
      },
    ]),
  );
  const { resources: all, mappings } = await templateWith(file);
  expect(Object.keys(all).length).toBeLessThanOrEqual(500);
  expect(JSON.stringify([mappings, all]).length).toBeLessThan(1_000_000);
  const text = (id: string) => JSON.stringify(all[id]);
  const rules = Object.keys(all).filter((id) => id.startsWith('TickRule'));
  // Five targets of a rule.
  expect(rules).toHaveLength(100 / 5);
  const ticks = rules
    .map(text)
    .join('')
    .match(/tick\\",\\"scope\\":\\"service-\d\.tenant-/g);
  expect(ticks).toHaveLength(90);
  const alarmed = Object.keys(all).filter((id) => /Alarm/.test(id));
  expect(alarmed.filter((id) => text(id).includes('tenant-'))).toEqual([]);
  expect(text('Dashboard').match(/CurrentLevel[^\]]*tenant-/g)).toHaveLength(90);
  // What the services may do, their tenants need no leave of their own for.
  expect(text('FullServiceRole').match(/ssm:GetParameter/g)).toHaveLength(10);
}, 120_000);
