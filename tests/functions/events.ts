/** The events of the function tests, and a runtime on a mocked DynamoDB client. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { onTestFinished } from 'vitest';
import type { LevelEvents } from '../../lib/events/level-events.ts';
import { createLevelRuntime } from '../../lib/runtime/level-runtime.ts';
import { givenScopes } from '../runtime/given-scopes.ts';
import type { EventName, Fields, Telemetry } from '../../lib/telemetry/telemetry.ts';

/** The time of every test. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Two scopes with policies of their own. */
export const SCOPES = givenScopes({ default: {}, account: { policy: 'bank', signals: 'both' } });

/** What telemetry was told, in order. */
export type Told = [kind: string, what: string, fields: Fields | number][];

/** The metrics that were published together, in order. */
export type Measured = { set: string; dimensions: unknown; values: unknown }[];

/** Telemetry that remembers. */
export function rememberingTelemetry(): { telemetry: Telemetry; told: Told; measured: Measured } {
  const told: Told = [];
  const measured: Measured = [];
  const line =
    (kind: string) =>
    (message: string, fields: Fields = {}) =>
      told.push([kind, message, fields]);
  const count = (metric: EventName, _scope: string, value = 1) =>
    told.push(['count', metric, value]);
  const telemetry: Telemetry = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    count,
    measure: (set, dimensions, values) => measured.push({ set, dimensions, values }),
  };
  return { telemetry, told, measured };
}

/** Events that are told at once, into a list. */
export function toldInto(published: unknown[]): LevelEvents['publish'] {
  return async (events, whenTold) => {
    published.push(...events);
    await whenTold();
  };
}

/** A level runtime whose table answers as the test says. */
export function givenLevelRuntime(events?: LevelEvents) {
  const dynamo = mockClient(DynamoDBDocumentClient);
  onTestFinished(() => dynamo.restore());
  const { telemetry, told, measured } = rememberingTelemetry();
  const runtime = createLevelRuntime({
    client: DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' })),
    tableName: 'Table',
    policy: 'classic',
    scopes: SCOPES,
    ...(events !== undefined && { events }),
    telemetry,
    clock: { nowMs: () => NOW_MS, monotonicMs: () => 0 },
  });
  return { dynamo, runtime, told, measured };
}

/** The writes to rows that were sent: those to a history are no part of the protocol. */
export function rowWrites(dynamo: ReturnType<typeof givenLevelRuntime>['dynamo']) {
  const inputs = dynamo.commandCalls(UpdateCommand).map((call) => call.args[0].input);
  return inputs.filter(({ Key: key }) => !String(key?.['PK']).startsWith('HISTORY#'));
}

/** What the workflow hands to the mutator. */
export const OUTCOME = {
  kind: 'outcome',
  scope: 'default',
  executionId: 'x-1',
  signals: 'direct',
  failOpen: false,
  record: true,
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
