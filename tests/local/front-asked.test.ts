/** What the front asks of the workflow: whether a request may be served again, and whether it goes past the level. */
import { describe, expect, test } from 'vitest';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import type { Service } from '../../lib/services/service.ts';
import { givenFront } from './given.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function givenAsked(sharedIdempotency = true) {
  const inputs: WorkflowInput[] = [];
  const engine = {
    async execute(input: WorkflowInput) {
      inputs.push(input);
      return { status: 'FAILED', error: 'only looked at' } as const;
    },
  };
  const { url, front } = await givenFront({ engine, sharedIdempotency });
  return { inputs, url, front };
}

describe('a request that is safe to serve again', () => {
  test.each([
    ['POST', '/service-api', {}, true, false],
    ['POST', '/service-api', { 'Idempotency-Key': 'a' }, true, true],
    ['POST', '/service-api', { 'Idempotency-Key': '' }, true, false],
    // Two APIs need not know each other's keys.
    ['POST', '/service-api', { 'Idempotency-Key': 'a' }, false, false],
    ['GET', '/account/1', {}, false, true],
  ] as const)(
    '%s %s %j, keys shared: %s, is one: %s',
    async (method, path, more, shared, isSafe) => {
      const { inputs, url } = await givenAsked(shared);
      const body = method === 'POST' ? { body: '{}' } : {};
      await fetch(url + path, { method, headers: { ...JSON_TYPE, ...more }, ...body });
      expect(inputs.map(({ safe, bypass }) => ({ safe, bypass }))).toEqual([
        { safe: isSafe, bypass: false },
      ]);
    },
  );
});

describe('the bypass', () => {
  const post = { method: 'POST', headers: JSON_TYPE, body: '{"a":1}' } as const;

  test.each([
    ['/service-api', 'default', post],
    ['/account/12?x=1', 'account', {}],
  ] as const)('asks for %s past the level, as a client would', async (path, scope, init) => {
    const { inputs, url } = await givenAsked();
    await fetch(url + path, init);
    await fetch(`${url}/circuit-breaker/bypass${path}`, init);
    const [plain, past] = inputs;
    expect(past).toMatchObject({ scope, bypass: true, kind: 'request' });
    const request = { ...plain?.request, requestId: past?.request.requestId };
    const expected = { ...plain, receivedAt: 0, request };
    expect({ ...past, receivedAt: 0, bypass: false }).toEqual(expected);
  });

  test('is for loopback addresses and pages of this server alone', async () => {
    const { inputs, front } = await givenAsked();
    const send = (remoteAddress: string, headers: Record<string, string>) =>
      front.inject({
        method: 'POST',
        url: '/circuit-breaker/bypass/service-api',
        payload: {},
        remoteAddress,
        headers: { host: 'localhost', ...headers },
      });
    expect((await send('10.0.0.1', {})).statusCode).toBe(403);
    expect((await send('127.0.0.1', { origin: 'https://evil.example' })).statusCode).toBe(403);
    expect(inputs).toEqual([]);
    await send('127.0.0.1', {});
    expect(inputs).toHaveLength(1);
  });

  test('is served in full at level 3, and says which level it is past', async () => {
    const { url } = await givenFront({ level: 3 });
    const reply = await fetch(`${url}/circuit-breaker/bypass/service-api`, post);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('X-Service-Level')).toBe('1');
  });
});

describe('the shield', () => {
  const failing: Partial<Service> = {
    full: async () => ({ outcome: 'error', statusCode: 500, headers: {}, body: {} }),
    degraded: async () => ({
      outcome: 'success',
      statusCode: 200,
      headers: { 'X-Service-Shielded': 'a lie' },
      body: { status: 200, level: 2 },
    }),
  };
  const send = async (url: string, key?: string) => {
    const headers = { ...JSON_TYPE, ...(key !== undefined && { 'Idempotency-Key': key }) };
    const reply = await fetch(`${url}/service-api`, { method: 'POST', headers, body: '{}' });
    const header = (name: string) => reply.headers.get(`X-Service-${name}`);
    return { status: reply.status, level: header('Level'), shielded: header('Shielded') };
  };

  test('serves what is safe in the same execution, and the answer says so', async () => {
    const { url } = await givenFront({ service: failing, policy: 'production' });
    expect(await send(url, 'a')).toEqual({ status: 200, level: '2', shielded: 'true' });
    expect(await send(url)).toEqual({ status: 500, level: '1', shielded: null });
  });

  test('is not there in classic', async () => {
    const { url } = await givenFront({ service: failing });
    expect(await send(url, 'a')).toEqual({ status: 500, level: '1', shielded: null });
  });
});
