/** What a deployed function is made of: who it tells of level changes, and how long that may take. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { accountsOnDemand } from '../../lib/runtime/accounts-runtime.ts';
import { levelRuntimeFromEnv } from '../../lib/runtime/level-runtime.ts';
import type { Accounts } from '../../lib/services/accounts.ts';
import { givenServer, type Answer } from '../store/local-servers.ts';

const EVENT = {
  scope: 'default',
  from: 1,
  to: 2,
  reason: 'errors',
  epoch: 1,
  at: '2026-01-02T03:04:05Z',
} as const;

/** The runtime of a function whose AWS is a server of this machine. */
async function given(answer: Answer) {
  const server = await givenServer(answer);
  const env = {
    EVENT_BUS: 'default',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { server, events: levelRuntimeFromEnv().events };
}

test('an event that EventBridge fails to take is sent once: the next change tells it', async () => {
  const { server, events } = await given((response) => void response.writeHead(500).end('{}'));
  await expect(events?.publish([EVENT], async () => {})).rejects.toMatchObject({
    code: 'LEVEL_EVENTS_NOT_SENT',
  });
  expect(server.received).toHaveLength(1);
});

test('an event that nobody answers is given up before the function is', async () => {
  const { server, events } = await given(() => {});
  const startedMs = performance.now();
  await expect(events?.publish([EVENT], async () => {})).rejects.toMatchObject({
    code: 'LEVEL_EVENTS_NOT_SENT',
  });
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(server.received).toHaveLength(1);
});

test('nobody is told without a bus', () => {
  expect(levelRuntimeFromEnv().events).toBeNull();
});

test('the accounts are opened once, and again only if that failed', async () => {
  const accounts = {} as Accounts;
  const opening = vi
    .fn<(name: string) => Promise<Accounts>>()
    .mockRejectedValueOnce(new Error('no module'))
    .mockResolvedValue(accounts);
  const open = accountsOnDemand('Accounts', opening);
  await expect(open()).rejects.toThrow('no module');
  expect(await Promise.all([open(), open()])).toEqual([accounts, accounts]);
  expect(opening.mock.calls).toEqual([['Accounts'], ['Accounts']]);
});
