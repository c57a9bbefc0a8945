/** The control plane over HTTP: status, reset, pin, release and policy, and who may use them. */
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { classic } from '../../lib/level/policy.ts';
import { givenService, json, type RunningService } from './given.ts';

/** fetch does not let a caller choose Host, so this goes one layer down. */
const statusWithHeaders = (service: RunningService, headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${service.url}/circuit-breaker/reset`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('the status', () => {
  test('of a service that was never called shows the defaults', async () => {
    const service = await givenService();
    const reply = await service.send('GET', '/circuit-breaker');
    expect(reply.status).toBe(200);
    const { scopes, ...status } = reply.body as { readonly scopes: Record<string, unknown> };
    expect(scopes).toEqual({
      default: status,
      account: (await service.send('GET', '/circuit-breaker?scope=account')).body,
    });
    expect(status).toEqual({
      scope: 'default',
      currentLevel: 1,
      errorCount: 0,
      successCount: 0,
      epoch: 0,
      lastUpdated: null,
      lastTransition: null,
      transitionReason: null,
      levelSince: null,
      history: [],
      policy: classic,
      preset: 'classic',
      policySource: Object.fromEntries(Object.keys(classic).map((name) => [name, 'preset'])),
    });
  });

  test('of an unknown scope is 404', async () => {
    const service = await givenService();
    const reply = await service.send('GET', '/circuit-breaker?scope=nope');
    expect(reply).toMatchObject({
      status: 404,
      body: { status: 404, message: 'unknown scope "nope"; there is default, account' },
    });
    expect((await service.send('GET', '/circuit-breaker?scope=default')).status).toBe(200);
  });
});

describe('reset', () => {
  test('goes back to level 1 with epoch + 1 and records the reason', async () => {
    const service = await givenService();
    await service.postTimes(7, true);
    const path = '/circuit-breaker/reset';
    const reply = await service.send('POST', path, json({ reason: 'fixed by hand' }));
    expect(reply).toMatchObject({
      status: 200,
      body: { currentLevel: 1, errorCount: 0, epoch: 2, transitionReason: 'fixed by hand' },
    });
    expect((await service.status()).history.at(-1)).toMatchObject({
      epoch: 2,
      from: 2,
      to: 1,
      reason: 'reset',
    });
  });

  test('needs no body', async () => {
    const service = await givenService();
    const reply = await service.send('POST', '/circuit-breaker/reset');
    expect(reply).toMatchObject({ status: 200, body: { epoch: 1, transitionReason: 'reset' } });
  });

  test.each([
    ['{"reason": 5}', 'reason must be a string, got 5'],
    ['{"reasn": "x"}', 'reasn is not a field of a reset; did you mean reason?'],
    [JSON.stringify({ reason: 'ü'.repeat(61) }), 'reason must be at most 120 bytes of UTF-8'],
    ['[]', 'a reset must be an object, got Array'],
    ['{', 'the body must be JSON'],
  ])('refuses %s', async (body, message) => {
    const service = await givenService();
    const headers = { 'Content-Type': 'application/json' };
    const reply = await service.send('POST', '/circuit-breaker/reset', { body, headers });
    expect(reply).toMatchObject({ status: 400, body: { status: 400, message } });
    expect((await service.status()).epoch).toBe(0);
  });
});

test('a change of a laptop names its user', async () => {
  const service = await givenService();
  await service.send('PUT', '/circuit-breaker/override', json({ level: 2, reason: 'drill' }));
  const released = await service.send(
    'DELETE',
    '/circuit-breaker/override',
    json({ reason: 'over' }),
  );
  const by = expect.stringMatching(/^[^@]+@./);
  expect(released.body).toMatchObject({
    by,
    changes: [{ epoch: 2, from: 2, to: 2, reason: 'release', note: 'over', by }],
    history: [{ epoch: 1, reason: 'pin', note: 'drill', by }, { epoch: 2 }],
  });
  const again = await service.send('DELETE', '/circuit-breaker/override');
  expect(again).toMatchObject({ status: 200, body: { changes: [], epoch: 2 } });
});

describe('who may change the level', () => {
  test.each([
    ['no Origin', {}, 200],
    ['localhost', { Host: 'localhost' }, 200],
    ['IPv6 loopback', { Host: '[::1]:80' }, 200],
    ['a page of this server', { Host: 'localhost:1', Origin: 'http://localhost:1' }, 200],
    ['a foreign Origin', { Origin: 'https://evil.example' }, 403],
    ['an opaque Origin', { Origin: 'null' }, 403],
    ['another port', { Host: 'localhost:1', Origin: 'http://localhost:2' }, 403],
    ['a foreign Host', { Host: 'evil.example' }, 403],
    [
      'a foreign Host that is the same origin',
      { Host: 'evil.example', Origin: 'http://evil.example' },
      403,
    ],
    ['a Host that looks like a loopback', { Host: '127.0.0.1.evil.example' }, 403],
  ])('%s: %o is %i', async (_who, headers, status) => {
    const service = await givenService();
    expect(await statusWithHeaders(service, headers)).toBe(status);
    expect((await service.status()).epoch).toBe(status === 200 ? 1 : 0);
  });
});

describe('a pinned level', () => {
  test('serves and counts nothing until it is released', async () => {
    const service = await givenService();
    await service.postTimes(2, true);
    const pin = json({ level: 2, reason: 'database migration' });
    const pinned = await service.send('PUT', '/circuit-breaker/override', pin);
    expect(pinned).toMatchObject({
      status: 200,
      body: {
        currentLevel: 2,
        errorCount: 5,
        epoch: 1,
        override: { reason: 'database migration' },
      },
    });

    const replies = [
      ...(await service.postTimes(12, true)),
      ...(await service.postTimes(12, false)),
    ];
    expect(new Set(replies.map((reply) => reply.headers.get('X-Service-Level')))).toEqual(
      new Set(['2']),
    );
    expect(await service.status()).toMatchObject({ errorCount: 5, successCount: 0, epoch: 1 });

    const released = await service.send('DELETE', '/circuit-breaker/override');
    expect(released).toMatchObject({ status: 200, body: { currentLevel: 2, epoch: 2 } });
    expect(released.body).not.toHaveProperty('override');
    await service.postTimes(10, false);
    expect(await service.status()).toMatchObject({ currentLevel: 1, epoch: 3 });
  });

  test('releasing what is not pinned changes nothing', async () => {
    const service = await givenService();
    const reply = await service.send('DELETE', '/circuit-breaker/override');
    expect(reply).toMatchObject({ status: 200, body: { epoch: 0, history: [] } });
  });

  test('says until when it holds', async () => {
    const service = await givenService();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const body = json({ level: 3, reason: 'drill', until });
    const reply = await service.send('PUT', '/circuit-breaker/override', body);
    expect(reply).toMatchObject({ status: 200, body: { override: { reason: 'drill', until } } });
  });

  test.each([
    [{ reason: 'x' }, 'level is missing'],
    [{ level: 2 }, 'reason is missing'],
    [{ level: 4, reason: 'x' }, 'level must be 1, 2 or 3, got 4'],
    [{ level: 2, reason: '' }, 'reason must say why the level is pinned'],
    [
      { level: 2, reason: 'x', until: 'soon' },
      'until must be an ISO 8601 time such as 2026-01-31T12:00:00Z, got "soon"',
    ],
    [
      { level: 2, reason: 'x', until: '2020-01-01T00:00:00Z' },
      'until must be in the future, got 2020-01-01T00:00:00.000Z',
    ],
    [
      { level: 2, reason: 'x', untill: 1 },
      'untill is not a field of an override; did you mean until?',
    ],
  ])('%o is refused', async (body, message) => {
    const service = await givenService();
    const reply = await service.send('PUT', '/circuit-breaker/override', json(body));
    expect(reply).toMatchObject({ status: 400, body: { message } });
  });
});

describe('a policy change', () => {
  test('holds at once, without a restart, and begins an epoch', async () => {
    const service = await givenService();
    await service.postTimes(2, true);
    const reply = await service.send(
      'PUT',
      '/circuit-breaker/policy',
      json({ errorsToDegrade: 2 }),
    );
    expect(reply).toMatchObject({
      status: 200,
      body: { epoch: 1, errorCount: 0, policy: { errorsToDegrade: 2, errorsToMaintenance: 10 } },
    });
    await service.postTimes(2, true);
    expect(await service.status()).toMatchObject({ currentLevel: 2, errorCount: 2, epoch: 2 });

    await service.send('PUT', '/circuit-breaker/policy', json({}));
    expect(await service.status()).toMatchObject({
      epoch: 3,
      errorCount: 5,
      policy: { errorsToDegrade: 5 },
    });
  });

  test('by PATCH adds to what the row says, and takes back by null; the status tells who says what', async () => {
    const service = await givenService();
    const patch = async (body: unknown) =>
      (await service.send('PATCH', '/circuit-breaker/policy', json(body))).body;
    await patch({ errorsToDegrade: 3, dwellMs: 1_000 });
    expect(await patch({ errorsToDegrade: 4, ramp: [50] })).toMatchObject({
      policy: { errorsToDegrade: 4, dwellMs: 1_000, ramp: [50] },
      policySource: { errorsToDegrade: 'row', dwellMs: 'row', ramp: 'row', shield: 'preset' },
    });
    expect(await patch({ dwellMs: null, ramp: null })).toMatchObject({
      policy: { errorsToDegrade: 4, dwellMs: 0, ramp: [] },
      policySource: { errorsToDegrade: 'row', dwellMs: 'preset', ramp: 'preset' },
    });
    expect(await patch({ errorsToDegrade: 99 })).toMatchObject({
      message: 'errorsToDegrade must be below errorsToMaintenance, got 99 and 10',
    });
    expect(await patch({ errorToDegrade: null })).toMatchObject({
      message: 'errorToDegrade is not a field of a policy; did you mean errorsToDegrade?',
    });
  });

  test('without a body is refused: nothing must not mean the deployed policy', async () => {
    const service = await givenService();
    const reply = await service.send('PUT', '/circuit-breaker/policy');
    expect(reply).toMatchObject({
      status: 400,
      body: { message: 'the body must be JSON, got none' },
    });
  });

  test('that makes no sense is refused with a reason', async () => {
    const service = await givenService();
    const reply = await service.send(
      'PUT',
      '/circuit-breaker/policy',
      json({ errorsToDegrade: 10 }),
    );
    expect(reply).toMatchObject({
      status: 400,
      body: { message: 'errorsToDegrade must be below errorsToMaintenance, got 10 and 10' },
    });
  });
});
