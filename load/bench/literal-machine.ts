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
