/** The events of the function tests, and a runtime on a mocked DynamoDB client. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { classic } from '../../lib/level/policy.ts';
import { createLevelRuntime } from '../../lib/runtime/level-runtime.ts';
import type { Fields, MetricName, Telemetry } from '../../lib/telemetry/telemetry.ts';

/** The time of every test. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** What telemetry was told, in order. */
export type Told = [kind: string, what: string, fields: Fields | number][];

/** Telemetry that remembers. */
export function rememberingTelemetry(): { telemetry: Telemetry; told: Told } {
  const told: Told = [];
  const line =
    (kind: string) =>
    (message: string, fields: Fields = {}) =>
      told.push([kind, message, fields]);
  const count = (metric: MetricName, _scope: string, value = 1) =>
    told.push(['count', metric, value]);
  const telemetry: Telemetry = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    count,
  };
  return { telemetry, told };
}

/** A level runtime whose table answers as the test says. */
export function givenLevelRuntime() {
  const dynamo = mockClient(DynamoDBDocumentClient);
  const { telemetry, told } = rememberingTelemetry();
  const runtime = createLevelRuntime({
    client: DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' })),
    tableName: 'Table',
    policy: classic,
    telemetry,
    clock: { nowMs: () => NOW_MS, monotonicMs: () => 0 },
  });
  return { dynamo, runtime, told };
}

/** What the workflow hands to the mutator. */
export const OUTCOME = {
  kind: 'outcome',
  scope: 'default',
  executionId: 'x-1',
  readLevel: 1,
  epoch: 0,
  servedLevel: 1,
  result: 'error',
  durationMs: 12,
} as const;

/** What API Gateway hands to a proxy function. */
export const proxyEvent = (httpMethod: string, resource: string, body?: unknown) => ({
  httpMethod,
  resource,
  queryStringParameters: null,
  body: body === undefined ? null : JSON.stringify(body),
  headers: {},
  requestContext: { stage: 'dev' },
});
