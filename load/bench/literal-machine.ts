/** The literal workflow of the first source: a function reads the level, one serves, one writes after every request. */
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LambdaHandler } from '../../lib/local/interpreter-engine.ts';
import type { Service, ServiceRequest } from '../../lib/services/service.ts';

const invoke = (logicalId: string, payload: unknown, more: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: { 'Fn::GetAtt': [logicalId, 'Arn'] }, ...(payload as object) },
  ...more,
});

const answer = { ResultSelector: { 'it.$': '$.Payload' } };
const serve = (face: string) =>
  invoke(
    'ServiceLambdaFunction',
    { Payload: { face, 'request.$': '$.request' } },
    { ...answer, ResultPath: '$.served', Next: 'Mutate' },
  );

/** Its definition: read, choose, serve, write, answer. */
export const LITERAL_MACHINE = {
  StartAt: 'ReadLevel',
  States: {
    ReadLevel: invoke(
      'StateDashreaderLambdaFunction',
      { Payload: { 'stateKey.$': '$.stateKey' } },
      { ...answer, ResultPath: '$.read', Next: 'Choose' },
    ),
    Choose: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.read.it.level', NumericEquals: 2, Next: 'Degraded' },
        { Variable: '$.read.it.level', NumericEquals: 3, Next: 'Maintenance' },
      ],
      Default: 'Full',
    },
    Full: serve('full'),
    Degraded: serve('degraded'),
    Maintenance: serve('maintenance'),
    Mutate: invoke(
      'MutatorLambdaFunction',
      { Payload: { 'stateKey.$': '$.stateKey', 'outcome.$': '$.served.it.outcome' } },
      { ...answer, ResultPath: '$.mutated', Next: 'Respond' },
    ),
    Respond: { Type: 'Pass', OutputPath: '$.served.it', End: true },
  },
};

/** The demo service waits for nothing. */
export const NEVER = {
  scope: 'default',
  executionId: 'bench',
  signal: new AbortController().signal,
};

/** Its three functions, on a table and a service. */
export function literalFunctions(
  client: DynamoDBDocumentClient,
  tableName: string,
  service: Service,
): Readonly<Record<string, LambdaHandler>> {
  return {
    async 'state-reader'(payload) {
      const { stateKey } = payload as { readonly stateKey: string };
      const { Item: item } = await client.send(
        new GetCommand({ TableName: tableName, Key: { PK: stateKey } }),
      );
      return { level: item?.['currentLevel'] ?? 1 };
    },
    async service(payload) {
      const { request } = payload as { readonly request: { readonly bodyText: string } };
      const body: unknown = JSON.parse(request.bodyText);
      const given = { ...request, body } as unknown as ServiceRequest;
      const { outcome, statusCode, ...rest } = await service.full(given, NEVER);
      return { outcome, statusCode, body: JSON.stringify(rest) };
    },
    async mutator(payload) {
      const { stateKey, outcome } = payload as { stateKey: string; outcome: string };
      const counter = outcome === 'error' ? 'errorCount' : 'successCount';
      await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { PK: stateKey },
          UpdateExpression: 'ADD #counter :one SET lastUpdated = :at',
          ExpressionAttributeNames: { '#counter': counter },
          ExpressionAttributeValues: { ':one': 1, ':at': new Date().toISOString() },
        }),
      );
      return {};
    },
  };
}

/** What circuitbreaker-lambda 1.0.1 keeps of a circuit (its source; npm has an older one). */
interface Circuit {
  readonly circuitState: 'CLOSED' | 'OPEN';
  readonly failureCount: number;
  readonly nextAttempt: number;
  readonly lastFailureTime: number;
}

const CLOSED: Circuit = {
  circuitState: 'CLOSED',
  failureCount: 0,
  nextAttempt: 0,
  lastFailureTime: 0,
};
/** Its defaults: failureThreshold, timeout and windowDuration, in milliseconds. */
const CIRCUIT = { failureThreshold: 5, timeoutMs: 10_000, windowMs: 60_000 };

/** A call as circuitbreaker-lambda 1.0.1 makes it: the state is read before, and written after, whatever came. */
export function storedBreaker(client: DynamoDBDocumentClient, tableName: string) {
  const named = { TableName: tableName, Key: { PK: 'circuit' } };
  const save = (circuit: Circuit) =>
    client.send(
      new UpdateCommand({
        ...named,
        UpdateExpression:
          'SET circuitState = :st, failureCount = :fc, nextAttempt = :na, lastFailureTime = :lf',
        ExpressionAttributeValues: {
          ':st': circuit.circuitState,
          ':fc': circuit.failureCount,
          ':na': circuit.nextAttempt,
          ':lf': circuit.lastFailureTime,
        },
      }),
    );
  return async (call: () => Promise<boolean>): Promise<void> => {
    const { Item: item } = await client.send(new GetCommand(named));
    const read: Circuit = { ...CLOSED, ...item };
    const now = Date.now();
    if (read.circuitState === 'OPEN' && read.nextAttempt > now) return;
    const isOld = now - read.lastFailureTime > CIRCUIT.windowMs;
    const before = isOld ? 0 : read.failureCount;
    if (await call()) {
      await save({ ...read, circuitState: 'CLOSED', failureCount: before });
      return;
    }
    const failureCount = before + 1;
    const isOpen = failureCount >= CIRCUIT.failureThreshold;
    await save({
      circuitState: isOpen ? 'OPEN' : 'CLOSED',
      failureCount,
      lastFailureTime: now,
      nextAttempt: isOpen ? now + CIRCUIT.timeoutMs : 0,
    });
  };
}
