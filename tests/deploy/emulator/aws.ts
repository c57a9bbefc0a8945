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
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';

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

const KEY = { PK: 'SYSTEM_STATE' };

/** The table of a stage. */
export function tableOf(stage: string) {
  const name = { TableName: `ServiceResiliencyTable-${stage}` };
  const client = new DynamoDBClient({});
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async row(): Promise<Row | undefined> {
      const { Item: row } = await documents.send(
        new GetCommand({ ...name, Key: KEY, ConsistentRead: true }),
      );
      return row;
    },
    async put(row: Row) {
      await documents.send(new PutCommand({ ...name, Item: { ...row, ...KEY } }));
    },
    /** As if nothing had been counted yet. */
    async forget() {
      await documents.send(new DeleteCommand({ ...name, Key: KEY }));
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

/** The schedule of a stage, and its tick on demand. */
export function scheduleOf(stage: string) {
  const events = new EventBridgeClient({});
  const sfn = new SFNClient({ maxAttempts: 1, disableHostPrefix: true });
  const rule = async () => {
    const { Rules: rules = [] } = await events.send(
      new ListRulesCommand({ NamePrefix: `resilient-service-${stage}-` }),
    );
    const [only] = rules;
    if (only?.Name === undefined || rules.length > 1) throw new Error('there must be one rule');
    return { Name: only.Name };
  };
  return {
    async disable() {
      await events.send(new DisableRuleCommand(await rule()));
    },
    async enable() {
      await events.send(new EnableRuleCommand(await rule()));
    },
    /** Starts what the rule starts, with the rule's own input, and waits for the end. */
    async tick() {
      const { Name: Rule } = await rule();
      const { Targets: [target] = [] } = await events.send(new ListTargetsByRuleCommand({ Rule }));
      const { status, cause } = await sfn.send(
        new StartSyncExecutionCommand({ stateMachineArn: target?.Arn, input: target?.Input }),
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
  const fewer = statements.map(({ Action: actions, ...statement }) => ({
    ...statement,
    Action: actions.filter((one) => one !== action),
  }));
  const put = async (PolicyDocument: string) => {
    await iam.send(new PutRolePolicyCommand({ ...names, PolicyDocument }));
  };
  await put(policyOf(fewer));
  return () => put(whole);
}

function policyOf(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
