/** What CloudFormation is told to watch a deploy by: alarms that the stack has already, and none that it has not. */
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  type StackResource,
} from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, onTestFinished, test } from 'vitest';
import { checkParameters } from '../../lib/runtime/parameters.ts';
import { packaged } from './packaged.ts';

interface Configuration {
  readonly MonitoringTimeInMinutes: number;
  readonly RollbackTriggers: readonly { readonly Arn: string; readonly Type: string }[];
}

const { default: Plugin } = (await import(
  ['..', '..', 'resources', 'rollback-plugin.js'].join('/')
)) as {
  readonly default: new (
    serverless: object,
    options: object,
    tools: { readonly log: { readonly notice: (line: string) => void } },
  ) => { watch(): Promise<void> };
};

const STACK =
  'arn:aws-us-gov:cloudformation:us-gov-west-1:123456789012:stack/resilient-service-prod/x';

/** The alarms of a packaged stage, as a stack that has them describes them. */
const deployed = async (): Promise<StackResource[]> => {
  const { ofType } = await packaged('prod');
  return ofType('AWS::CloudWatch::Alarm').map(([id, { Properties: it }]) => ({
    StackId: STACK,
    LogicalResourceId: id,
    PhysicalResourceId: String(it['AlarmName']),
    ResourceType: 'AWS::CloudWatch::Alarm',
    ResourceStatus: 'CREATE_COMPLETE',
    Timestamp: new Date(0),
  }));
};

/** What a deploy tells CloudFormation, and its user. */
const watched = async (rollbackMinutes: string | number, found: StackResource[]) => {
  const cloudFormation = mockClient(CloudFormationClient);
  onTestFinished(() => cloudFormation.restore());
  cloudFormation.on(DescribeStackResourcesCommand).resolves({ StackResources: found });
  const provider: { rollbackConfiguration?: Configuration } = {};
  const said: string[] = [];
  const serverless = {
    service: { custom: { rollbackMinutes }, provider },
    getProvider: () => ({
      getAwsSdkV3Config: async () => ({ region: 'us-gov-west-1' }),
      naming: { getStackName: () => 'resilient-service-prod' },
    }),
  };
  await new Plugin(serverless, {}, { log: { notice: (line) => said.push(line) } }).watch();
  const asked = cloudFormation.commandCalls(DescribeStackResourcesCommand).length;
  return { configuration: provider.rollbackConfiguration, said, asked };
};

test('five alarms of what clients get are watched, in the partition and region of the stack', async () => {
  const { configuration, said } = await watched(15, await deployed());
  const prefix =
    'arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:resilient-service-prod';
  expect(configuration?.MonitoringTimeInMinutes).toBe(15);
  expect(configuration?.RollbackTriggers.map(({ Arn }) => Arn).toSorted()).toEqual(
    [
      'controller-errors',
      'executions-failed',
      'face-throttles',
      'server-errors',
      'slow-answers',
    ].map((name) => `${prefix}-${name}`),
  );
  expect(new Set(configuration?.RollbackTriggers.map(({ Type }) => Type))).toEqual(
    new Set(['AWS::CloudWatch::Alarm']),
  );
  expect(said).toEqual(['5 alarms are watched for 15 min after the update']);
}, 240_000);

test('the first deploy has no alarm to watch, and says so', async () => {
  const gone = (await deployed()).map((it) => ({
    ...it,
    ResourceStatus: 'DELETE_COMPLETE' as const,
  }));
  for (const found of [[], gone]) {
    const { configuration, said } = await watched(15, found);
    expect(configuration).toBeUndefined();
    expect(said).toEqual(['no alarm is there yet that could roll this deploy back']);
  }
}, 240_000);

test('without the parameter nobody is asked', async () => {
  expect(await watched('', [])).toEqual({ configuration: undefined, said: [], asked: 0 });
});

test.each(['4', '181', '5m', '-5'])('%s minutes are refused at packaging', (rollbackMinutes) => {
  const check = () => checkParameters({ stage: 'prod', named: [], values: { rollbackMinutes } });
  expect(check).toThrow(/rollbackMinutes must be an integer from 5 to 180/);
});
