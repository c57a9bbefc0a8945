/** What a face is told of a request: all of it, as it came. */
import { describe, expect, test } from 'vitest';
import {
  INPUT_LIMIT_BYTES,
  NO_REQUEST,
  REQUEST_LIMIT_BYTES,
  requestBytesOf,
  type WorkflowInput,
} from '../../lib/runtime/workflow.ts';
import { exchange, givenFront } from './given.ts';
import { HOP_BY_HOP } from './headers.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('the body', () => {
  const bodies: [what: string, text: string][] = [
    ['numbers beyond a double', '{"n": 12345678901234567890, "x": 1.0, "y": -0, "z": 1e3}'],
    ['key order and white space', '{\r\n\t"b":1 , "a" : 2,"b":3 }\n'],
    ['backslashes', String.raw`{"a":"\\ \\\\ \\\" \\n \u005c\/"}`],
    ['quotes', String.raw`{"a":"\"'\"","'":"\""}`],
    ['NUL and controls as escapes', String.raw`{"a":"\u0000\u0001\b\f\n\r\t\u001f"}`],
    ['line separators', '{"a":"\u2028\u2029\u0085"}'],
    ['emoji and a lone surrogate', String.raw`{"a":"🙂 👩‍👩‍👧 \ud83d"}`],
    ['intrinsic functions', `{"a.$":"States.Format('{}', $$.Execution.Input)","$":"$.x"}`],
    ['an injected state key', String.raw`{"a":"\"},\"stateKey\":\"OTHER\",\"x\":{\"y\":\""}`],
    ['prototypes', '{"__proto__":{"a":1},"constructor":{"prototype":2}}'],
  ];

  test.each(bodies)('with %s reaches each face byte for byte', async (_what, text) => {
    for (const level of [1, 2, 3] as const) {
      const { url, asked } = await givenFront({ level });
      const init = { method: 'POST', headers: JSON_TYPE, body: text };
      expect((await fetch(`${url}/service-api`, init)).status).toBe(200);
      expect(asked).toHaveLength(level === 3 ? 2 : 1);
      for (const { bodyText, body } of asked) {
        expect(bodyText).toBe(text);
        expect(body).toEqual(JSON.parse(text));
      }
    }
  });

  test('that is no UTF-8 is refused: as text it would be another', async () => {
    const { port, asked } = await givenFront();
    const head = 'POST /service-api HTTP/1.1\r\nHost: x\r\nContent-Type: application/json';
    const answer = await exchange(
      port,
      `${head}\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{"a":"\xff"}`,
    );
    expect(answer).toContain('{"status":400,"message":"the body must be UTF-8"}');
    expect(asked).toEqual([]);
  });
});

describe('the size', () => {
  test('is the one that the gateway counts, to the byte, and leaves the workflow its room', async () => {
    const inputs: WorkflowInput[] = [];
    const engine = {
      execute: async (input: WorkflowInput) => {
        inputs.push(input);
        return { status: 'FAILED', error: 'only looked at' } as const;
      },
    };
    const { url } = await givenFront({ engine });
    const post = async (length: number) => {
      const body = JSON.stringify({ a: 'x'.repeat(length) });
      const reply = await fetch(`${url}/service-api`, { method: 'POST', headers: JSON_TYPE, body });
      return { status: reply.status, ...((await reply.json()) as { message: string }) };
    };
    await post(0);
    const room = REQUEST_LIMIT_BYTES - requestBytesOf(inputs[0]?.request ?? NO_REQUEST);
    expect((await post(room)).status).toBe(500);
    const [, largest] = inputs;
    expect(requestBytesOf(largest?.request ?? NO_REQUEST)).toBe(REQUEST_LIMIT_BYTES);
    const over = await post(room + 1);
    expect(over).toMatchObject({ status: 413 });
    expect(over.message).toMatch(/^the request must be at most 258048 bytes .*, got 258049$/);
    // With the fullest row beside it, it fits into what a function takes.
    const row = 'x'.repeat(2_048);
    const payload = JSON.stringify({ ...largest, row, executionId: 'x'.repeat(80) });
    expect(payload.length).toBeLessThan(INPUT_LIMIT_BYTES);
    expect(inputs).toHaveLength(2);
  });
});

describe('the rest of a request', () => {
  test('is its method, its route, its query and its end-to-end headers', async () => {
    const { port, asked } = await givenFront();
    const { 'Transfer-Encoding': _chunked, Expect: _expect, ...others } = HOP_BY_HOP;
    const headers = { ...others, ...JSON_TYPE, 'X-Custom': 'first', 'Idempotency-Key': '"7\\"' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const path =
      '/service-api?a=1&b=x%20y&a=%22%7D%2C%22stateKey%22%3A%22OTHER&c&q.$=$.x&__proto__=p';
    const again = 'x-custom: last\r\n__proto__: h\r\nget: g\r\n';
    const answer = await exchange(port, `POST ${path} HTTP/1.1\r\n${lines.join('')}${again}\r\n{}`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(asked).toHaveLength(1);
    const [request] = asked;
    expect(request).toMatchObject({
      method: 'POST',
      resource: '/service-api',
      pathParameters: {},
      bodyText: '{}',
    });
    expect(Object.entries(request?.query ?? {})).toEqual([
      ['a', '"},"stateKey":"OTHER'],
      ['b', 'x y'],
      ['c', ''],
      ['q.$', '$.x'],
      ['__proto__', 'p'],
    ]);
    expect(Object.entries(request?.headers ?? {})).toEqual([
      ['content-type', 'application/json'],
      ['x-custom', 'last'],
      ['idempotency-key', '"7\\"'],
      ['__proto__', 'h'],
      ['get', 'g'],
    ]);
  });
});

describe('the headers of a face', () => {
  test('cannot say that another level served, or that it served open', async () => {
    const headers = { 'x-service-level': '9', 'X-Service-Fail-Open': 'true', ETag: '"a"' };
    const { url } = await givenFront({
      service: { full: async () => ({ outcome: 'none', statusCode: 200, headers, body: {} }) },
    });
    const init = { method: 'POST', headers: JSON_TYPE, body: '{}' };
    const reply = await fetch(`${url}/service-api`, init);
    expect(reply.headers.get('X-Service-Level')).toBe('1');
    expect(reply.headers.get('X-Service-Fail-Open')).toBeNull();
    expect(reply.headers.get('ETag')).toBe('"a"');
  });
});
