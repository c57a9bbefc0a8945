/** The contract that every answer under load is held to. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DOCUMENTED, judge, type Asked, type Received } from '../../load/k6/contract.ts';

const MAINTENANCE =
  '{"status":503,"message":"Nivel 3: Sistema bajo mantenimiento, intente más tarde"}';
const REFUSED =
  '{"status":503,"message":"too many requests at the same time; try again as Retry-After says"}';
const FAILED = '{"status":500,"message":"Internal Server Error"}';

function received(status: number, body: string, headers: Received['headers'] = {}): Received {
  return {
    status,
    body,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  };
}

const full = (headers: Received['headers'] = {}) =>
  received(200, '{"status":200,"level":1,"msg":"Full Capacity"}', {
    'X-Service-Level': '1',
    ...headers,
  });

const asked = (fields: Partial<Asked> = {}): Asked => ({
  error: false,
  allowFailOpen: false,
  ...fields,
});

const failedChecks = (answer: Received, what: Asked) =>
  Object.entries(judge(answer, what).checks).flatMap(([name, isOk]) => (isOk ? [] : [name]));

test('the documented bodies are those of docs/openapi.yaml', () => {
  const file = new URL('../../docs/openapi.yaml', import.meta.url);
  const { components, paths } = parse(readFileSync(file, 'utf8'), { merge: true });
  const constants = (schema: { properties: Record<string, { const: unknown }> }) =>
    Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, value.const]));
  const { responses } = paths['/service-api'].post;
  expect({
    full: constants(components.schemas.FullAnswer),
    degraded: constants(components.schemas.DegradedAnswer),
    maintenance: constants(components.schemas.MaintenanceAnswer),
    refused: constants(components.schemas.Refusal),
    error: constants(responses['500'].content['application/json'].schema),
  }).toEqual(
    Object.fromEntries(Object.entries(DOCUMENTED).map(([kind, { body }]) => [kind, body])),
  );
});

describe('inside the contract', () => {
  test.each([
    ['full', full(), false, 1],
    [
      'degraded',
      received(200, '{"level":2,"msg":"Degraded Mode","status":200}', { 'X-Service-Level': '2' }),
      false,
      2,
    ],
    ['error', received(500, FAILED, { 'X-Service-Level': '2' }), true, 2],
    [
      'maintenance',
      received(503, MAINTENANCE, { 'X-Service-Level': '3', 'Retry-After': '60' }),
      true,
      3,
    ],
    ['refused', received(503, REFUSED, { 'Retry-After': '1' }), false, null],
  ] as const)('%s', (kind, answer, error, level) => {
    const judged = judge(answer, asked({ error }));
    expect(failedChecks(answer, asked({ error }))).toEqual([]);
    expect([judged.kind, judged.level]).toEqual([kind, level]);
  });

  test('an answer of a level that could not be read, where that is allowed', () => {
    const answer = full({ 'X-Service-Fail-Open': 'true' });
    expect(judge(answer, asked({ allowFailOpen: true })).kind).toBe('full');
  });
});

describe('outside the contract', () => {
  const maintenance = (retryAfter: Received['headers']) =>
    received(503, MAINTENANCE, { 'X-Service-Level': '3', ...retryAfter });

  test.each([
    ['another status', received(404, '{}'), 'status is documented'],
    ['no answer', { status: 0, body: '', headers: {} }, 'status is documented'],
    ['another body', received(200, '{"status":200}'), 'body is a documented one'],
    [
      'a field too many',
      received(200, '{"status":200,"level":1,"msg":"Full Capacity","id":1}'),
      'body is a documented one',
    ],
    ['a body that is no JSON', received(200, 'Full Capacity'), 'body is a documented one'],
    ['null', received(200, 'null'), 'body is a documented one'],
    ["another status than the body's", received(200, FAILED), 'body is a documented one'],
    ['another content type', full({ 'Content-Type': 'text/html' }), 'content type is JSON'],
    ['no level', full({ 'X-Service-Level': undefined }), 'X-Service-Level agrees'],
    ["another level than the body's", full({ 'X-Service-Level': '2' }), 'X-Service-Level agrees'],
    [
      'an error from maintenance',
      received(500, FAILED, { 'X-Service-Level': '3' }),
      'X-Service-Level agrees',
    ],
    ['no Retry-After', maintenance({}), 'Retry-After is whole seconds'],
    [
      'a refusal that somebody served',
      received(503, REFUSED, { 'Retry-After': '1', 'X-Service-Level': '1' }),
      'X-Service-Level agrees',
    ],
    ['a refusal without Retry-After', received(503, REFUSED), 'Retry-After is whole seconds'],
    ['a Retry-After of 0', maintenance({ 'Retry-After': '0' }), 'Retry-After is whole seconds'],
    ['a level that could not be read', full({ 'X-Service-Fail-Open': 'true' }), 'only where it is'],
    [
      'an error nobody asked for',
      received(500, FAILED, { 'X-Service-Level': '1' }),
      'fails when asked to',
    ],
  ])('%s', (_, answer, check) => {
    expect(judge(answer, asked()).kind).toBe('outside');
    expect(failedChecks(answer, asked()).join('\n')).toContain(check);
  });

  test('a success where an error was asked for', () => {
    expect(failedChecks(full(), asked({ error: true }))).toEqual([
      'fails when asked to, and only then',
    ]);
  });
});
