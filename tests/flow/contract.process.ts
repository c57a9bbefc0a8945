/** The OpenAPI document against the running front: no answer outside it, whatever is sent. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_LATENCY } from '../services/banks.ts';
import { givenService, json, type Reply } from './given.ts';
import { document, outsideTheDocument } from './openapi.ts';

const anyBody = fc.oneof(
  fc.constantFrom('{}', '{"level":2,"reason":"drill"}', '{"errorsToDegrade":3}'),
  fc.json(),
  fc.record({ error: fc.oneof(fc.boolean(), fc.jsonValue()) }).map((body) => JSON.stringify(body)),
  fc
    .record(
      {
        level: fc.oneof(fc.constantFrom(1, 2, 3), fc.jsonValue()),
        reason: fc.oneof(fc.string({ maxLength: 130 }), fc.jsonValue()),
        until: fc.oneof(
          fc.date({ noInvalidDate: true }).map(String),
          fc.constant('2999-01-01T00:00:00Z'),
          fc.jsonValue(),
        ),
        errorsToDegrade: fc.oneof(fc.integer({ min: -1, max: 12 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body)),
  fc.string({ unit: 'binary' }),
);

const anyRequest = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'),
  path: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...Object.keys(document.paths)) },
    { weight: 1, arbitrary: fc.webPath().filter((path) => path.length > 1) },
  ),
  id: fc.constantFrom('12345', '900000000001', '777', 'abc', '%7Bid%7D'),
  query: fc.constantFrom(
    '',
    '?scope=default',
    '?scope=',
    '?scope=x&scope=default',
    '?scope=account',
    '?error=true',
    '?error=7',
    '?other=%F0%9F%92%A5',
  ),
  type: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/plain', ''),
  body: anyBody,
});

describe('the contract', () => {
  test('is kept by every answer', async () => {
    const service = await givenService(NO_LATENCY);
    const seen = new Set<string>();
    const property = fc.asyncProperty(anyRequest, async (request) => {
      const { method, path, id, query, type, body } = request;
      const hasBody = method !== 'GET' && method !== 'HEAD';
      const reply = await service.send(method, `${path.replace('{id}', id)}${query}`, {
        headers: type === '' ? {} : { 'Content-Type': type },
        ...(hasBody && { body }),
      });
      seen.add(`${method} ${path} ${reply.status}`);
      expect(outsideTheDocument(method, path, reply)).toEqual([]);
      if (method !== 'HEAD' && reply.status >= 400) {
        const { account: _inMaintenance, ...problem } = reply.body;
        expect(problem).toEqual({ status: reply.status, message: expect.any(String) });
      }
      expect(JSON.stringify(reply.body)).not.toMatch(/\bat [^"]+:\d+:\d+|node_modules/);
    });
    await fc.assert(property, { numRuns: 1_500, seed: 7 });
    for (const answer of [
      'POST /service-api 200',
      'POST /service-api 400',
      'POST /service-api 415',
      'GET /account/{id} 200',
      'GET /account/{id} 400',
      'GET /account/{id} 404',
      'OPTIONS /account/{id} 204',
      'PUT /account/{id} 405',
      'GET /circuit-breaker 200',
      'PUT /circuit-breaker/override 400',
      'DELETE /circuit-breaker/override 200',
      'POST /circuit-breaker/reset 200',
      'OPTIONS /service-api 204',
      'OPTIONS /circuit-breaker/reset 405',
      'HEAD /service-api 405',
      'GET /health 200',
      'HEAD /health/readiness 200',
      'GET /metrics 200',
      'POST /health/liveness 405',
    ]) {
      expect(seen).toContain(answer);
    }
    // 1,500 requests take seconds, and more where other tests share the machine.
  }, 120_000);

  test('is kept on the whole walk through the levels', async () => {
    const service = await givenService();
    const replies = [
      ...(await service.postTimes(11, true)),
      ...(await service.postTimes(21, false)),
    ];
    const problems = replies.flatMap((reply) => outsideTheDocument('POST', '/service-api', reply));
    expect(problems).toEqual([]);
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([500, 503, 200]));
    const until = '2999-01-01T00:00:00Z';
    for (const [method, path, body] of [
      ['PUT', '/circuit-breaker/override', { level: 2, reason: 'drill', until }],
      ['GET', '/circuit-breaker', undefined],
      ['PUT', '/circuit-breaker/policy', { errorsToDegrade: 3 }],
      ['DELETE', '/circuit-breaker/override', undefined],
      ['POST', '/circuit-breaker/reset', { reason: 'done' }],
    ] as const) {
      const reply = await service.send(method, path, body && json(body));
      expect(reply.status).toBe(200);
      expect(outsideTheDocument(method, path, reply)).toEqual([]);
    }
  });

  test('is kept on the walk of the bank', async () => {
    const service = await givenService(NO_LATENCY);
    const replies: Reply[] = [];
    for (const query of [
      '',
      ...Array<string>(11).fill('?error=true'),
      ...Array<string>(9).fill(''),
    ]) {
      replies.push(await service.send('GET', `/account/12345${query}`));
    }
    const path = '/account/{id}';
    expect(replies.flatMap((reply) => outsideTheDocument('GET', path, reply))).toEqual([]);
    const levels = new Set(replies.map(({ status, body }) => `${status} ${String(body['level'])}`));
    expect(levels).toEqual(new Set(['200 1', '500 undefined', '503 undefined', '200 2']));
  });

  test('says of each body whether it may be left out', async () => {
    const service = await givenService();
    const withBody = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { requestBody: body }]) =>
        body === undefined ? [] : [{ path, method: method.toUpperCase(), ...body }],
      ),
    );
    expect(withBody.length).toBeGreaterThanOrEqual(7);
    for (const { path, method, required = false } of withBody) {
      const { status } = await service.send(method, path);
      expect([method, path, status]).toEqual([method, path, required ? 400 : 200]);
    }
  });

  test('is served as it is written', async () => {
    const service = await givenService();
    const reply = await service.send('GET', '/openapi.json');
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(JSON.parse(JSON.stringify(document)));
  });
});
