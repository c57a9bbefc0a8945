/** Everything that an account holds, as far as this project makes it. */
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetDashboardCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListSubscriptionsCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

/** The name of a stage's dashboard. */
export const dashboardName = (stage: string) =>
  `resilient-service-CircuitBreakerMonitoring-${stage}`;

/** Names by kind; a kind without any is absent. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

type Names = readonly (string | undefined)[] | undefined;

interface At {
  readonly region: string;
}

/** How each kind is listed. A page is enough: nobody else uses the emulator. */
const LISTS: Readonly<Record<string, (at: At) => Promise<Names>>> = {
  async tables(at) {
    return (await new DynamoDBClient(at).send(new ListTablesCommand({}))).TableNames;
  },
  async functions(at) {
    const { Functions: all } = await new LambdaClient(at).send(new ListFunctionsCommand({}));
    return all?.map((one) => one.FunctionName);
  },
  async eventSourceMappings(at) {
    const request = new ListEventSourceMappingsCommand({});
    const { EventSourceMappings: all } = await new LambdaClient(at).send(request);
    return all?.map((one) => one.FunctionArn);
  },
  async stateMachines(at) {
    const { stateMachines: all } = await new SFNClient(at).send(new ListStateMachinesCommand({}));
    return all?.map((one) => one.name);
  },
  async logGroups(at) {
    const logs = new CloudWatchLogsClient(at);
    const { logGroups: all } = await logs.send(new DescribeLogGroupsCommand({}));
    return all?.map((one) => one.logGroupName);
  },
  async roles(at) {
    const { Roles: all } = await new IAMClient(at).send(new ListRolesCommand({}));
    return all?.map((one) => one.RoleName);
  },
  async rules(at) {
    const { Rules: all } = await new EventBridgeClient(at).send(new ListRulesCommand({}));
    return all?.map((one) => one.Name);
  },
  async apis(at) {
    const { items: all } = await new APIGatewayClient(at).send(new GetRestApisCommand({}));
    return all?.map((one) => one.name);
  },
  async stacks(at) {
    const { Stacks: all } = await new CloudFormationClient(at).send(new DescribeStacksCommand({}));
    return all?.map((one) => one.StackName);
  },
  async alarms(at) {
    const { MetricAlarms: all } = await new CloudWatchClient(at).send(
      new DescribeAlarmsCommand({}),
    );
    return all?.map((one) => one.AlarmName);
  },
  async dashboards(at) {
    // One by one: the emulator's list has times that the client refuses.
    const names = ['dev', 'prod'].map(dashboardName);
    const isThere = await Promise.all(names.map((name) => hasDashboard(at, name)));
    return names.filter((_name, index) => isThere[index]);
  },
  async topics(at) {
    const { Topics: all } = await new SNSClient(at).send(new ListTopicsCommand({}));
    return all?.map((one) => one.TopicArn);
  },
  async subscriptions(at) {
    const { Subscriptions: all } = await new SNSClient(at).send(new ListSubscriptionsCommand({}));
    return all?.map((one) => one.Endpoint);
  },
  async queues(at) {
    return (await new SQSClient(at).send(new ListQueuesCommand({}))).QueueUrls;
  },
};

/** Lists everything in a region. */
export async function takeInventory(region: string): Promise<Inventory> {
  const found = await Promise.all(
    Object.entries(LISTS).map(async ([kind, list]): Promise<[string, string[]]> => {
      const names = (await list({ region })) ?? [];
      return [kind, names.filter((name) => name !== undefined).toSorted()];
    }),
  );
  return Object.fromEntries(found.filter(([, names]) => names.length > 0));
}

async function hasDashboard(at: At, DashboardName: string): Promise<boolean> {
  try {
    await new CloudWatchClient(at).send(new GetDashboardCommand({ DashboardName }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFound') return false;
    throw error;
  }
}
