/** A change of level as a webhook: signed as receivers verify it, tried again, given up, and never in the way. */
import { Webhook } from 'standardwebhooks';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LevelChanged } from '../../lib/events/level-events.ts';
import {
  readWebhookKeys,
  signedHeaders,
  webhookMessage,
} from '../../lib/events/webhook-message.ts';
import { createWebhookQueue } from '../../lib/events/webhook-queue.ts';
import { createWebhook } from '../../lib/events/webhook.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { givenReceiver, SECRET } from './receivers.ts';

const AT = '2026-01-02T03:04:05.678Z';
const change = (epoch: number, from: 1 | 2 | 3 = 1, to: 1 | 2 | 3 = 2): LevelChanged => ({
  scope: 'default',
  epoch,
  from,
  to,
  at: AT,
  reason: 'errors',
});
const pinned: LevelChanged = { ...change(7, 1, 3), reason: 'pin', note: 'drill', by: 'ana@laptop' };

const keysOf = (text: string) => {
  const keys = readWebhookKeys(text);
  if (keys === null) throw new Error(`expected a secret, got ${text}`);
  return keys;
};
const clock = { nowMs: () => Date.now() };
const webhookTo = (url: string, { secret = SECRET, answerMs = 10_000 } = {}) =>
  createWebhook({ url, stage: 'dev', readKeys: async () => keysOf(secret), clock, answerMs });

describe('a message', () => {
  test('says the change with its stage, under an id that stays the same', () => {
    const { id, body } = webhookMessage('dev', pinned);
    expect(id).toBe(`level_dev_default_7_${Date.parse(AT)}`);
    expect(JSON.parse(body)).toEqual({
      type: 'level.changed',
      timestamp: AT,
      data: { stage: 'dev', ...pinned },
    });
    expect(webhookMessage('dev', pinned)).toEqual({ id, body });
    const others = [
      webhookMessage('prod', pinned),
      webhookMessage('dev', { ...pinned, scope: 'account' }),
      webhookMessage('dev', { ...pinned, epoch: 8 }),
      webhookMessage('dev', { ...pinned, at: '2026-01-03T03:04:05.678Z' }),
    ];
    expect(new Set([id, ...others.map((other) => other.id)]).size).toBe(5);
  });

  test('is signed as the specification has it', () => {
    // The specification's own example.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
    expect(signedHeaders(keysOf(secret), message, 1_614_265_330_000)).toMatchObject({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('of two secrets verifies by either, while receivers change from one to the other', () => {
    const next = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const message = webhookMessage('dev', change(1));
    const headers = signedHeaders(keysOf(`${SECRET} ${next}`), message, Date.now());
    for (const secret of [SECRET, next]) {
      expect(new Webhook(secret).verify(message.body, headers)).toMatchObject({
        type: 'level.changed',
      });
    }
    const other = new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`);
    expect(() => other.verify(message.body, headers)).toThrow('No matching signature');
  });

  test.each([
    '',
    'whsec_',
    'secret',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `${SECRET} ${SECRET} ${SECRET}`,
    `${SECRET} nothing`,
  ])('is signed with no secret such as %j', (text) => {
    expect(readWebhookKeys(text)).toBeNull();
  });
});

describe('one try', () => {
  test('is taken by a receiver that verifies it', async () => {
    const receiver = await givenReceiver();
    await webhookTo(receiver.url).post(pinned);
    expect(receiver.delivered).toEqual([
      {
        id: `level_dev_default_7_${Date.parse(AT)}`,
        type: 'level.changed',
        timestamp: AT,
        data: { stage: 'dev', ...pinned },
      },
    ]);
  });

  test('with another secret is refused', async () => {
    const receiver = await givenReceiver();
    const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    await expect(webhookTo(receiver.url, { secret }).post(pinned)).rejects.toThrow('got 401');
    expect(receiver.refused).toHaveLength(1);
  });

  test.each([
    [500, {}, undefined],
    [429, { 'Retry-After': '7' }, 7_000],
    [503, { 'Retry-After': '86400' }, 600_000],
    [302, { Location: 'http://127.0.0.1:1/' }, undefined],
  ])('answered %s %o fails, and shows nothing of the URL', async (status, headers, waitMs) => {
    const receiver = await givenReceiver(
      (response) => void response.writeHead(status, headers).end(),
    );
    const error = await webhookTo(receiver.url)
      .post(pinned)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'WEBHOOK_NOT_TAKEN', retryAfterMs: waitMs });
    expect(String(error)).toContain(`got ${status}`);
    expect(String(error)).not.toContain('hooks');
  });

  test('that nobody answers ends in its time', async () => {
    const receiver = await givenReceiver(() => {});
    const tried = webhookTo(receiver.url, { answerMs: 50 }).post(pinned);
    await expect(tried).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('at a port where nobody listens fails', async () => {
    const receiver = await givenReceiver();
    await receiver.close();
    await expect(webhookTo(receiver.url).post(pinned)).rejects.toThrow('got no answer');
  });
});

describe('the queue of a process', () => {
  const TRIES = { attempts: 4, delay: 1, factor: 2, maxDelay: 20 } as const;

  function givenQueue(url: string, answerMs = 10_000) {
    const { telemetry, told } = rememberingTelemetry();
    const queue = createWebhookQueue({
      webhook: webhookTo(url, { answerMs }),
      telemetry,
      tries: TRIES,
    });
    onTestFinished(() => queue.close());
    const marked: number[] = [];
    const publish = (...events: LevelChanged[]) =>
      queue.publish(events, async () => void marked.push(events.at(-1)?.epoch ?? 0));
    return { queue, told, marked, publish };
  }

  test('sends in order, and says that a batch is told when its last message is taken', async () => {
    const receiver = await givenReceiver();
    const { publish, marked } = givenQueue(receiver.url);
    await publish(change(1), change(2, 2, 3));
    await publish(change(3, 3, 2));
    const messages = await receiver.messages(3);
    expect(messages.map(({ data }) => data['epoch'])).toEqual([1, 2, 3]);
    await vi.waitUntil(() => marked.length === 2, { timeout: 20_000 });
    expect(marked).toEqual([2, 3]);
  });

  test('takes events at once, however long the receiver takes, and sends none twice that waits', async () => {
    const held: (() => void)[] = [];
    const receiver = await givenReceiver((response) =>
      held.push(() => response.writeHead(204).end()),
    );
    const { publish, marked } = givenQueue(receiver.url, 10_000);
    await publish(change(1));
    await publish(change(1), change(2, 2, 3));
    await receiver.messages(1);
    // A tick tells again what was not told.
    await publish(change(1), change(2, 2, 3));
    expect(marked).toEqual([]);
    held.shift()?.();
    await receiver.messages(2);
    held.shift()?.();
    await vi.waitUntil(() => marked.length === 2, { timeout: 20_000 });
    expect(receiver.delivered.map(({ data }) => data['epoch'])).toEqual([1, 2]);
    expect(marked).toEqual([1, 2]);
  });

  test('tries again under the same id after a refusal, a time-out and a lost connection', async () => {
    const receiver = await givenReceiver((response, index) => {
      if (index === 0) response.writeHead(500).end();
      else if (index === 1) response.destroy();
      else if (index === 3) response.writeHead(200).end();
    });
    const { publish, marked, told } = givenQueue(receiver.url, 1_000);
    await publish(change(1));
    const messages = await receiver.messages(4);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(1);
    await vi.waitUntil(() => marked.length === 1, { timeout: 20_000 });
    expect(told.map(([, what]) => what)).toEqual(Array(3).fill('webhook not taken'));
  });

  test('makes a dead letter of what nobody takes, and goes on with the next', async () => {
    const receiver = await givenReceiver((response, index) =>
      response.writeHead(index < TRIES.attempts ? 500 : 204).end(),
    );
    const { publish, marked, told } = givenQueue(receiver.url);
    await publish(change(1));
    await publish(change(2, 2, 3));
    const messages = await receiver.messages(TRIES.attempts + 1);
    expect(messages.map(({ data }) => data['epoch'])).toEqual([1, 1, 1, 1, 2]);
    await vi.waitUntil(() => marked.length === 2, { timeout: 20_000 });
    const given = told.filter(([, what]) => what === 'webhook given up');
    expect(given).toMatchObject([['error', 'webhook given up', { event: change(1) }]]);
    expect(told.filter(([, what]) => what === 'AnnounceFailed')).toHaveLength(1);
  });

  test('holds a hundred, and refuses more with nothing lost: they are published again', async () => {
    const receiver = await givenReceiver(() => {});
    const { publish } = givenQueue(receiver.url, 60_000);
    for (let epoch = 1; epoch <= 100; epoch += 1) await publish(change(epoch));
    await expect(publish(change(101))).rejects.toMatchObject({ code: 'LEVEL_EVENTS_NOT_SENT' });
    await publish(change(100));
  });

  test('has nothing to send of an epoch at the same level', async () => {
    const receiver = await givenReceiver();
    const { publish, marked } = givenQueue(receiver.url);
    await publish(change(1, 2, 2));
    expect(marked).toEqual([1]);
    expect(receiver.delivered).toEqual([]);
  });

  test('ends at once, and marks nothing that was not taken', async () => {
    const receiver = await givenReceiver(() => {});
    const { queue, publish, marked } = givenQueue(receiver.url, 60_000);
    await publish(change(1));
    await receiver.messages(1);
    await queue.close();
    expect(marked).toEqual([]);
  });
});
