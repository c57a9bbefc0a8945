/** Everything that an account holds, as far as this project makes it. */
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';

/** Names by kind; a kind without any is absent. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/** Lists everything in a region. A page is enough: nobody else uses the emulator. */
export async function takeInventory(region: string): Promise<Inventory> {
  const at = { region };
  const [tables, functions, machines, groups, roles, rules, apis, stacks] = await Promise.all([
    new DynamoDBClient(at).send(new ListTablesCommand({})),
    new LambdaClient(at).send(new ListFunctionsCommand({})),
    new SFNClient(at).send(new ListStateMachinesCommand({})),
    new CloudWatchLogsClient(at).send(new DescribeLogGroupsCommand({})),
    new IAMClient(at).send(new ListRolesCommand({})),
    new EventBridgeClient(at).send(new ListRulesCommand({})),
    new APIGatewayClient(at).send(new GetRestApisCommand({})),
    new CloudFormationClient(at).send(new DescribeStacksCommand({})),
  ]);
  const found = {
    tables: tables.TableNames,
    functions: functions.Functions?.map((one) => one.FunctionName),
    stateMachines: machines.stateMachines?.map((one) => one.name),
    logGroups: groups.logGroups?.map((one) => one.logGroupName),
    roles: roles.Roles?.map((one) => one.RoleName),
    rules: rules.Rules?.map((one) => one.Name),
    apis: apis.items?.map((one) => one.name),
    stacks: stacks.Stacks?.map((one) => one.StackName),
  };
  const sorted = Object.entries(found).map(([kind, names = []]): [string, string[]] => [
    kind,
    names.filter((name) => name !== undefined).toSorted(),
  ]);
  return Object.fromEntries(sorted.filter(([, names]) => names.length > 0));
}
