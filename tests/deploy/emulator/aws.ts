/** AWS as the tests look at it: the clients, and the deployed stage behind them. */
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { DEFAULT_SCOPE, stateKeyOf } from '../../../lib/store/level-store.ts';

/** What the environment of a process says of AWS, when AWS is the emulator. */
export function awsEnv(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    // The emulator takes this pair for the account's owner.
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
}

/** The attributes of a level row, as the tests write and read them. */
export type Row = Readonly<Record<string, unknown>>;

const keyOf = (scope: string) => ({ PK: stateKeyOf(scope) });

/** The table of a stage. */
export function tableOf(stage: string) {
  const name = { TableName: `ServiceResiliencyTable-${stage}` };
  const client = new DynamoDBClient({});
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async row(scope = DEFAULT_SCOPE): Promise<Row | undefined> {
      const Key = keyOf(scope);
      const { Item: row } = await documents.send(
        new GetCommand({ ...name, Key, ConsistentRead: true }),
      );
      return row;
    },
    async put(row: Row, scope = DEFAULT_SCOPE) {
      await documents.send(new PutCommand({ ...name, Item: { ...row, ...keyOf(scope) } }));
    },
    /** As if nothing had been counted yet. */
    async forget(scope = DEFAULT_SCOPE) {
      await documents.send(new DeleteCommand({ ...name, Key: keyOf(scope) }));
    },
    async forgetItem(PK: string) {
      await documents.send(new DeleteCommand({ ...name, Key: { PK } }));
    },
    async drop() {
      await client.send(new DeleteTableCommand(name));
    },
    async create() {
      await client.send(
        new CreateTableCommand({
          ...name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
        }),
      );
    },
  };
}

/** The schedules of a stage, and its ticks on demand. */
export function schedulesOf(stage: string) {
  const events = new EventBridgeClient({});
  const sfn = new SFNClient({ maxAttempts: 1, disableHostPrefix: true });
  const schedules = async () => {
    const { Rules: rules = [] } = await events.send(
      new ListRulesCommand({ NamePrefix: `resilient-service-${stage}-` }),
    );
    return rules
      .filter(({ ScheduleExpression: schedule }) => schedule)
      .map(({ Name = '' }) => ({ Name }));
  };
  const targetsOf = async (rule: { readonly Name: string }) => {
    const request = { Rule: rule.Name };
    const { Targets: targets = [] } = await events.send(new ListTargetsByRuleCommand(request));
    return targets;
  };
  return {
    async disable() {
      for (const rule of await schedules()) await events.send(new DisableRuleCommand(rule));
    },
    async enable() {
      for (const rule of await schedules()) await events.send(new EnableRuleCommand(rule));
    },
    /** Starts what the rule of a scope starts, with the rule's own input, and waits for the end. */
    async tick(scope = DEFAULT_SCOPE) {
      const targets = (await Promise.all((await schedules()).map(targetsOf))).flat();
      const target = targets.find(({ Input: input }) => input?.includes(`"scope":"${scope}"`));
      if (target === undefined) throw new Error(`there is no tick of ${scope}`);
      const { status, cause } = await sfn.send(
        new StartSyncExecutionCommand({ stateMachineArn: target.Arn, input: target.Input }),
      );
      if (status !== 'SUCCEEDED') throw new Error(`the tick ended ${status}: ${cause}`);
    },
  };
}

/** A line that a function logged. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message?: string };

/** The functions of a stage. */
export function functionsOf(stage: string) {
  const lambda = new LambdaClient({});
  const logs = new CloudWatchLogsClient({});
  const messagesOf = async (name: string) => {
    const messages: string[] = [];
    let nextToken: string | undefined;
    do {
      const logGroupName = `/aws/lambda/resilient-service-${stage}-${name}`;
      const page = await logs.send(
        new FilterLogEventsCommand({ logGroupName, ...(nextToken && { nextToken }) }),
      );
      messages.push(...(page.events ?? []).map(({ message = '' }) => message));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    return messages;
  };
  return {
    /** What stands in the log of a function as JSON, in order. */
    async linesOf(name: string): Promise<LogLine[]> {
      const messages = await messagesOf(name);
      return messages
        .filter((message) => message.startsWith('{'))
        .map((message) => JSON.parse(message) as LogLine);
    },
    /** How often a function has run. */
    async runsOf(name: string): Promise<number> {
      const messages = await messagesOf(name);
      return messages.filter((message) => message.startsWith('REPORT ')).length;
    },
    /** Runs a function with an event, waits for the end, and gives what it answers. */
    async invoke(name: string, event: unknown): Promise<unknown> {
      const { FunctionError: failure, Payload: answer } = await lambda.send(
        new InvokeCommand({
          FunctionName: `resilient-service-${stage}-${name}`,
          Payload: JSON.stringify(event),
        }),
      );
      if (failure !== undefined) throw new Error(answer?.transformToString() ?? failure);
      return JSON.parse(answer?.transformToString() ?? 'null') as unknown;
    },
    /** What tells one deployment of the functions from the next. */
    async versions() {
      const { Functions: functions = [] } = await lambda.send(new ListFunctionsCommand({}));
      return functions.map(({ FunctionName, CodeSha256, LastModified, RevisionId }) => ({
        FunctionName,
        CodeSha256,
        LastModified,
        RevisionId,
      }));
    },
  };
}

/** Puts a text into SSM, by AWS's JSON protocol. */
export async function putParameter(endpoint: string, Name: string, Value: string) {
  const { config } = new DynamoDBClient({});
  const { credentials, sha256 } = config;
  const signer = new SignatureV4({ service: 'ssm', region: 'us-east-1', credentials, sha256 });
  const url = new URL(endpoint);
  const { headers, body } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    query: {},
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.PutParameter',
    },
    body: JSON.stringify({ Name, Value, Type: 'SecureString' }),
  });
  const response = await fetch(url, { method: 'POST', headers, body: String(body) });
  if (!response.ok) throw new Error(`SSM took no parameter: ${await response.text()}`);
}

/** The name that AWS gave a resource of a stage. */
export async function physicalId(stage: string, logicalId: string): Promise<string> {
  const { StackResourceDetail: detail } = await new CloudFormationClient({}).send(
    new DescribeStackResourceCommand({
      StackName: `resilient-service-${stage}`,
      LogicalResourceId: logicalId,
    }),
  );
  if (detail?.PhysicalResourceId === undefined) throw new Error(`there is no ${logicalId}`);
  return detail.PhysicalResourceId;
}

/** Makes a user of the account who may do nothing yet. */
export async function makeUser(UserName: string) {
  const iam = new IAMClient({});
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    credentials: {
      accessKeyId: key?.AccessKeyId ?? '',
      secretAccessKey: key?.SecretAccessKey ?? '',
    },
    async allow(Action: string, Resource: string) {
      const PolicyDocument = policyOf([{ Effect: 'Allow', Action, Resource }]);
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'may', PolicyDocument }));
    },
  };
}

/**
 * Takes one action away from a role's policy.
 *
 * @returns Gives it back.
 */
export async function takeAway(
  action: string,
  from: { readonly stage: string; readonly role: string; readonly policy: string },
): Promise<() => Promise<void>> {
  const iam = new IAMClient({});
  const names = { RoleName: await physicalId(from.stage, from.role), PolicyName: from.policy };
  const { PolicyDocument: before = '' } = await iam.send(new GetRolePolicyCommand(names));
  const whole = decodeURIComponent(before);
  const { Statement: statements } = JSON.parse(whole) as {
    readonly Statement: readonly { readonly Action: readonly string[] }[];
  };
  const fewer = statements
    .map((statement) => ({
      ...statement,
      Action: statement.Action.filter((one) => one !== action),
    }))
    // The emulator takes a statement without actions for one that names all of them.
    .filter(({ Action: actions }) => actions.length > 0);
  const put = async (PolicyDocument: string) => {
    await iam.send(new PutRolePolicyCommand({ ...names, PolicyDocument }));
  };
  await put(policyOf(fewer));
  return () => put(whole);
}

function policyOf(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
