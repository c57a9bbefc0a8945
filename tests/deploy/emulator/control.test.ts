/** The control plane of a deployed stage: through the front, the CLI, and the API itself. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '../../flow/given.ts';
import { makeUser, physicalId } from './aws.ts';
import { bookRowOf, ctl, givenDev, type Dev } from './given.ts';

let dev: Dev;
beforeAll(async () => {
  dev = await givenDev();
  return dev.close;
});

beforeEach(() => dev.table.forget());

describe('the status', () => {
  test('is the same from the front, the API and the table', async () => {
    await dev.postTimes(6, true);
    const status = await dev.status();
    expect(status).toMatchObject({ currentLevel: 2, errorCount: 6, successCount: 0, epoch: 1 });
    const reply = await dev.gateway.send('GET', '/circuit-breaker');
    expect(reply).toMatchObject({ status: 200, body: status });
    expect(reply.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(await ctl('status')).toMatch(
      /default {2}LEVEL 2 DEGRADED.*\n {2}6 of 10 errors to level 3, 0 of 10 successes to level 1\n/,
    );
  });
});

describe('a pin', () => {
  test('by the CLI holds the level of the deployed service until it is released', async () => {
    const printed = await ctl('pin', '3', '--reason', 'drill');
    expect(printed).toMatch(/LEVEL 3 MAINTENANCE.*\n {2}PINNED until released: drill\n/);
    const pinned = await dev.table.row();
    const replies = [await dev.post({ error: true }), await dev.post({ error: false })];
    expect(replies.map(({ status }) => status)).toEqual([503, 503]);
    expect(await dev.table.row()).toEqual(pinned);

    expect(await ctl('release')).toMatch(/LEVEL 3 MAINTENANCE/);
    expect(await bookRowOf(dev)).toEqual({ level: 3, errorCount: 10, successCount: 0, epoch: 2 });
    await dev.post({ error: false });
    expect(await bookRowOf(dev)).toMatchObject({ level: 3, successCount: 1 });
  });

  test('by the front holds in both directions', async () => {
    const body = json({ level: 2, reason: 'drill' });
    await dev.send('PUT', '/circuit-breaker/override', body);
    const replies = [await dev.post({ error: true }), await dev.post({ error: false })];
    expect(replies.map(({ status }) => status)).toEqual([500, 200]);
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 1 });

    expect(await dev.send('DELETE', '/circuit-breaker/override')).toMatchObject({
      status: 200,
      body: { currentLevel: 2, epoch: 2, transitionReason: 'release' },
    });
    await dev.post({ error: false });
    expect(await bookRowOf(dev)).toMatchObject({ level: 2, successCount: 1, epoch: 2 });
  });
});

describe('a policy change', () => {
  test('holds for the deployed mutator at once', async () => {
    await dev.send('PUT', '/circuit-breaker/policy', json({ errorsToDegrade: 2 }));
    await dev.postTimes(2, true);
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 2, successCount: 0, epoch: 2 });

    await ctl('policy', 'clear');
    expect(await bookRowOf(dev)).toEqual({ level: 2, errorCount: 5, successCount: 0, epoch: 3 });
  });
});

describe('a reset', () => {
  test('goes back to level 1, and heals a row that nobody can read', async () => {
    await dev.table.put({ currentLevel: 7, errorCount: 'many', epoch: 41 });
    const served = await dev.post({ error: false });
    expect(served.headers.get('X-Service-Fail-Open')).toBe('true');
    expect(await ctl('reset', '--reason', 'healed')).toMatch(/LEVEL 1 FULL/);
    expect(await bookRowOf(dev)).toEqual({ level: 1, errorCount: 0, successCount: 0, epoch: 42 });
    expect((await dev.post({ error: false })).headers.get('X-Service-Fail-Open')).toBeNull();
  });
});

/** Every control route, with a request that it takes. */
const CONTROLS = [
  ['POST', '/circuit-breaker/reset', { reason: 'drill' }],
  ['PUT', '/circuit-breaker/override', { level: 2, reason: 'drill' }],
  ['DELETE', '/circuit-breaker/override', undefined],
  ['PUT', '/circuit-breaker/policy', { errorsToDegrade: 4 }],
] as const;

describe('the API itself', () => {
  test.each(CONTROLS)('refuses %s %s without a signature', async (method, path, body) => {
    const reply = await dev.gateway.send(method, path, { body });
    expect(reply).toMatchObject({ status: 404, body: { status: 404 } });
    expect(await dev.table.row()).toBeUndefined();
  });

  test.each(CONTROLS)('refuses %s %s to whom no policy allows it', async (method, path, body) => {
    const { credentials: signer } = await makeUser(`nobody-${method}-${path.replaceAll('/', '-')}`);
    expect((await dev.gateway.send(method, path, { body, signer })).status).toBe(403);
    expect(await dev.table.row()).toBeUndefined();
  });

  test('obeys whom a policy allows it, but not with a guessed secret', async () => {
    const operator = await makeUser('operator');
    const api = await physicalId('dev', 'ApiGatewayRestApi');
    const routes = `arn:aws:execute-api:us-east-1:*:${api}/dev/*/circuit-breaker/*`;
    await operator.allow('execute-api:Invoke', routes);
    const guessed = { ...operator.credentials, secretAccessKey: 'guessed' };

    for (const [index, [method, path, body]] of CONTROLS.entries()) {
      const refused = await dev.gateway.send(method, path, { body, signer: guessed });
      expect(refused.status).toBe(403);
      const reply = await dev.gateway.send(method, path, { body, signer: operator.credentials });
      expect(reply).toMatchObject({ status: 200, body: { epoch: index + 1 } });
    }
    const { currentLevel, policy, history } = await dev.status();
    expect(history.map(({ reason }) => reason)).toEqual(['reset', 'pin', 'release', 'policy']);
    expect({ currentLevel, policy }).toMatchObject({
      currentLevel: 2,
      policy: { errorsToDegrade: 4 },
    });
  });

  test.each([
    ['/service-api', 'OPTIONS,POST'],
    ['/circuit-breaker', 'OPTIONS,GET'],
  ])('answers the preflight of %s', async (path, methods) => {
    const { status, headers } = await dev.gateway.send('OPTIONS', path);
    expect(status).toBe(200);
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(headers.get('Access-Control-Allow-Methods')).toBe(methods);
  });

  test('answers a path that it does not have as JSON', async () => {
    expect(await dev.gateway.send('GET', '/nothing')).toMatchObject({
      status: 404,
      body: { status: 404 },
    });
  });
});
