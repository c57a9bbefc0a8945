/** What a deployed stage tells: one trace a request, a signed webhook, and the record of every change. */
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientOf } from '../../flow/given.ts';
import { openReceiver as openWebhook, SECRET } from '../../events/receivers.ts';
import { listen } from '../../listen.ts';
import { openReceiver as openOtlp } from '../../telemetry/receiver.ts';
import { queueOf } from './alarm-path.ts';
import { putParameter } from './aws.ts';
import { ctl, givenAccount, givenDev, startFrontProcess, type Dev } from './given.ts';
import { ROOT } from './project-copy.ts';

const SETUP = `${ROOT}docs/monitoring/otel/otlp.ts`;
const PARAMETER = '/resilient/webhook';
const CLIENT_SPAN = 'b7ad6b7169203331';

/** How long a message that was not taken may stay hidden, and then be found, in milliseconds. */
const HIDDEN_MS = 60_000;

let dev: Dev;
let otlp: Awaited<ReturnType<typeof openOtlp>>;
let webhook: Awaited<ReturnType<typeof openWebhook>>;
let api: Awaited<ReturnType<typeof openApi>>;

beforeAll(async () => {
  [otlp, webhook, api] = await Promise.all([openOtlp(), openWebhook(), openApi()]);
  const account = await givenAccount();
  await putParameter(account.endpoint, PARAMETER, SECRET);
  dev = await givenDev(account, {
    policy: 'classic',
    fullUpstreamUrl: `${api.url}/full`,
    otelEndpoint: otlp.url,
    webhookUrl: webhook.url,
    webhookSecret: PARAMETER,
  });
  return async () => {
    await dev.close();
    await Promise.all([otlp.close(), webhook.close(), api.close()]);
  };
});

beforeEach(() => dev.table.forget());

/** An API of an operator's own, which fails when it is told to. */
async function openApi() {
  const seen: IncomingHttpHeaders[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
  });
  const { url, close } = await listen(server);
  return { seen, url, close, answerWith: (next: number) => (status = next) };
}

describe('a request to the functions', () => {
  const requestIn = (traceId: string) => ({
    body: '{}',
    headers: {
      'Content-Type': 'application/json',
      traceparent: `00-${traceId}-${CLIENT_SPAN}-01`,
    },
  });

  test('is one trace: edge, execution, face and the call of the API; and the mutator where it counts', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
    const front = await startFrontProcess(ROOT, { file: SETUP, env });
    const { send } = clientOf(front.url);

    const fine = '0af7651916cd43dd8448eb211c80319c';
    api.answerWith(200);
    expect((await send('POST', '/service-api', requestIn(fine))).status).toBe(200);
    const spans = await otlp.trace(fine, 3);
    const [edge, face, call] = ['POST /service-api', 'full-service', 'POST'].map((name) =>
      spans.find((span) => span.name === name),
    );
    expect(edge).toMatchObject({
      kind: 2,
      parentSpanId: CLIENT_SPAN,
      service: 'resilient-service',
    });
    expect(face).toMatchObject({
      kind: 2,
      parentSpanId: edge?.spanId,
      service: 'resilient-service-dev',
      attributes: { 'resilience.scope': 'default', 'resilience.outcome': 'success' },
    });
    // Of the execution, X-Ray has the span; here its name joins the two.
    const executionId = edge?.attributes['resilience.execution_id'];
    expect(executionId).toBeTruthy();
    expect(face?.attributes['resilience.execution_id']).toBe(executionId);
    expect(call).toMatchObject({ kind: 3, parentSpanId: face?.spanId });
    expect(api.seen.at(-1)?.['traceparent']).toBe(`00-${fine}-${call?.spanId ?? ''}-01`);
    expect(spans).toHaveLength(3);

    api.answerWith(500);
    const failing = '1af7651916cd43dd8448eb211c80319c';
    await dev.table.put({ currentLevel: 1, errorCount: 4, epoch: 0 });
    expect((await send('POST', '/service-api', requestIn(failing))).status).toBe(500);
    const failed = await otlp.trace(failing, 4);
    const named = (name: string) => failed.find((span) => span.name === name);
    expect(named('mutator')).toMatchObject({
      kind: 2,
      parentSpanId: named('POST /service-api')?.spanId,
      service: 'resilient-service-dev',
      attributes: { 'resilience.recorded': 'counted' },
      events: [
        {
          name: 'resilience.level_changed',
          attributes: { 'resilience.level.from': 1, 'resilience.level.to': 2 },
        },
      ],
    });
    expect(named('POST')?.parentSpanId).toBe(named('full-service')?.spanId);
    expect([...otlp.metrics]).toContain('resilience.events');
  });
});

describe('a change of level', () => {
  const change = async () => {
    api.answerWith(500);
    await dev.table.put({ currentLevel: 1, errorCount: 4, epoch: 0 });
    expect((await dev.post({})).status).toBe(500);
  };
  const dataFrom = (from: number) =>
    webhook.delivered
      .slice(from)
      .map(({ id, data }) => ({ id, to: data['to'], stage: data['stage'] }));

  test('comes by webhook, signed, and again under its id where it was not taken', async () => {
    const before = webhook.delivered.length;
    webhook.answerWith((response, index) => response.writeHead(index > before ? 204 : 500).end());
    await change();
    await webhook.messages(before + 2, HIDDEN_MS);
    const [first, second] = dataFrom(before);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ to: 2, stage: 'dev' });
    expect(webhook.refused).toEqual([]);
    await (await queueOf('dev', 'WebhookQueue')).drained();
  });

  test('that nobody takes is a dead letter, and has cost no request anything', async () => {
    const queue = await queueOf('dev', 'WebhookQueue');
    const dead = await queueOf('dev', 'WebhookDeadLetterQueue');
    const { RedrivePolicy: redrive = '{}' } = await queue.attributes();
    const onlyOnce = { ...(JSON.parse(redrive) as object), maxReceiveCount: 1 };
    await queue.set({ RedrivePolicy: JSON.stringify(onlyOnce) });
    webhook.answerWith((response) => response.writeHead(503).end());
    await change();
    const [letter = '{}'] = await dead.take(1, HIDDEN_MS);
    expect(JSON.parse(letter)).toMatchObject({
      'detail-type': 'LevelChanged',
      source: 'resilient-service-dev',
      detail: { scope: 'default', from: 1, to: 2 },
    });
  });
});

describe('the record of changes', () => {
  const GROUP = '/aws/events/resilient-service-dev-history';

  test('is what the rule of every epoch fills, for a year', async () => {
    const { Targets: targets } = await new EventBridgeClient({}).send(
      new ListTargetsByRuleCommand({ Rule: 'resilient-service-dev-history' }),
    );
    expect(targets).toMatchObject([
      { Arn: expect.stringMatching(new RegExp(`:log-group:${GROUP}$`)) },
    ]);
    const { logGroups: [group] = [] } = await new CloudWatchLogsClient({}).send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: GROUP }),
    );
    expect(group).toMatchObject({ logGroupName: GROUP, retentionInDays: 365 });
  });

  test('is read by ctl, each change once', async () => {
    // The emulator writes to no log group, so what EventBridge would write is written here.
    const logs = new CloudWatchLogsClient({});
    const where = { logGroupName: GROUP, logStreamName: 'events' };
    await logs.send(new CreateLogStreamCommand(where));
    const now = Date.now();
    const detail = (epoch: number, more: object) => ({
      scope: 'default',
      epoch,
      from: 1,
      to: 3,
      reason: 'pin',
      at: new Date(now - 10_000 + epoch).toISOString(),
      ...more,
    });
    const pin = detail(1, { note: 'drill', by: 'arn:aws:iam::1:user/ana' });
    const messages = [pin, detail(2, { from: 3, reason: 'release' }), pin];
    const logEvents = messages.map((each) => ({
      timestamp: now,
      message: JSON.stringify({ source: 'resilient-service-dev', detail: each }),
    }));
    await logs.send(new PutLogEventsCommand({ ...where, logEvents }));
    const printed = (await ctl('history')).trimEnd().split('\n');
    expect(printed).toHaveLength(2);
    expect(printed[0]).toMatch(
      /#1 .*1 → 3 MAINTENANCE {2}\(pin: drill, by arn:aws:iam::1:user\/ana\)$/,
    );
    expect(printed[1]).toMatch(/#2 .*stays at 3 {2}\(release\)$/);
    expect(await ctl('history', '--scope', 'account')).toBe('no change is on record\n');
  });

  test('has pins and releases, too: they are told of as epochs', async () => {
    const signer = { accessKeyId: 'test', secretAccessKey: 'test' };
    await dev.gateway.send('PUT', '/circuit-breaker/override', {
      body: { level: 1, reason: 'drill' },
      signer,
    });
    expect(await dev.table.row()).toMatchObject({ epoch: 1, notifiedEpoch: 1 });
  });
});
