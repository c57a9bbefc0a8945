/** The bank over HTTP: the walk through its levels, its answers, and that it moves no level but its own. */
import { describe, expect, test, vi } from 'vitest';
import { NO_LATENCY } from '../services/banks.ts';
import { givenService, json, type RunningService, type Status } from './given.ts';

const MAINTENANCE = 'Nivel 3: Sistema bajo mantenimiento, intente más tarde';
const BALANCE = { amount: '1234.50', currency: 'EUR' };

const givenBank = async (env: Readonly<Record<string, string>> = {}) => {
  const service = await givenService({ ...NO_LATENCY, ...env });
  const account = (query = '', id = '12345') => service.send('GET', `/account/${id}${query}`);
  const accountTimes = async (times: number, query: string) => {
    const replies = [];
    for (let i = 0; i < times; i += 1) replies.push(await account(query));
    return replies.map(({ status, headers }) => `${status} ${headers.get('X-Service-Level')}`);
  };
  return { service, account, accountTimes };
};

const statusOf = async (service: RunningService, scope: string) =>
  (await service.send('GET', `/circuit-breaker?scope=${scope}`)).body as unknown as Status;

describe('the level of the bank', () => {
  test('climbs by accounts that were never asked for at level 1', async () => {
    const { service, account, accountTimes } = await givenBank();
    await accountTimes(5, '?error=true');
    for (let i = 0; i < 5; i += 1) {
      expect(await account('', '23456')).toMatchObject({ status: 200, body: { level: 2 } });
    }
    expect(await statusOf(service, 'account')).toMatchObject({ currentLevel: 1 });
  });

  test('is moved by no request that is not valid, probes included', async () => {
    const { service, account, accountTimes } = await givenBank();
    await accountTimes(10, '?error=true');
    const before = await statusOf(service, 'account');
    expect(before).toMatchObject({ currentLevel: 3 });
    for (let i = 0; i < 3; i += 1) {
      expect((await account('', 'abc')).status).toBe(400);
      expect((await account('?error=banana')).status).toBe(400);
      expect((await account('?error=true', 'abc')).status).toBe(400);
    }
    expect(await statusOf(service, 'account')).toEqual(before);
  });
});

describe('the walk of the bank', () => {
  test('20 failing calls lead to maintenance, 3 probes and 5 successes back', async () => {
    const { service, account, accountTimes } = await givenBank();
    expect(await statusOf(service, 'account')).toMatchObject({ currentLevel: 1, errorCount: 0 });
    expect(await account()).toMatchObject({
      status: 200,
      body: {
        status: 200,
        level: 1,
        account: { id: '12345', owner: 'Ana Torres', balance: BALANCE },
      },
    });

    expect(await accountTimes(20, '?error=true')).toEqual([
      ...Array<string>(5).fill('500 1'),
      ...Array<string>(5).fill('500 2'),
      ...Array<string>(10).fill('503 3'),
    ]);
    expect(await statusOf(service, 'account')).toMatchObject({
      currentLevel: 3,
      errorCount: 10,
      successCount: 0,
      history: [
        { epoch: 1, from: 1, to: 2, reason: 'errors' },
        { epoch: 2, from: 2, to: 3, reason: 'errors' },
      ],
    });

    const inMaintenance = await account();
    expect(inMaintenance).toMatchObject({
      status: 503,
      body: { status: 503, message: MAINTENANCE, account: { id: '12345' } },
    });
    expect(inMaintenance.headers.get('Retry-After')).toBe('60');
    expect(await accountTimes(2, '')).toEqual(['503 3', '503 3']);
    expect(await statusOf(service, 'account')).toMatchObject({ currentLevel: 2, errorCount: 5 });

    const degraded = await account();
    expect(degraded).toMatchObject({
      status: 200,
      body: { status: 200, level: 2, account: { id: '12345', balance: BALANCE } },
    });
    expect(degraded.body['account']).not.toHaveProperty('owner');
    expect(degraded.body['cachedAgeSeconds']).toBeGreaterThanOrEqual(0);
    expect(degraded.body['cachedAgeSeconds']).toBeLessThan(60);

    expect(await accountTimes(4, '')).toEqual(Array<string>(4).fill('200 2'));
    expect(await statusOf(service, 'account')).toMatchObject({ currentLevel: 1, errorCount: 0 });
    expect(await account()).toMatchObject({ status: 200, body: { level: 1 } });
  });

  test('moves the level of the bank alone, and that of the default service moves it not', async () => {
    const { service, accountTimes } = await givenBank();
    await accountTimes(10, '?error=true');
    expect(await statusOf(service, 'account')).toMatchObject({ currentLevel: 3 });
    expect(await service.status()).toMatchObject({ currentLevel: 1, errorCount: 0 });
    expect(await service.post({ error: false })).toMatchObject({ body: { level: 1 } });

    await service.postTimes(5, true);
    expect(await service.status()).toMatchObject({ currentLevel: 2 });
    await service.send('POST', '/circuit-breaker/reset?scope=account', json({}));
    expect(await statusOf(service, 'account')).toMatchObject({ currentLevel: 1 });
    expect(await service.status()).toMatchObject({ currentLevel: 2 });
  });

  test('ends in maintenance by itself where every call fails by chance', async () => {
    const { service, accountTimes } = await givenBank({
      BANK_FULL_FAILURE_RATE: '1',
      BANK_DEGRADED_FAILURE_RATE: '1',
      BANK_PROBE_FAILURE_RATE: '1',
    });
    await accountTimes(14, '');
    expect(await statusOf(service, 'account')).toMatchObject({ currentLevel: 3, successCount: 0 });
  });
});

describe('the tick', () => {
  test('climbs out of maintenance with no traffic, by the probe of an account', async () => {
    const { service, accountTimes } = await givenBank({ TICK_SECONDS: '1' });
    await accountTimes(10, '?error=true');
    // Two probes of the three that it takes.
    expect(await accountTimes(2, '')).toEqual(['503 3', '503 3']);
    const climbed = async () => (await statusOf(service, 'account')).currentLevel === 2;
    await vi.waitUntil(climbed, { timeout: 5_000 });
    expect(await statusOf(service, 'account')).toMatchObject({ errorCount: 5, epoch: 3 });
  });
});

describe('an input that the bank does not take', () => {
  const notAnId = (got: string) => `the id of an account must be 1 to 12 digits, got "${got}"`;

  test.each([
    ['letters', '/account/abc', 400, notAnId('abc')],
    ['too many digits', '/account/1234567890123', 400, notAnId('1234567890123')],
    ['far too many', `/account/${'9'.repeat(9_000)}`, 400, notAnId('9'.repeat(40))],
    ['an emoji', '/account/%F0%9F%92%A5', 400, notAnId('💥')],
    ['nothing', '/account/', 404, 'there is no /account/ here'],
    ['a switch', '/account/12345?error=maybe', 400, '"error" must be true or false, got "maybe"'],
    [
      'two switches',
      '/account/1?error=true&error=1',
      400,
      '"error" must be true or false, got "1"',
    ],
    ['an unknown id', '/account/777', 404, 'there is no account 777'],
    ['no id', '/account', 404, 'there is no /account here'],
    ['more path', '/account/1/owner', 404, 'there is no /account/1/owner here'],
  ])('such as %s is no error of its own', async (_what, path, status, message) => {
    const { service } = await givenBank();
    const reply = await service.send('GET', path);
    expect(reply).toMatchObject({ status, body: { status, message } });
    expect(await statusOf(service, 'account')).toMatchObject({ errorCount: 0, epoch: 0 });
  });

  test.each(['POST', 'PUT', 'DELETE'])('such as a %s is 405', async (method) => {
    const { service } = await givenBank();
    const reply = await service.send(method, '/account/12345');
    expect(reply.status).toBe(405);
    expect(reply.headers.get('Allow')).toBe('GET, HEAD');
  });

  test('a HEAD is answered as a GET, without its body', async () => {
    const { service } = await givenBank();
    const reply = await service.send('HEAD', '/account/12345');
    expect([reply.status, reply.headers.get('X-Service-Level')]).toEqual([200, '1']);
  });
});

describe('a page of another origin', () => {
  test('may read an account', async () => {
    const { service, account } = await givenBank();
    const headers = { Origin: 'https://a.example', 'Access-Control-Request-Method': 'GET' };
    const asked = await service.send('OPTIONS', '/account/12345', { headers });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD');
    expect((await account()).headers.get('Access-Control-Allow-Origin')).toBe('*');
  });
});

describe('the fault switch', () => {
  test('is off on prod', async () => {
    const { service, accountTimes } = await givenBank({ STAGE: 'prod' });
    expect(await accountTimes(6, '?error=true')).toEqual(Array<string>(6).fill('200 1'));
    expect(await statusOf(service, 'account')).toMatchObject({ errorCount: 0 });
  });
});
