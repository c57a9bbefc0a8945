/** The bank service: what each face answers, what it asks of the table, and who may make it fail. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CachedBalance } from '../../lib/services/accounts.ts';
import type { Answer } from '../../lib/services/service.ts';
import {
  ACCOUNT,
  accountRequest,
  BANK_MS,
  CONTEXT,
  givenBank,
  STEADY,
  TICK_REQUEST,
  callOf,
} from './banks.ts';

const MAINTENANCE = 'Nivel 3: Sistema bajo mantenimiento, intente más tarde';
const BALANCE = { amount: '1234.50', currency: 'EUR' };
const FULL = {
  outcome: 'success',
  statusCode: 200,
  headers: { 'Cache-Control': 'no-store' },
  body: {
    status: 200,
    level: 1,
    account: {
      id: '12345',
      owner: 'Ana',
      balance: BALANCE,
      movements: [
        {
          at: '2026-01-09T00:00:00Z',
          amount: { amount: '-0.05', currency: 'EUR' },
          text: 'Coin',
        },
      ],
    },
  },
};
const DEGRADED = {
  outcome: 'success',
  statusCode: 200,
  headers: { 'Cache-Control': 'no-store' },
  body: {
    status: 200,
    level: 2,
    account: { id: '12345', balance: BALANCE },
    cachedAgeSeconds: 7,
  },
};
const NO_FAILURE = { outcome: 'none', headers: { 'Cache-Control': 'no-store' } };
const refused = (status: number, message: string) => ({
  ...NO_FAILURE,
  statusCode: status,
  body: { status, message },
});
const FAILED = {
  outcome: 'error',
  statusCode: 500,
  headers: { 'Cache-Control': 'no-store' },
  body: { status: 500, message: 'Internal Server Error' },
};
const inMaintenance = (id: string) => ({
  ...NO_FAILURE,
  statusCode: 503,
  body: { status: 503, message: MAINTENANCE, account: { id } },
});
const badId = (got: string) => refused(400, `the id of an account must be 1 to 12 digits, ${got}`);
const badSwitch = refused(400, '"error" must be true or false, got "yes"');

const cachedAgo = (ageMs: number): CachedBalance => ({
  balance: ACCOUNT.balance,
  cachedAtMs: BANK_MS - ageMs,
});

describe('the answers', () => {
  test.each([
    ['full', '12345', {}, FULL],
    ['full', '12345', { error: 'false' }, FULL],
    ['full', '12345', { error: 'true' }, FAILED],
    ['full', '12345', { error: 'yes' }, badSwitch],
    ['full', '777', {}, refused(404, 'there is no account 777')],
    ['full', '777', { error: 'true' }, FAILED],
    ['full', 'abc', {}, badId('got "abc"')],
    ['full', 'abc', { error: 'true' }, badId('got "abc"')],
    ['full', '', {}, badId('got ""')],
    ['full', '1234567890123', {}, badId('got "1234567890123"')],
    ['full', '१२३', {}, badId('got "१२३"')],
    ['full', '1\n', {}, badId(String.raw`got "1\n"`)],
    ['full', 'x'.repeat(99), {}, badId(`got "${'x'.repeat(40)}"`)],
    ['degraded', '12345', {}, DEGRADED],
    ['degraded', '12345', { error: 'false' }, DEGRADED],
    ['degraded', '12345', { error: 'true' }, FAILED],
    ['degraded', '12345', { error: 'yes' }, badSwitch],
    ['degraded', '777', {}, refused(404, 'no balance of account 777 is cached')],
    ['degraded', 'abc', {}, badId('got "abc"')],
    ['maintenance', '12345', {}, inMaintenance('12345')],
    ['maintenance', '12345', { error: 'true' }, inMaintenance('12345')],
    ['maintenance', '12345', { error: 'yes' }, badSwitch],
    ['maintenance', '777', {}, inMaintenance('777')],
    ['maintenance', 'abc', {}, badId('got "abc"')],
  ] as const)('%s, account %j, %j', async (face, id, query, expected) => {
    const { service } = givenBank({ cached: cachedAgo(7_999) });
    expect(await service[face](accountRequest(id, query), CONTEXT)).toEqual(expected);
  });

  test('show any money to the cent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.maxSafeInteger(), async (cents) => {
        const { service } = givenBank({
          cached: { balance: { cents, currency: 'USD' }, cachedAtMs: BANK_MS },
        });
        const { body } = (await service.degraded(accountRequest('12345'), CONTEXT)) as Answer;
        const { account } = body as { account: { balance: { amount: string } } };
        expect(account.balance.amount).toMatch(/^-?(0|[1-9]\d*)\.\d\d$/);
        expect(BigInt(account.balance.amount.replace('.', ''))).toBe(BigInt(cents));
      }),
    );
  });

  test('say no age below zero where the clock of whoever cached was ahead', async () => {
    const { service } = givenBank({ cached: cachedAgo(-5_000) });
    expect(await service.degraded(accountRequest('12345'), CONTEXT)).toMatchObject({
      body: { cachedAgeSeconds: 0 },
    });
  });
});

describe('the table', () => {
  const REFRESH = ['cache', '12345', cachedAgo(0), BANK_MS - 60_000];

  test.each([
    ['full', 'with no balance cached', undefined, {}, [['read', '12345'], REFRESH]],
    ['full', 'with one of a minute', cachedAgo(60_000), {}, [['read', '12345'], REFRESH]],
    ['full', 'with a newer one', cachedAgo(59_999), {}, [['read', '12345']]],
    ['full', 'that is to fail', undefined, { error: 'true' }, []],
    ['full', 'with a bad switch', undefined, { error: '1' }, []],
    ['degraded', 'with a cached balance', cachedAgo(99_000), {}, [['readCached', '12345']]],
    ['degraded', 'with none', undefined, {}, [['readCached', '12345']]],
    ['degraded', 'that is to fail', undefined, { error: 'true' }, []],
    ['maintenance', 'in any case', undefined, {}, []],
  ] as const)(
    'is asked by %s %s no more than it needs',
    async (face, _case, cached, query, asked) => {
      const { service, operations } = givenBank({ ...(cached && { cached }) });
      await service[face](accountRequest('12345', query), CONTEXT);
      expect(operations).toEqual(asked);
    },
  );

  test('is asked for no balance of an account that is not there', async () => {
    const { service, operations } = givenBank();
    await service.full(accountRequest('777'), CONTEXT);
    expect(operations).toEqual([['read', '777']]);
  });

  test('that takes no balance into the cache fails no answer, and is told of', async () => {
    const error = new Error('no');
    const { service, told } = givenBank({ accounts: { cache: async () => Promise.reject(error) } });
    expect(await service.full(accountRequest('12345'), CONTEXT)).toEqual(FULL);
    expect(told).toEqual([['warn', 'balance not cached', { ...CONTEXT, error }]]);
  });

  test.each(['full', 'degraded', 'probe'] as const)(
    'that fails is a failure of %s',
    async (call) => {
      const down = async () => Promise.reject(new Error('down'));
      const { service } = givenBank({ accounts: { read: down, readCached: down } });
      await expect(callOf(service, call)(accountRequest('12345'), CONTEXT)).rejects.toThrow('down');
    },
  );
});

describe('the probe', () => {
  test.each([
    ['of a request', accountRequest('777'), 'success', [['readCached', '777']]],
    ['of a tick', TICK_REQUEST, 'success', [['readCached', '12345']]],
    ['of a malformed id', accountRequest('abc'), 'none', []],
    ['that is to fail', accountRequest('777', { error: 'true' }), 'error', []],
    [
      'that is to succeed',
      accountRequest('7', { error: 'false' }),
      'success',
      [['readCached', '7']],
    ],
    ['of a bad switch', accountRequest('7', { error: 'yes' }), 'none', []],
  ] as const)('%s', async (_which, request, outcome, asked) => {
    const { service, operations } = givenBank();
    expect(await service.probe('degraded', request, CONTEXT)).toBe(outcome);
    expect(operations).toEqual(asked);
  });
});

describe('the fault switch', () => {
  const ALWAYS = { ...STEADY, failureRates: { full: 1, degraded: 1, probe: 1 } };

  test('makes a call succeed that chance would fail', async () => {
    const { service } = givenBank({ bank: ALWAYS, cached: cachedAgo(0) });
    const request = accountRequest('12345', { error: 'false' });
    expect(await service.full(request, CONTEXT)).toMatchObject({ outcome: 'success' });
    expect(await service.degraded(request, CONTEXT)).toMatchObject({ outcome: 'success' });
    expect(await service.probe('degraded', request, CONTEXT)).toBe('success');
  });

  test.each([
    ['true', 0, 'success'],
    ['false', 1, 'error'],
  ] as const)('that is off lets chance decide over error=%s', async (error, rate, outcome) => {
    const bank = { ...STEADY, failureRates: { full: rate, degraded: rate, probe: rate } };
    const { service } = givenBank({ bank, faultSwitch: false, cached: cachedAgo(0) });
    const request = accountRequest('12345', { error });
    expect(await service.full(request, CONTEXT)).toMatchObject({ outcome });
    expect(await service.degraded(request, CONTEXT)).toMatchObject({ outcome });
    expect(await service.probe('degraded', request, CONTEXT)).toBe(outcome);
  });

  test('that is off still refuses what it would not take', async () => {
    const { service } = givenBank({ faultSwitch: false });
    expect(await service.full(accountRequest('12345', { error: 'yes' }), CONTEXT)).toEqual(
      badSwitch,
    );
  });
});
