/** Slack, PagerDuty and Opsgenie, as the template of docs/monitoring/events has EventBridge call them. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { listen } from '../../listen.ts';
import { givenAccount } from './given.ts';
import { makePeople, readPeople } from './people.ts';

const AT = '2026-01-02T03:04:05.678Z';

interface Call {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

const calls: Call[] = [];

beforeAll(async () => {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { url: path = '', headers } = request;
      calls.push({
        path,
        authorization: headers.authorization,
        body: JSON.parse(body) as Call['body'],
      });
      return response.writeHead(202).end();
    });
  });
  const { url, close } = await listen(server);
  const account = await givenAccount();
  await makePeople({
    Stage: 'prod',
    SlackWebhookUrl: `${url}/slack`,
    PagerDutyKey: 'R0UT1NGK3Y',
    PagerDutyEndpoint: `${url}/v2/enqueue`,
    OpsgenieKey: 'genie-key',
    OpsgenieEndpoint: `${url}/v2/alerts`,
  });
  return async () => {
    await account.close();
    await close();
  };
});

/** Tells of a change, and gives the calls that it makes, by their paths. */
async function callsOf(
  detail: { readonly from: number; readonly to: number; readonly [more: string]: unknown },
  count: number,
  type = 'LevelChanged',
): Promise<Readonly<Record<string, Call>>> {
  calls.length = 0;
  const Detail = JSON.stringify({
    scope: 'default',
    reason: 'errors',
    epoch: 7,
    at: AT,
    ...detail,
  });
  const Entries = ['resilient-service-prod', 'resilient-service-dev'].map((Source) => ({
    Source,
    DetailType: type,
    Detail,
  }));
  await new EventBridgeClient({}).send(new PutEventsCommand({ Entries }));
  await vi.waitUntil(() => calls.length >= count, { timeout: 10_000 });
  expect(calls).toHaveLength(count);
  return Object.fromEntries(calls.map((call) => [call.path, call]));
}

const summary = (to: string) => `resilient-service-prod default: level ${to} (errors)`;

describe('a change of level', () => {
  test('to 2 is a line, a warning and an alert', async () => {
    // What an operator writes may hold anything, and is in none of the texts.
    const told = await callsOf({ from: 1, to: 2, note: '"}, broken' }, 3);
    expect(told['/slack']?.body).toEqual({
      text: `*resilient-service-prod* default: level 1 to 2 (errors), epoch 7, at ${AT}`,
    });
    expect(told['/v2/enqueue']?.body).toEqual({
      routing_key: 'R0UT1NGK3Y',
      event_action: 'trigger',
      dedup_key: 'resilient-service-prod-default',
      payload: {
        summary: summary('1 to 2, degraded'),
        source: 'resilient-service-prod',
        component: 'default',
        severity: 'warning',
        timestamp: AT,
        custom_details: { from: 1, epoch: 7 },
      },
    });
    expect(told['/v2/alerts']).toMatchObject({
      authorization: 'GenieKey genie-key',
      body: {
        alias: 'resilient-service-prod-default',
        message: summary('1 to 2'),
        entity: 'default',
        tags: ['resilient-service', 'level-2'],
        details: { epoch: '7', at: AT },
      },
    });
  });

  test('to 3 is a line, an emergency of the same incident, and the same alert', async () => {
    const told = await callsOf({ from: 2, to: 3 }, 3);
    expect(told['/v2/enqueue']?.body).toMatchObject({
      event_action: 'trigger',
      dedup_key: 'resilient-service-prod-default',
      payload: { severity: 'critical', summary: summary('2 to 3, maintenance') },
    });
    expect(told['/v2/alerts']?.body).toMatchObject({ alias: 'resilient-service-prod-default' });
  });

  test('to 1 is a line, and ends the incident and the alert', async () => {
    const told = await callsOf({ from: 2, to: 1, reason: 'ramp' }, 3);
    expect(told['/v2/enqueue']?.body).toEqual({
      routing_key: 'R0UT1NGK3Y',
      event_action: 'resolve',
      dedup_key: 'resilient-service-prod-default',
    });
    const close = '/v2/alerts/resilient-service-prod-default/close?identifierType=alias';
    expect(told[close]?.body).toEqual({
      source: 'resilient-service-prod',
      note: `level 2 to 1 (ramp) at ${AT}`,
    });
  });
});

test('every target is tried for a day, and what it does not take is kept', async () => {
  const { Resources: resources } = await readPeople();
  const targets = Object.values(resources)
    .filter(({ Type: type }) => type === 'AWS::Events::Rule')
    .flatMap(({ Properties: rule }) => rule['Targets'] as object[]);
  expect(targets).toHaveLength(6);
  for (const target of targets) {
    expect(target).toMatchObject({
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
      RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
    });
  }
});
