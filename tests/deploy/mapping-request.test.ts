/** The mapping template of a request to POST /service-api: all of it arrives in the workflow as it came. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  inputBytesOf,
  REQUEST_LIMIT_BYTES,
  requestBytesOf,
  type WorkflowInput,
} from '../../lib/runtime/workflow.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { deployedIn } from '../../lib/runtime/scopes.ts';
import { testedScopes } from '../runtime/given-scopes.ts';
import { HOP_BY_HOP } from '../local/headers.ts';
import { BODIES, CONTEXT, END_TO_END, MACHINE, TEXTS, TRACED } from './given-mappings.ts';
import { substitute } from './intrinsics.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';
import { mapRequest, type GatewayInput } from './velocity.ts';

const NOTHING_ELSE = {
  requestId: CONTEXT.requestId,
  method: 'POST',
  resource: '/service-api',
  rawPath: '/service-api',
  pathParameters: {},
  query: {},
  headers: {},
} as const;

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;

  beforeAll(async () => {
    service = await packaged(stage);
  }, 240_000);

  const started = (request: GatewayInput, context = CONTEXT) => {
    const { Integration: integration } = service.resource(
      'ApiGatewayMethodServiceDashapiPost',
    ).Properties;
    const { RequestTemplates: templates } = integration as Record<string, Record<string, unknown>>;
    const packagedTemplate = templates?.['application/json'];
    const template = substitute(packagedTemplate, (name) =>
      name === 'ServiceResiliencyWorkflow' ? MACHINE : name,
    );
    const length = { 'Content-Length': String(Buffer.byteLength(request.body ?? '')) };
    const whole = { ...request, header: { ...length, ...request.header } };
    return JSON.parse(mapRequest(template, whole, context)) as Record<string, string>;
  };

  test.each(Object.entries(BODIES))('%s arrives as it was sent', (_name, body) => {
    const { stateMachineArn, input, ...others } = started({ body });
    // Not even a name: Step Functions gives one, since a client may choose the id of its request.
    expect({ stateMachineArn, others }).toEqual({ stateMachineArn: MACHINE, others: {} });
    expect(JSON.parse(input ?? '')).toStrictEqual({
      kind: 'request',
      scope: 'default',
      stateKey: 'SYSTEM_STATE',
      receivedAt: CONTEXT.requestTimeEpoch,
      failOpenLevel: 1,
      readReplicas: 0,
      signals: 'direct',
      safe: false,
      bypass: false,
      deployed: deployedInput(deployedIn(testedScopes(), 'default', 'classic').policy),
      trace: {},
      request: { ...NOTHING_ELSE, bodyText: body },
    });
  });

  test.each(Object.entries(TEXTS))('%s arrives in every part of the request', (_what, text) => {
    const texts = { [text]: text, other: text };
    const lower = { [text.toLowerCase()]: text, other: text };
    const { input } = started({ body: text, header: texts, querystring: texts, path: texts });
    const { request, ...rest } = JSON.parse(input ?? '') as Record<string, unknown>;
    expect(request).toStrictEqual({
      ...NOTHING_ELSE,
      pathParameters: texts,
      query: texts,
      headers: lower,
      bodyText: text,
    });
    expect(Object.keys(rest)).toEqual([
      'kind',
      'scope',
      'stateKey',
      'receivedAt',
      'failOpenLevel',
      'readReplicas',
      'signals',
      'safe',
      'bypass',
      'deployed',
      'trace',
    ]);
    expect(rest['stateKey']).toBe('SYSTEM_STATE');
  });

  test.each(Object.entries({ ...BODIES, ...TEXTS }))(
    '%s has the size that the laptop counts',
    (_what, body) => {
      const { input = '' } = started({ body, header: { 'X-A': body }, querystring: { a: body } });
      expect(Buffer.byteLength(input)).toBe(inputBytesOf(JSON.parse(input) as WorkflowInput));
    },
  );

  test.each(Object.entries(TEXTS))(
    'an id of %s, which a client may choose, is text',
    (_what, requestId) => {
      const { input, ...others } = started({ body: '{}' }, { ...CONTEXT, requestId });
      expect(Object.keys(others)).toEqual(['stateMachineArn']);
      const expected = { stateKey: 'SYSTEM_STATE', request: { requestId } };
      expect(JSON.parse(input ?? '')).toMatchObject(expected);
    },
  );

  test('a request over the limit starts nothing, to the byte that the laptop counts', () => {
    const parts = { header: { 'X-A': '"é"' }, querystring: { '/': 'ü' }, path: { id: '\\' } };
    const requestOf = (body: string) => {
      const { input } = started({ body, ...parts });
      return (JSON.parse(input ?? '') as WorkflowInput).request;
    };
    const room = REQUEST_LIMIT_BYTES - requestBytesOf(requestOf('"é"'));
    const largest = `"é${'x'.repeat(room)}"`;
    expect(requestBytesOf(requestOf(largest))).toBe(REQUEST_LIMIT_BYTES);
    expect(started({ body: `${largest}x`, ...parts })).toEqual({});
  });

  test('the headers of one connection, and those that the gateway adds, are left out', () => {
    const { input } = started({ body: '{}', header: { ...HOP_BY_HOP, ...END_TO_END } });
    const { request } = JSON.parse(input ?? '') as { readonly request: { headers: object } };
    expect(request.headers).toStrictEqual({
      'content-type': 'application/json',
      'x-custom': 'a, b',
      'idempotency-key': '7',
    });
  });

  test('whose trace it is part of is told beside the headers, however it is written', () => {
    const { input } = started({ body: '{}', header: TRACED });
    expect((JSON.parse(input ?? '') as { readonly trace: object }).trace).toStrictEqual({
      traceparent: TRACED.Traceparent,
      tracestate: TRACED.tracestate,
      'x-amzn-trace-id': TRACED['X-Amzn-Trace-Id'],
    });
  });

  test('a header that came in two spellings is one', () => {
    const { input } = started({ body: '{}', header: { 'X-A': '1', 'x-a': '2' } });
    expect(input?.match(/"x-a"/g)).toHaveLength(1);
  });
});
