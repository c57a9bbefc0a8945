/** The function of the webhook: what is taken leaves the queue, what is not comes again, later each time. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createHandler, handler } from '../../functions/webhook.ts';
import { waitAfter } from '../../lib/events/webhook-batch.ts';
import { readWebhookKeys } from '../../lib/events/webhook-message.ts';
import { createWebhook } from '../../lib/events/webhook.ts';
import { givenReceiver, SECRET } from '../events/receivers.ts';
import { givenServer } from '../store/local-servers.ts';
import { rememberingTelemetry } from './events.ts';

const AT = '2026-01-02T03:04:05.678Z';
const DETAIL = { scope: 'default', from: 1, to: 2, reason: 'errors', epoch: 1, at: AT };

/** A record as Lambda hands it over, with the event as EventBridge writes it. */
const record = (messageId: string, receives: number, detail: object = DETAIL) => ({
  messageId,
  receiptHandle: `receipt of ${messageId}`,
  body: JSON.stringify({
    version: '0',
    id: '2b7a5c3e-0000-4000-8000-000000000000',
    'detail-type': 'LevelChanged',
    source: 'resilient-service-dev',
    time: AT,
    detail,
  }),
  attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: '1' },
  eventSource: 'aws:sqs',
});

async function given(answer?: Parameters<typeof givenReceiver>[0], answerMs = 10_000) {
  const receiver = await givenReceiver(answer);
  const { telemetry, told } = rememberingTelemetry();
  const hidden: (readonly [id: string, seconds: number])[] = [];
  const keys = readWebhookKeys(SECRET) ?? [];
  const hide = vi.fn<(message: { messageId: string }, seconds: number) => Promise<void>>(
    async ({ messageId }, seconds) => void hidden.push([messageId, seconds]),
  );
  const clock = { nowMs: () => Date.now() };
  const webhook = createWebhook({
    url: receiver.url,
    stage: 'dev',
    readKeys: async () => keys,
    clock,
    answerMs,
  });
  const run = createHandler({ webhook, telemetry, hide, random: () => 0.5 });
  return { receiver, told, hidden, hide, run: (...Records: object[]) => run({ Records }) };
}

describe('a batch', () => {
  test('that is taken leaves nothing in the queue', async () => {
    const { receiver, run, hidden } = await given();
    const pin = {
      ...DETAIL,
      epoch: 2,
      to: 3,
      reason: 'pin',
      note: 'drill',
      by: 'arn:aws:iam::1:user/ana',
    };
    expect(await run(record('a', 1), record('b', 1, pin))).toEqual({ batchItemFailures: [] });
    const data = receiver.delivered.map((message) => message.data);
    expect(data.toSorted((a, b) => Number(a['epoch']) - Number(b['epoch']))).toEqual([
      { stage: 'dev', ...DETAIL },
      { stage: 'dev', ...pin },
    ]);
    expect(hidden).toEqual([]);
  });

  test('of which some is not taken keeps that, for longer each time', async () => {
    const { run, hidden, told } = await given((response, index) =>
      response.writeHead(index === 0 ? 500 : 204).end(),
    );
    expect(await run(record('a', 3))).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }] });
    expect(await run(record('a', 4))).toEqual({ batchItemFailures: [] });
    expect(hidden).toEqual([['a', 90]]);
    expect(told).toMatchObject([
      ['warn', 'webhook not taken', { messageId: 'a', attempt: 3, nextDelay: 90_000 }],
    ]);
  });

  test('keeps the message beside one that hangs from waiting for it', async () => {
    const { run } = await given((response, index) => {
      if (index > 0) response.writeHead(204).end();
    }, 1_000);
    const { batchItemFailures: left } = await run(record('a', 1), record('b', 1));
    expect(left).toHaveLength(1);
  });

  test('waits as long as the receiver asks', async () => {
    const { run, hidden } = await given((response) =>
      response.writeHead(429, { 'Retry-After': '300' }).end(),
    );
    await run(record('a', 1));
    expect(hidden).toEqual([['a', 300]]);
  });

  test('that cannot be delayed comes again all the same', async () => {
    const { run, hide, told } = await given((response) => response.writeHead(500).end());
    hide.mockRejectedValueOnce(new Error('down'));
    expect(await run(record('a', 1))).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }] });
    expect(told.map(([, what]) => what)).toEqual(['webhook not taken', 'webhook not delayed']);
  });

  test.each([
    ['no JSON', 'not json'],
    ['no event', '{}'],
    ['a change without a time', JSON.stringify({ detail: { ...DETAIL, at: 'today' } })],
  ])('with %s is sent to nobody, and ends as a dead letter', async (_what, body) => {
    const { receiver, run } = await given();
    const broken = { ...record('a', 1), body };
    expect(await run(broken, record('b', 1))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }],
    });
    expect(receiver.delivered).toHaveLength(1);
  });
});

test('the waits double from half a minute to three hours, and sixteen tries take most of a day', () => {
  expect([1, 2, 3].map((receives) => [waitAfter(receives, 0), waitAfter(receives, 1)])).toEqual([
    [15, 30],
    [30, 60],
    [60, 120],
  ]);
  const waits = Array.from({ length: 15 }, (_none, index) => waitAfter(index + 1, 0.5));
  expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
  expect(waits.at(-1)).toBe(8_100);
  const hours = waits.reduce((sum, each) => sum + each, 0) / 3_600;
  expect(hours).toBeGreaterThan(12);
  expect(hours).toBeLessThan(24);
});

test('deployed, it reads its secret from SSM once, and delays by SQS', async () => {
  const receiver = await givenReceiver((response) => response.writeHead(500).end());
  const aws = await givenServer((response, { request }) => {
    const isSsm = String(request.headers['x-amz-target']).startsWith('AmazonSSM');
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(isSsm ? { Parameter: { Value: SECRET } } : {}));
  });
  const env = {
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET_PARAMETER: '/hooks/secret',
    WEBHOOK_QUEUE_URL: `${aws.endpoint}/123456789012/hooks`,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const receives of [1, 2]) {
    expect(await handler({ Records: [record('a', receives)] })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }],
    });
  }
  expect(receiver.delivered.map(({ id }) => id)).toHaveLength(2);
  expect(receiver.refused).toEqual([]);
  const hiding = aws.received.slice(1).map(({ body }) => JSON.parse(body) as object);
  expect(hiding[0]).toMatchObject({
    QueueUrl: env.WEBHOOK_QUEUE_URL,
    ReceiptHandle: 'receipt of a',
  });
  expect(aws.received.map(({ request }) => request.headers['x-amz-target'])).toEqual([
    'AmazonSSM.GetParameter',
    'AmazonSQS.ChangeMessageVisibility',
    'AmazonSQS.ChangeMessageVisibility',
  ]);
});
