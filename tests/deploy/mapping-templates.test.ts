/** The mapping templates and the request model of POST /service-api, as packaged and evaluated. */
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Level } from '../../lib/level/level.ts';
import { readOutput, type WorkflowOutput } from '../../lib/local/engine.ts';
import { substitute } from './intrinsics.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';
import { mapRequest, mapResponse } from './velocity.ts';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:ServiceResiliencyWorkflow-dev';
const CONTEXT = { requestId: '6a1f-0c', requestTimeEpoch: 1_767_323_045_000 };
const INTERNAL_ERROR = { status: 500, message: 'Internal Server Error' };
const TOO_MANY = { status: 429, message: 'too many requests; try again' };

interface Integration {
  readonly RequestTemplates: Readonly<Record<string, unknown>>;
  readonly IntegrationResponses: readonly {
    readonly StatusCode: string;
    readonly SelectionPattern?: string;
    readonly ResponseTemplates: Readonly<Record<string, string>>;
  }[];
}

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
  numbers: '{"a":-0.5,"b":1e21,"c":0,"d":9007199254740991}',
  'every JSON type': '{"a":null,"b":true,"c":[[],{}],"d":""}',
  '200 KiB': JSON.stringify({ a: `"'\\$é`.repeat((200 * 1024) / 7) }),
};

/** What the workflow may answer a request with. */
const OUTPUTS: readonly WorkflowOutput[] = [
  ...([1, 2, 3] satisfies Level[]).flatMap((level) =>
    [false, true].map((failOpen) => answer({ level, failOpen })),
  ),
  answer({ statusCode: 500, body: JSON.stringify(INTERNAL_ERROR) }),
  answer({ statusCode: 400, body: String.raw`{"status":400,"message":"\"error\" must be …"}` }),
  answer({ level: 3, statusCode: 503, headers: { 'Retry-After': '60' } }),
  answer({ headers: { 'Retry-After': '1', ETag: '"x"', 'Cache-Control': 'no-store' } }),
  answer({ body: '{"a":"$x #set($y = 1) ${z} \\" \\\\ \u2028 🙂 ñ"}' }),
  answer({ body: '[]' }),
  answer({ body: '"text"' }),
];

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;
  let integration: Integration;

  beforeAll(async () => {
    service = await packaged(stage);
    integration = service.resource('ServiceApiPost').Properties['Integration'] as Integration;
  }, 60_000);

  const started = (body: string) => {
    const { 'application/json': packagedTemplate } = integration.RequestTemplates;
    const template = substitute(packagedTemplate, (name) =>
      name === 'ServiceResiliencyWorkflow' ? MACHINE : name,
    );
    return JSON.parse(mapRequest(template, body, CONTEXT)) as Record<string, string>;
  };

  const answered = (integrationStatus: number, body: unknown) => {
    const found = integration.IntegrationResponses.filter(({ SelectionPattern: pattern }) =>
      new RegExp(`^(?:${pattern ?? '2\\d{2}'})$`).test(String(integrationStatus)),
    );
    expect(found).toHaveLength(1);
    const [{ StatusCode: status, ResponseTemplates: templates } = none()] = found;
    const mapped = mapResponse(
      templates['application/json'] ?? '',
      JSON.stringify(body),
      Number(status),
    );
    return { ...mapped, body: JSON.parse(mapped.body) as unknown };
  };

  test.each(Object.entries(BODIES))('%s arrives as it was sent', (_name, body) => {
    const { stateMachineArn, name, input, ...others } = started(body);
    expect({ stateMachineArn, name, others }).toEqual({
      stateMachineArn: MACHINE,
      name: CONTEXT.requestId,
      others: {},
    });
    expect(JSON.parse(input ?? '')).toStrictEqual({
      kind: 'request',
      scope: 'default',
      stateKey: 'SYSTEM_STATE',
      receivedAt: CONTEXT.requestTimeEpoch,
      failOpenLevel: 1,
      request: { body: JSON.parse(body) as unknown },
    });
  });

  test.each(OUTPUTS)('the answer is $statusCode of level $level, open: $failOpen', (output) => {
    expect(readOutput({ status: 'SUCCEEDED', output })).toEqual(output);
    const { status, headers, body } = answered(200, succeeded(output));
    expect(status).toBe(output.statusCode);
    expect(body).toEqual(JSON.parse(output.body));
    expect(headers).toEqual({
      ...output.headers,
      'X-Service-Level': String(output.level),
      ...(output.failOpen && { 'X-Service-Fail-Open': 'true' }),
    });
  });

  test('a service cannot say that another level served', () => {
    const spoofed = { 'x-service-level': '9', 'X-Service-Fail-Open': 'true' };
    const { headers } = answered(200, succeeded(answer({ headers: spoofed })));
    expect(headers).toEqual({ 'X-Service-Level': '1' });
  });

  test.each([
    ['failed', { status: 'FAILED', error: 'States.Runtime', cause: 'a "cause"' }],
    ['timed out', { status: 'TIMED_OUT' }],
    ['answered nothing', { status: 'SUCCEEDED' }],
    ['answered null', { status: 'SUCCEEDED', output: 'null' }],
    ['answered something else', { status: 'SUCCEEDED', output: '{"kind":"tick"}' }],
  ])('an execution that %s is a 500', (_how, execution) => {
    expect(answered(200, execution)).toEqual({ status: 500, headers: {}, body: INTERNAL_ERROR });
  });

  test.each([
    [429, {}],
    [429, { message: 'Too Many Requests' }],
    [
      400,
      { __type: 'com.amazon.coral.availability#ThrottlingException', message: 'Rate exceeded' },
    ],
    [400, { __type: 'com.amazonaws.swf.service.v2.model#ExecutionLimitExceeded' }],
  ])('a throttled start (%i %j) is a 429 with Retry-After', (status, body) => {
    const headers = { 'Retry-After': '1' };
    expect(answered(status, body)).toEqual({ status: 429, headers, body: TOO_MANY });
  });

  test.each([
    { __type: 'com.amazon.coral.validate#ValidationException', message: '1 validation error' },
    { __type: 'com.amazonaws.swf.service.v2.model#InvalidExecutionInput' },
  ])('an input over 256 KiB (%j) is a 413', (body) => {
    const { status, headers, body: said } = answered(400, body);
    expect({ status, headers }).toEqual({ status: 413, headers: {} });
    expect(said).toEqual({ status: 413, message: 'the body must be at most 256 KiB' });
  });

  test.each([
    [400, { __type: 'com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist' }],
    [400, { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'User: arn:…' }],
    [400, {}],
    [403, { message: 'The security token is invalid' }],
    [500, { __type: 'com.amazon.coral.service#InternalFailure' }],
    [503, {}],
  ])('any other refusal of a start (%i %j) is a 500 that tells nothing', (status, body) => {
    expect(answered(status, body)).toEqual({ status: 500, headers: {}, body: INTERNAL_ERROR });
  });

  describe('the request model', () => {
    const modelOf = () =>
      service.resource('ServiceRequestModel').Properties['Schema'] as Record<string, unknown>;

    test.each([{}, { error: true }, { error: false }, { error: false, more: [1, { two: '3' }] }])(
      'takes %j',
      (body) => {
        expect(new Ajv().validate(modelOf(), body)).toBe(true);
      },
    );

    test.each([
      [null],
      [[]],
      ['text'],
      [7],
      [true],
      [{ error: 'true' }],
      [{ error: 1 }],
      [{ error: null }],
      [{ error: {} }],
    ])('refuses %j', (body) => {
      expect(new Ajv().validate(modelOf(), body)).toBe(false);
    });

    test('uses no keyword that API Gateway, which knows draft 4, would ignore', () => {
      expect(newerKeywords(modelOf())).toEqual([]);
    });
  });
});

function answer(given: Partial<WorkflowOutput>): WorkflowOutput {
  const body = JSON.stringify({ status: 200, level: given.level ?? 1, msg: 'Full Capacity' });
  return { statusCode: 200, headers: {}, body, level: 1, failOpen: false, ...given };
}

function succeeded(output: WorkflowOutput) {
  return { status: 'SUCCEEDED', name: CONTEXT.requestId, output: JSON.stringify(output) };
}

function none(): never {
  throw new Error('no integration response takes this status');
}

const DRAFT_4 =
  /^(type|title|description|default|required|items|enum|format|pattern|additionalProperties|uniqueItems|not|(all|any|one)Of|(min|max)(imum|Items|Length|Properties))$/;

/** The keywords of a schema that are not in draft 4. */
function newerKeywords(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword === 'properties') return Object.values(value as object).flatMap(newerKeywords);
    return DRAFT_4.test(keyword) ? newerKeywords(value) : [keyword];
  });
}
