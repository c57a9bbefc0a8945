/** Credentials of an upstream: sent where they belong, read seldom, shown nowhere. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { CredentialSource } from '../../lib/services/upstream-settings.ts';
import { CONTEXT, givenService, givenUpstream, requestOf } from './upstreams.ts';

const SOURCES: readonly CredentialSource[] = [
  { header: 'Authorization', ssm: '/shop/token', prefix: 'Bearer ' },
  { header: 'X-Api-Key', secret: 'shop-key' },
];

const givenCredentials = async ({ credentials = SOURCES, ...given } = {}) => {
  const [upstream, other] = [await givenUpstream(), await givenUpstream()];
  const time = { atMs: 0 };
  const values: Record<string, string> = { '/shop/token': 'sesame\n', 'shop-key': 'k-1' };
  const reads: string[] = [];
  const { service, told } = givenService(
    upstream.url,
    { degraded: other.url, fullProbeUrl: upstream.url, probeUrl: other.url, credentials, ...given },
    {
      clock: { nowMs: () => time.atMs },
      readCredential: async (source) => {
        const name = 'ssm' in source ? source.ssm : source.secret;
        reads.push(name);
        const value = values[name];
        if (value === undefined) throw new Error(`no ${name}`);
        return value;
      },
    },
  );
  const ask = () => service.full(requestOf({ method: 'GET' }), CONTEXT);
  return { upstream, other, service, told, time, values, reads, ask };
};

describe('credentials', () => {
  test('go to the upstream in place of the client’s, and to no other origin', async () => {
    const { upstream, other, service } = await givenCredentials();
    const headers = { authorization: 'Bearer of the client', 'x-api-key': 'mine' };
    await service.full(requestOf({ headers }), CONTEXT);
    await service.probe('full', requestOf(), CONTEXT);
    for (const seen of upstream.seen) {
      expect(seen.headers).toMatchObject({ authorization: 'Bearer sesame', 'x-api-key': 'k-1' });
    }
    await service.degraded(requestOf({ headers }), CONTEXT);
    await service.probe('degraded', requestOf(), CONTEXT);
    expect(other.seen.map((seen) => seen.headers['x-api-key'])).toEqual(['mine', undefined]);
    expect([upstream.seen.length, other.seen.length]).toEqual([2, 2]);
  });

  test('are read once, at the first request, and again after five minutes', async () => {
    const { reads, time, ask, values, upstream } = await givenCredentials();
    expect(reads).toEqual([]);
    await Promise.all([ask(), ask(), ask()]);
    await ask();
    expect(reads).toEqual(['/shop/token', 'shop-key']);
    values['shop-key'] = 'k-2';
    time.atMs = 5 * 60_000;
    await ask();
    expect(reads).toHaveLength(4);
    expect(upstream.seen.at(-1)?.headers['x-api-key']).toBe('k-2');
  });

  test.each([401, 403])(
    'that are answered with %i are read again, every half minute',
    async (status) => {
      const { upstream, reads, time, ask } = await givenCredentials();
      upstream.answer(status);
      await ask();
      await ask();
      expect(reads).toHaveLength(2);
      time.atMs = 30_000;
      await ask();
      await ask();
      expect(reads).toHaveLength(4);
    },
  );

  test('that cannot be read again are used as they were', async () => {
    const { values, time, told, ask, upstream, reads } = await givenCredentials();
    await ask();
    delete values['shop-key'];
    time.atMs = 5 * 60_000;
    expect(await ask()).toMatchObject({ outcome: 'success' });
    await ask();
    expect(upstream.seen.at(-1)?.headers['x-api-key']).toBe('k-1');
    expect(told.map(([, what]) => what)).toEqual(['upstream credentials not refreshed']);
    expect(reads).toHaveLength(4);
  });

  test.each<[string, string | undefined]>([
    ['cannot be read', undefined],
    ['are empty', ' \n'],
    ['no header can hold', 'a\nb'],
    ['no header can hold', '日本'],
  ])('that %s fail the request without asking, and show nothing', async (_what, value) => {
    const { values, told, ask, upstream } = await givenCredentials();
    values['/shop/token'] = 'sesame';
    if (value === undefined) delete values['shop-key'];
    else values['shop-key'] = value;
    expect(await ask()).toEqual({
      outcome: 'error',
      statusCode: 502,
      headers: {},
      body: {
        status: 502,
        message: 'the upstream could not be asked: its credentials are missing',
      },
    });
    expect(upstream.seen).toEqual([]);
    const log = inspect(told, { depth: null });
    expect(log).toContain('expected secret shop-key to hold the value of X-Api-Key');
    expect(log).not.toMatch(/sesame|a\\nb|日本/);
  });

  test('are in no log and no answer when the upstream fails', async () => {
    const { told, ask, upstream } = await givenCredentials();
    upstream.answer(500, 'down');
    const answers = [await ask()];
    upstream.respond((_seen, response) => void response.socket?.destroy());
    answers.push(await ask());
    upstream.answer(200, 'x', { 'Content-Encoding': 'gzip' });
    answers.push(await ask());
    expect(told.filter(([, what]) => what === 'upstream failed')).toHaveLength(3);
    expect(inspect([told, answers], { depth: null, showHidden: true })).not.toMatch(/sesame|k-1/);
  });
});
