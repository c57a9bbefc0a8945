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
import { substitute } from './intrinsics.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';
import { mapRequest, type GatewayInput } from './velocity.ts';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:ServiceResiliencyWorkflow-dev';
const CONTEXT = {
  requestId: '6a1f-0c',
  requestTimeEpoch: 1_767_323_045_000,
  httpMethod: 'POST',
  path: '/dev/service-api',
  domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
  apiId: 'abc123',
};

/** Bodies that break a template which escapes too little or too much. */
const BODIES: Readonly<Record<string, string>> = {
  'an empty object': '{}',
  'what the demo takes': '{"error":true}',
  quotes: String.raw`{"a":"she said \"no\" and 'yes'"}`,
  'a single quote alone': `{"a":"it's"}`,
  backslashes: String.raw`{"a":"C:\\temp\\","b":"\\\\","c":"\\'"}`,
  'an escaped escape': String.raw`{"a":"\\\"","b":"\\u0041"}`,
  'Velocity directives': '{"a":"#set($x = 1) #if(true) #end ## #* *#"}',
  'Velocity references': '{"a":"$context.requestId ${body} $!input $util.escapeJavaScript"}',
  'CloudFormation references': '{"a":"${AWS::AccountId} ${ServiceResiliencyWorkflow}"}',
  'a dollar of a replacement': '{"a":"$1 $& $$ $` cash $"}',
  newlines: String.raw`{"a":"one\ntwo\r\nthree\tfour"}`,
  'pretty printing': '{\n  "a": [\n    1,\n    2\n  ]\n}',
  'line separators': '{"a":"\u2028 and \u2029"}',
  'an emoji and accents': '{"a":"🙂 más, ñ, 日本語, \u{10FFFF}"}',
  'a lone surrogate': String.raw`{"a":"\ud83d"}`,
  'a NUL and controls': String.raw`{"a":"\u0000 \u0001 \u001f \u007f \b\f"}`,
  'slashes and a script': '{"a":"</script><!-- /x/ -->"}',
  'an injected state key': String.raw`{"a":"\"},\"stateKey\":\"OTHER\",\"x\":{\"y\":\""}`,
  'a state key of its own': '{"stateKey":"OTHER","kind":"tick","receivedAt":0}',
  'keys as hostile as values': String.raw`{"\"":1,"'":2,"\\":3,"$x":4,"\n":5}`,
  'numbers as they were written': '{"a":-0.50,"b":1e21,"c":12345678901234567890,"d":1.0}',
  'the same key twice, in its order': '{"b":1,"a":2,"b":3}',
  nothing: '',
  'every JSON type': '{"a":null,"b":true,"c":[[],{}],"d":""}',
  '32 KiB': JSON.stringify({ a: `"'\\$é`.repeat((32 * 1024) / 7) }),
};

/** Names and values that break a template which escapes too little or too much. */
const TEXTS: Readonly<Record<string, string>> = {
  quotes: `she said "no" and 'yes'`,
  backslashes: String.raw`\ \\ \" \' \u0041 \\\\'`,
  'Velocity directives': '#set($x = 1) #if(true) #end ## #* *# $context.requestId $!input ${body}',
  'an injected state key': '"},"stateKey":"OTHER","x":{"y":"',
  'an injected state key, escaped once': String.raw`\"},\"stateKey\":\"OTHER\",\"x\":{\"y\":\"`,
  'an injected state key, escaped twice': String.raw`\\\"},\\\"stateKey\\\":\\\"OTHER\\\"`,
  'controls and beyond ASCII': '\u0000\n\r\t\b\f\u007f é ñ 日本語 🙂 \u2028 \ud83d',
  'slashes and commas': '</script>,connection,',
  'what an object has already': '__proto__',
};

const NOTHING_ELSE = {
  requestId: CONTEXT.requestId,
  method: 'POST',
  resource: '/service-api',
  rawPath: '/service-api',
  pathParameters: {},
  query: {},
  headers: {},
} as const;

const END_TO_END = {
  'Content-Type': 'application/json',
  'X-Custom': 'a, b',
  'Idempotency-Key': '7',
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
    const header = {
      Traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      traceparent: 'another',
      tracestate: 'a=1,b="2"',
      'X-Amzn-Trace-Id': "Root=1-67891233-abcdef012345678912345678;it's",
    };
    const { input } = started({ body: '{}', header });
    expect((JSON.parse(input ?? '') as { readonly trace: object }).trace).toStrictEqual({
      traceparent: header.Traceparent,
      tracestate: header.tracestate,
      'x-amzn-trace-id': header['X-Amzn-Trace-Id'],
    });
  });

  test('a header that came in two spellings is one', () => {
    const { input } = started({ body: '{}', header: { 'X-A': '1', 'x-a': '2' } });
    expect(input?.match(/"x-a"/g)).toHaveLength(1);
  });
});
