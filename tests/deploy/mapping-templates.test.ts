/** What POST /service-api answers, and its request model: as packaged and evaluated. */
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { readOutput } from '../../lib/local/engine.ts';
import { REQUEST_LIMIT_BYTES } from '../../lib/runtime/workflow.ts';
import { answer, OUTPUTS, succeeded, UNUSABLE } from './given-mappings.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';
import { mapResponse } from './velocity.ts';

const INTERNAL_ERROR = { status: 500, message: 'Internal Server Error' };
const TOO_MANY = { status: 429, message: 'too many requests; try again' };

interface Integration {
  readonly IntegrationResponses: readonly {
    readonly StatusCode: string;
    readonly SelectionPattern?: string;
    readonly ResponseTemplates: Readonly<Record<string, string>>;
  }[];
}

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;
  let integration: Integration;

  beforeAll(async () => {
    service = await packaged(stage);
    integration = service.resource('ApiGatewayMethodServiceDashapiPost').Properties[
      'Integration'
    ] as Integration;
  }, 240_000);

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

  test.each(UNUSABLE)('an execution that %s is a 500', (_how, execution) => {
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
  ])('a request that the template or Step Functions refused (%j) is a 413', (body) => {
    const { status, headers, body: said } = answered(400, body);
    expect({ status, headers }).toEqual({ status: 413, headers: {} });
    expect(said).toEqual({
      status: 413,
      message: `the request must be at most ${REQUEST_LIMIT_BYTES} bytes as the workflow's input`,
    });
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
