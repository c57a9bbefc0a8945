/** The packaged mapping templates on Apache Velocity: byte for byte what velocityjs makes of them. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  BODIES,
  CONTEXT,
  END_TO_END,
  MACHINE,
  OUTPUTS,
  succeeded,
  TEXTS,
  TRACED,
  UNUSABLE,
} from '../deploy/given-mappings.ts';
import { substitute } from '../deploy/intrinsics.ts';
import { packaged, STAGES, type Packaged } from '../deploy/packaged.ts';
import { mapRequest, mapResponse, type GatewayInput } from '../deploy/velocity.ts';
import { HOP_BY_HOP } from '../local/headers.ts';
import { REQUEST_LIMIT_BYTES } from '../../lib/runtime/workflow.ts';
import { velocities } from './install.ts';
import { renderAll, type Mapping, type Rendered } from './velocities.ts';

const VERSIONS = ['1.7', '2.4.1'] as const;

/** How many requests are drawn, always the same. */
const DRAWN = { numRuns: 120, seed: 19 };

interface Named extends Mapping {
  readonly name: string;
}

const texts = fc.string({ unit: 'binary', maxLength: 40 });
const hostile = fc.string({
  unit: fc.constantFrom(
    ...Array.from(`"'\\/$#{}()!.,:;* \n\t\r\b\f\u0000\u001f\u007f\u0080\u2028é🙂aA0`),
  ),
  maxLength: 30,
});
const anyText = fc.oneof(texts, hostile, fc.constantFrom(...Object.values(TEXTS)));
const maps = fc.dictionary(anyText, anyText, { maxKeys: 4 });
const requests = fc.record({ body: anyText, header: maps, querystring: maps, path: maps });

function requestsToMap(): [name: string, request: GatewayInput, context: object][] {
  const length = (body: string) => ({ 'Content-Length': String(Buffer.byteLength(body)) });
  return [
    ...Object.entries(BODIES).map(([name, body]): [string, GatewayInput, object] => [
      `a body of ${name}`,
      { body, header: length(body) },
      CONTEXT,
    ]),
    ...Object.entries(TEXTS).flatMap(([name, text]): [string, GatewayInput, object][] => {
      const map = { [text]: text, other: text };
      const everywhere = { body: text, header: map, querystring: map, path: map };
      return [
        [`${name} everywhere`, everywhere, CONTEXT],
        [
          `an id and a path of ${name}`,
          { body: '{}' },
          { ...CONTEXT, requestId: text, path: text },
        ],
      ];
    }),
    [
      'headers that arrive and do not',
      { body: '', header: { ...HOP_BY_HOP, ...END_TO_END } },
      CONTEXT,
    ],
    ['a trace', { body: '{}', header: { ...TRACED, traceparent: 'another' } }, CONTEXT],
    ['a header in two spellings', { body: '{}', header: { 'X-A': '1', 'x-a': '2' } }, CONTEXT],
    ['a key', { body: '{}', header: { 'Idempotency-Key': '7' } }, CONTEXT],
    ['a method that is safe', { body: '{}' }, { ...CONTEXT, httpMethod: 'GET' }],
    ['a domain of one’s own', { body: '{}' }, { ...CONTEXT, domainName: 'api.example.com' }],
    ['the stage alone', { body: '{}' }, { ...CONTEXT, path: '/dev' }],
    ['what the gateway says of no body', { body: '{}', header: length('') }, CONTEXT],
    ['too much', { body: 'é'.repeat(REQUEST_LIMIT_BYTES / 6) }, CONTEXT],
    ...fc
      .sample(requests, DRAWN)
      .map((request, index): [string, GatewayInput, object] => [
        `drawn ${index}`,
        request,
        CONTEXT,
      ]),
  ];
}

const HTTP_REFUSALS = [
  {},
  { message: 'Too Many Requests' },
  { __type: 'com.amazon.coral.availability#ThrottlingException', message: 'Rate exceeded' },
  { __type: 'com.amazonaws.swf.service.v2.model#ExecutionLimitExceeded' },
  { __type: 'com.amazon.coral.validate#ValidationException', message: '1 validation error' },
  { __type: 'com.amazonaws.swf.service.v2.model#InvalidExecutionInput' },
  { __type: 'com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist' },
];

const SHIELDED = { ...answer({}), shielded: true };

const ANSWERS: readonly [name: string, answer: object][] = [
  ...OUTPUTS.map((output, index): [string, object] => [`answer ${index}`, succeeded(output)]),
  ['an answer that is shielded', succeeded(SHIELDED)],
  ['a level that is spoofed', succeeded(answer({ headers: { 'x-service-level': '9' } }))],
  ...UNUSABLE.map(([how, execution]): [string, object] => [`an execution that ${how}`, execution]),
  ...HTTP_REFUSALS.map((refusal): [string, object] => [JSON.stringify(refusal), refusal]),
];

function templatesOf(service: Packaged, id: string) {
  const { Integration: integration } = service.resource(id).Properties as unknown as Method;
  const machine = (name: string) => (name === 'ServiceResiliencyWorkflow' ? MACHINE : name);
  const request = substitute(integration.RequestTemplates['application/json'], machine);
  const responses = integration.IntegrationResponses.map(
    ({ ResponseTemplates: templates }) => templates['application/json'] ?? '',
  );
  return { request, responses };
}

interface Method {
  readonly Integration: {
    readonly RequestTemplates: Readonly<Record<string, unknown>>;
    readonly IntegrationResponses: readonly {
      readonly ResponseTemplates: Readonly<Record<string, string>>;
    }[];
  };
}

/** A path that is forwarded to an API of one's own has headers of its own. */
const FORWARDS = ['#set($forwards=false)', '#set($forwards=true)'] as const;
const CLIENT = { stage: 'dev', identity: { sourceIp: '192.0.2.1' } };

function mappingsOf(service: Packaged, stage: string): Named[] {
  const [demo, account] = [
    'ApiGatewayMethodServiceDashapiPost',
    'ApiGatewayMethodAccountIdVarGet',
  ].map((id) => templatesOf(service, id));
  if (demo === undefined || account === undefined) throw new Error('there must be two methods');
  expect(demo.request).toContain(FORWARDS[0]);
  const forwarding = demo.request.replace(...FORWARDS);
  const requestTemplates = { demo: demo.request, account: account.request, forwarding };
  const mapped = requestsToMap().flatMap(([name, request, context]) =>
    Object.entries(requestTemplates).map(([of, template]) => ({
      name: `${stage}, ${of}: ${name}`,
      template,
      request,
      context: { ...CLIENT, ...context },
    })),
  );
  const answered = ANSWERS.flatMap(([name, given]) =>
    demo.responses.map((template, index) => ({
      name: `${stage}, response ${index}: ${name}`,
      template,
      answer: JSON.stringify(given),
      context: {},
    })),
  );
  return [...mapped, ...answered];
}

type Headers = NonNullable<Rendered['headers']>;

/** Headers have no order. */
const inOrder = (headers: Headers): Headers =>
  headers.toSorted(([one], [other]) => one.localeCompare(other));

/** What velocityjs makes of it, in the same words. */
function renderedHere({ template, request, answer: given = '', context }: Named): Rendered {
  if (request !== undefined) {
    const text = mapRequest(template, request, context as Record<string, string>);
    return { text, status: 'null', headers: [] };
  }
  const { body, status, headers } = mapResponse(template, given, 0);
  const overridden = status === 0 ? 'null' : String(status);
  return { text: body, status: overridden, headers: inOrder(Object.entries(headers)) };
}

describe.each(VERSIONS)('Velocity %s', (version) => {
  let mappings: readonly Named[];
  let rendered: readonly Rendered[];

  beforeAll(async () => {
    const classPaths = await velocities();
    const services = [];
    for (const stage of STAGES) services.push([stage, await packaged(stage)] as const);
    mappings = services.flatMap(([stage, service]) => mappingsOf(service, stage));
    const all = await renderAll(classPaths[version], mappings);
    rendered = all.map((each) => ({
      ...each,
      ...(each.headers && { headers: inOrder(each.headers) }),
    }));
  });

  test('renders every request and every answer byte for byte as velocityjs does', () => {
    expect(rendered).toHaveLength(mappings.length);
    for (const [index, mapping] of mappings.entries()) {
      expect({ name: mapping.name, ...rendered[index] }).toEqual({
        name: mapping.name,
        ...renderedHere(mapping),
      });
    }
    expect(mappings.length).toBeGreaterThan(1_000);
  });

  test('starts an execution with each request that is not too large', () => {
    const requested = mappings.flatMap(({ name, request }, index) =>
      request === undefined || name.endsWith('too much') ? [] : [rendered[index]?.text ?? ''],
    );
    for (const text of requested) {
      const { input = '' } = JSON.parse(text) as { readonly input?: string };
      expect(JSON.parse(input)).toHaveProperty('request.bodyText');
    }
  });

  test('sees a template that differs', async () => {
    const classPaths = await velocities();
    const mapping = mappings.find(({ request }) => request !== undefined);
    if (mapping === undefined) throw new Error('there must be a request');
    const template = mapping.template.replaceAll(`.replaceAll("\\\\'", "'")`, '');
    expect(template).not.toBe(mapping.template);
    const request = { body: "it's" };
    const changed = await renderAll(classPaths[version], [{ ...mapping, template, request }]);
    expect(changed).not.toEqual([renderedHere({ ...mapping, request })]);
  });
});
