/** The bank of a deployed stage, in a scope of its own: from its seed down to maintenance and back. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Status } from '../../flow/given.ts';
import { givenDev, headersOf, type Dev } from './given.ts';
import { ROOT, withProjectNode } from './project-copy.ts';

let dev: Dev;
beforeAll(async () => {
  dev = await givenDev();
  return dev.close;
});

const MAINTENANCE = 'Nivel 3: Sistema bajo mantenimiento, intente más tarde';

const account = (query = '', id = '12345') => dev.send('GET', `/account/${id}${query}`);
const accountTimes = async (times: number, query: string) => {
  const shown: string[] = [];
  for (let i = 0; i < times; i += 1) {
    const reply = await account(query);
    shown.push(`${reply.status} ${headersOf(reply).level}`);
  }
  return shown;
};

const statusOf = async (scope: string) =>
  (await dev.send('GET', `/circuit-breaker?scope=${scope}`)).body as unknown as Status;

/** Runs `npm run seed` and gives what it prints. */
async function seed(): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['run', '--silent', 'seed', '--', '--stage', 'dev'],
    { cwd: ROOT, env: withProjectNode(process.env) },
  );
  return stdout;
}

describe('the status', () => {
  test('shows every scope, from the front and from the API', async () => {
    const status = await dev.status();
    const scopes = { default: { currentLevel: 1 }, account: { currentLevel: 1, epoch: 0 } };
    expect(status).toMatchObject({ scope: 'default', scopes });
    expect(Object.keys((status as unknown as { scopes: object }).scopes)).toHaveLength(2);
    expect(await dev.gateway.send('GET', '/circuit-breaker')).toMatchObject({ body: status });
  });

  test('is of one scope where the query names it, and 404 where there is none', async () => {
    const ofBank = await dev.gateway.send('GET', '/circuit-breaker?scope=account');
    expect(ofBank).toMatchObject({
      status: 200,
      body: { scope: 'account', policy: { probesToDegraded: 3, successesToFull: 5 } },
    });
    expect(ofBank.body).not.toHaveProperty('scopes');
    // The API is open to everybody, so it tells no words of operators; the front is on this machine.
    expect(ofBank.body).toEqual({ ...(await statusOf('account')), redacted: true });
    const message = 'unknown scope "nope"; there is default, account';
    for (const reply of [
      await dev.send('GET', '/circuit-breaker?scope=nope'),
      await dev.gateway.send('GET', '/circuit-breaker?scope=nope'),
    ]) {
      expect(reply).toMatchObject({ status: 404, body: { status: 404, message } });
    }
  });
});

describe('the bank', () => {
  test('has no account before it is seeded, and five after, once and for all', async () => {
    expect(await account()).toMatchObject({
      status: 404,
      body: { status: 404, message: 'there is no account 12345' },
    });
    expect(await seed()).toBe('AccountsTable-dev: 5 accounts put, 0 were there\n');
    expect(await seed()).toBe('AccountsTable-dev: 0 accounts put, 5 were there\n');
    expect(await dev.table.row('account')).toBeUndefined();
  });

  test('walks 1 → 2 → 3 → 2 → 1 and shows as much of an account as each level may', async () => {
    const balance = { amount: '1234.50', currency: 'EUR' };
    const full = await account();
    expect(full).toMatchObject({
      status: 200,
      body: { status: 200, level: 1, account: { id: '12345', owner: 'Ana Torres', balance } },
    });
    expect(full.body['account']).toHaveProperty('movements.length', 5);

    expect(await accountTimes(5, '?error=true')).toEqual(Array(5).fill('500 1'));
    expect(await statusOf('account')).toMatchObject({ currentLevel: 2, errorCount: 5 });
    const degraded = await account();
    expect(degraded.body).toEqual({
      status: 200,
      level: 2,
      account: { id: '12345', balance },
      cachedAgeSeconds: expect.any(Number) as number,
    });

    expect(await accountTimes(5, '?error=true')).toEqual(Array(5).fill('500 2'));
    expect(await statusOf('account')).toMatchObject({ currentLevel: 3, errorCount: 10 });
    const inMaintenance = await account('?error=true');
    expect(inMaintenance).toMatchObject({
      status: 503,
      body: { status: 503, message: MAINTENANCE, account: { id: '12345' } },
    });
    expect(headersOf(inMaintenance)).toMatchObject({ level: '3', retryAfter: '60' });

    expect(await accountTimes(3, '')).toEqual(Array(3).fill('503 3'));
    expect(await statusOf('account')).toMatchObject({ currentLevel: 2, errorCount: 5 });
    expect(await accountTimes(5, '')).toEqual(Array(5).fill('200 2'));
    const status = await statusOf('account');
    expect(status).toMatchObject({ currentLevel: 1, errorCount: 0 });
    expect(status.history.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [1, 2, 'errors'],
      [2, 3, 'errors'],
      [3, 2, 'probes'],
      [2, 1, 'successes'],
    ]);
    expect(await accountTimes(1, '')).toEqual(['200 1']);
    expect(await dev.table.row()).toBeUndefined();
  });

  test('climbs by its own tick, which reads an account with no request', async () => {
    await dev.table.put({ currentLevel: 3, errorCount: 10, epoch: 7 }, 'account');
    for (let ticks = 0; ticks < 3; ticks += 1) await dev.schedules.tick('account');
    expect(await statusOf('account')).toMatchObject({ currentLevel: 2, epoch: 8 });
    expect(await dev.table.row()).toBeUndefined();
  });
});
