/** The face functions: what they hand to a service, and what they make of what it does. */
import { describe, expect, test } from 'vitest';
import { createHandler as createDegraded } from '../../functions/degraded-service.ts';
import { createHandler as createFull } from '../../functions/full-service.ts';
import { createHandler as createMaintenance } from '../../functions/maintenance-service.ts';
import type { FaceAnswer } from '../../lib/services/serve-face.ts';
import {
  MAX_BINARY_BYTES,
  MAX_BINARY_HEAD_BYTES,
  MAX_BODY_BYTES,
  type Answer,
  type RequestText,
  type Service,
  type ServiceRequest,
} from '../../lib/services/service.ts';
import { requestText, serviceRequest } from '../services/requests.ts';
import { rememberingTelemetry } from './events.ts';

const OK: Answer = { outcome: 'success', statusCode: 200, headers: { A: 'b' }, body: { ok: true } };
const EVENT = {
  scope: 'default',
  executionId: 'x-1',
  failOpen: false,
  readLevel: 1,
  request: requestText({ error: false }),
};

const givenFace = (service: Partial<Service>) => {
  const unused = async (): Promise<never> => {
    throw new Error('not this face');
  };
  const faces: Service = {
    full: unused,
    degraded: unused,
    maintenance: unused,
    probe: unused,
    ...service,
  };
  const { telemetry, told } = rememberingTelemetry();
  let now = 0;
  const clock = { monotonicMs: (): number => (now += 5) };
  const runtime = { services: { default: faces }, telemetry, clock, random: () => 0.5 };
  return { runtime, told };
};

describe('a face', () => {
  test.each([
    ['full', createFull],
    ['degraded', createDegraded],
    ['maintenance', createMaintenance],
  ] as const)(
    '%s answers what its service answers, with the time it took',
    async (face, create) => {
      const seen: unknown[] = [];
      const { runtime } = givenFace({
        [face]: async (...given: unknown[]) => {
          seen.push(...given);
          return OK;
        },
      });
      expect(await create(runtime)(EVENT)).toEqual({ ...OK, body: '{"ok":true}', durationMs: 5 });
      expect(seen).toEqual([
        serviceRequest({ error: false }),
        { scope: 'default', executionId: 'x-1' },
      ]);
    },
  );

  const bad = (answer: unknown) => async () => answer as Answer;
  test.each<[string, () => Promise<Answer>]>([
    ['throws', async () => Promise.reject(new Error('boom'))],
    ['answers nothing', bad(undefined)],
    ['answers an unknown outcome', bad({ ...OK, outcome: 'fine' })],
    ['answers a status that is none', bad({ ...OK, statusCode: 99 })],
    ['answers a body that JSON cannot carry', bad({ ...OK, body: undefined })],
    ['answers headers that are null', bad({ ...OK, headers: null })],
    ['answers headers that are a list', bad({ ...OK, headers: ['A'] })],
    ['answers headers that are no strings', bad({ ...OK, headers: { A: 1 } })],
    ['answers too much', bad({ ...OK, body: '"'.repeat(MAX_BODY_BYTES / 4) })],
    ['answers far too much', bad({ ...OK, body: 'x'.repeat(MAX_BODY_BYTES) })],
  ])('that %s is an error of the service, without details for the client', async (_what, full) => {
    const { runtime, told } = givenFace({ full });
    expect(await createFull(runtime)(EVENT)).toEqual({
      outcome: 'error',
      statusCode: 500,
      headers: {},
      body: '{"status":500,"message":"Internal Server Error"}',
      durationMs: 5,
    });
    expect(told[0]).toMatchObject(['error', 'face failed', { face: 'full', executionId: 'x-1' }]);
  });

  test('that throws before it returns a promise is no different', async () => {
    const full = (): never => {
      throw new Error('at once');
    };
    expect(await createFull(givenFace({ full }).runtime)(EVENT)).toMatchObject({ statusCode: 500 });
  });

  test('that serves open says so, and counts it', async () => {
    const { runtime, told } = givenFace({ full: async () => OK });
    await createFull(runtime)({ ...EVENT, failOpen: true });
    expect(told.map(([, what]) => what)).toEqual([
      'state read failed, serving open',
      'StateReadFailed',
    ]);
  });

  test.each([
    ['an unknown scope', { ...EVENT, scope: 'nope' }, 'scope must be one of default, got nope'],
    ['no request', { ...EVENT, request: undefined }, /^payload request/],
    ['nothing', undefined, /^payload/],
  ])('refuses %s', async (_what, event, message) => {
    const { runtime } = givenFace({});
    await expect(createFull(runtime)(event)).rejects.toThrow(message);
  });
});

describe('the probe', () => {
  test.each<[string, () => Promise<string>, string]>([
    ['success', async () => 'success', 'success'],
    ['error', async () => 'error', 'error'],
    ['a throw', async () => Promise.reject(new Error('boom')), 'error'],
    ['nonsense', async () => 'ok', 'error'],
  ])(
    'makes of %s the outcome it is, and leaves the counting to the mutator',
    async (_what, probe, outcome) => {
      const { runtime, told } = givenFace({ probe: probe as Service['probe'] });
      expect(await createDegraded(runtime)({ ...EVENT, probe: true })).toEqual({ outcome });
      expect(told.filter(([kind]) => kind === 'count')).toEqual([]);
    },
  );

  test('of a request whose body is no JSON is a probe all the same', async () => {
    const seen: unknown[] = [];
    const probe: Service['probe'] = async (_face, { body, bodyText }) => {
      seen.push(body, bodyText);
      return 'success';
    };
    const request = { ...requestText({}), bodyText: '{"error": tru' };
    const { runtime } = givenFace({ probe });
    expect(await createDegraded(runtime)({ ...EVENT, request, probe: true })).toEqual({
      outcome: 'success',
    });
    expect(seen).toEqual([null, '{"error": tru']);
  });
});

describe('the body', () => {
  const seenBy = async (bodyText: string) => {
    const seen: unknown[] = [];
    const full: Service['full'] = async (request) => {
      seen.push(request.body, request.bodyText);
      return OK;
    };
    const request = { ...requestText({}), bodyText };
    const answer = await createFull(givenFace({ full }).runtime)({ ...EVENT, request });
    return { answer, seen };
  };

  test('that is absent is {}, as the gateway has it', async () => {
    expect((await seenBy('')).seen).toEqual([{}, '']);
  });

  test('is parsed, and kept as it came', async () => {
    const text = '{ "n": 12345678901234567890, "x": 1.0 }';
    expect((await seenBy(text)).seen).toEqual([{ n: 12_345_678_901_234_567_000, x: 1 }, text]);
  });

  test('that is no JSON is the fault of its sender, not of the service', async () => {
    const { answer, seen } = await seenBy('{"error": tru');
    expect(answer).toEqual({
      outcome: 'none',
      statusCode: 400,
      headers: {},
      body: '{"status":400,"message":"the body must be JSON"}',
      durationMs: 5,
    });
    expect(seen).toEqual([]);
  });
});

describe('a body that is no JSON', () => {
  const asked = async (given: Partial<RequestText>) => {
    const seen: ServiceRequest[] = [];
    const full: Service['full'] = async (request) => {
      seen.push(request);
      return { outcome: 'success', statusCode: 200, headers: {}, bodyText: 'fine' };
    };
    const { runtime } = givenFace({ takesAnyBody: true, full });
    const request = { ...requestText({}), ...given };
    const answer = await createFull(runtime)({ ...EVENT, request });
    return { answer, seen };
  };

  test.each<[string, Partial<RequestText>]>([
    ['a form', { bodyText: 'a=1&b=2' }],
    ['bytes', { bodyText: '1234', bodyIsBase64: true }],
  ])('reaches a service that takes any: %s', async (_what, given) => {
    const { answer, seen } = await asked(given);
    expect(answer).toMatchObject({ outcome: 'success', body: 'fine' });
    expect(seen).toEqual([expect.objectContaining({ ...given, body: null })]);
  });

  test('is refused where it is bytes, too', async () => {
    const { runtime } = givenFace({});
    const request = { ...requestText({}), bodyText: '1234', bodyIsBase64: true };
    expect(await createFull(runtime)({ ...EVENT, request })).toMatchObject({ statusCode: 400 });
  });

  test('comes with the query as it came', async () => {
    const { seen } = await asked({ queryText: 'a=1&a=2' });
    expect(seen[0]?.queryText).toBe('a=1&a=2');
  });
});

describe('an answer of bytes', () => {
  const answered = async (bodyText: string, headers = {}) => {
    const answer = { ...OK, headers, bodyText, bodyIsBase64: true } as const;
    const { runtime } = givenFace({ full: async () => answer });
    return createFull(runtime)(EVENT);
  };
  const base64 = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64');

  test.each([0, 1, 2, 3, MAX_BINARY_BYTES])('of %i passes, marked', async (bytes) => {
    expect(await answered(base64(bytes))).toMatchObject({
      outcome: 'success',
      body: base64(bytes),
      bodyIsBase64: true,
    });
  });

  test.each([
    ['more than fits', base64(MAX_BINARY_BYTES + 1), {}],
    ['text', 'más', {}],
    ['a part of base64', 'abc', {}],
    ['headers beyond their limit', 'AAAA', { A: 'x'.repeat(MAX_BINARY_HEAD_BYTES) }],
  ])('with %s is an error of the service', async (_what, bodyText, headers) => {
    expect(await answered(bodyText, headers)).toMatchObject({ outcome: 'error', statusCode: 500 });
  });
});

describe('the headers of an answer', () => {
  const answered = async (given: Partial<Answer>) => {
    const { runtime, told } = givenFace({ full: async () => ({ ...OK, ...given }) });
    const answer = (await createFull(runtime)(EVENT)) as FaceAnswer;
    return { answer, told };
  };

  test.each([
    ['an empty name', { '': 'x' }, '"" is no name of a header'],
    ['a name with a space', { 'A B': 'x' }, '"A B" is no name of a header'],
    ['a name with a new line', { 'A\r\nB': 'x' }, String.raw`"A\r\nB" is no name of a header`],
    ['a name beyond ASCII', { ñ: 'x' }, '"ñ" is no name of a header'],
    ['a value with a new line', { A: 'x\r\nSet-Cookie: y' }, 'the header "A" must hold visible'],
    ['a value with a NUL', { A: '\0' }, 'the header "A" must hold visible'],
    ['a value beyond Latin-1', { A: '→' }, 'the header "A" must hold visible'],
    ['Content-Length', { 'content-length': '1' }, 'cannot set the header "content-length"'],
    ['Transfer-Encoding', { 'Transfer-Encoding': 'chunked' }, 'cannot set the header'],
    ['Connection', { Connection: 'close' }, 'cannot set the header "Connection"'],
    ['Proxy-Authenticate', { 'Proxy-Authenticate': 'Basic' }, 'cannot set the header'],
    ['a name in two spellings', { 'X-A': '1', 'x-a': '2' }, 'has the header "x-a" twice'],
    ['a name without end', { [`${'x'.repeat(99)} `]: '' }, `"${'x'.repeat(40)}" is no name`],
  ])('that have %s are an error of the service', async (_what, headers, problem) => {
    const { answer, told } = await answered({ headers });
    expect(answer).toMatchObject({ outcome: 'error', statusCode: 500, headers: {} });
    const fields = told[0]?.[2] as { readonly error: Error };
    expect(fields.error.message).toContain(problem);
  });

  test('are passed on as they are otherwise', async () => {
    const headers = {
      ETag: 'W/"a-b"',
      'Set-Cookie': 'a=b',
      'X-Accent': 'caf\xe9\t.',
      "!#$%&'*+": '',
    };
    expect((await answered({ headers })).answer.headers).toEqual(headers);
  });

  test.each([
    [503, {}, { 'Retry-After': '60' }],
    [503, { 'retry-after': '5' }, { 'retry-after': '5' }],
    [503, { A: 'b' }, { A: 'b', 'Retry-After': '60' }],
    [500, {}, {}],
  ])('of a %i: %j say when to come back: %j', async (statusCode, headers, expected) => {
    const { answer } = await answered({ outcome: 'error', statusCode, headers });
    expect(answer.headers).toEqual(expected);
  });
});
