/** Who may change the level from here, by the address of the peer: no header can say otherwise. */
import { describe, expect, test } from 'vitest';
import { givenFront } from './given.ts';

const resetFrom = async (remoteAddress: string, headers: Record<string, string> = {}) => {
  const { front, events } = await givenFront();
  const reply = await front.inject({
    method: 'POST',
    url: '/circuit-breaker/reset',
    remoteAddress,
    headers: { host: 'localhost', ...headers },
  });
  return { reply, events };
};

describe('a peer', () => {
  test.each(['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:127.1.2.3'])(
    '%s may change the level',
    async (address) => {
      const { reply, events } = await resetFrom(address);
      expect(reply.statusCode).toBe(200);
      expect(events).toHaveLength(1);
    },
  );

  test.each([
    '10.0.0.1',
    '192.168.1.7',
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    'fe80::1',
    '::ffff:10.0.0.1',
    '::ffff:126.255.255.255',
  ])('%s may not, and is told its address', async (address) => {
    const { reply, events } = await resetFrom(address, { 'x-forwarded-for': '127.0.0.1' });
    expect(reply.json()).toEqual({
      status: 403,
      message: `only a loopback address may change the level, got ${address}`,
    });
    expect(events).toEqual([]);
  });

  test.each([
    [{ host: 'evil.example' }, 'only a loopback Host may change the level, got "evil.example"'],
    [
      { origin: 'https://evil.example' },
      'only a page of this server may change the level, got Origin "https://evil.example"',
    ],
    [
      { 'sec-fetch-site': 'cross-site' },
      'only a page of this server may change the level, got Sec-Fetch-Site "cross-site"',
    ],
    [
      { 'sec-fetch-site': 'same-site' },
      'only a page of this server may change the level, got Sec-Fetch-Site "same-site"',
    ],
    [
      { host: `${'x'.repeat(150)}.example` },
      `only a loopback Host may change the level, got "${'x'.repeat(100)}"`,
    ],
  ])('is told which header was refused: %j', async (headers, message) => {
    const { reply } = await resetFrom('127.0.0.1', headers);
    expect(reply.json()).toEqual({ status: 403, message });
  });
});

test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:80', '127.0.0.1:3000', '[::1]:3000'])(
  'the Host %s may',
  async (host) => {
    expect((await resetFrom('127.0.0.1', { host })).reply.statusCode).toBe(200);
  },
);

test.each(['same-origin', 'none'])('a page of this server may, %s', async (site) => {
  const { reply } = await resetFrom('127.0.0.1', { 'sec-fetch-site': site });
  expect(reply.statusCode).toBe(200);
});

test.each([
  'evil.com@127.0.0.1',
  '127.0.0.1#evil.com',
  '127.0.0.1?evil.com',
  '127.0.0.1/evil.com',
  '127.0.0.1\\evil.com',
  '0x7f.1',
  '127.1',
  '2130706433',
  '%6cocalhost',
  '127.0.0.1:',
])('the Host %s may not: it is only read as one of this machine', async (host) => {
  const { reply, events } = await resetFrom('127.0.0.1', { host });
  const message = `only a loopback Host may change the level, got ${JSON.stringify(host)}`;
  expect(reply.json()).toEqual({ status: 403, message });
  expect(events).toEqual([]);
});
