/** What CloudFormation asks of a deployer for Lambda's types of resource. */
import { arn, of, tagged, type Grant } from './grant.ts';

const onFunction = arn('lambda', ({ stack }) => `function:${stack}-*`);

const FUNCTION: Grant = {
  actions: of(
    'lambda',
    `CreateFunction GetFunction GetFunctionConfiguration UpdateFunctionCode
    UpdateFunctionConfiguration DeleteFunction PutFunctionConcurrency
    DeleteFunctionConcurrency GetFunctionCodeSigningConfig GetRuntimeManagementConfig
    GetFunctionRecursionConfig TagResource UntagResource ListTags`,
  ),
  on: onFunction,
};

/** Lambda looks at a function's network as who deploys it; EC2 knows no ARN for what these list. */
const NETWORK: Grant = {
  actions: of(
    'ec2',
    'DescribeSecurityGroups DescribeSubnets DescribeVpcs DescribeNetworkInterfaces',
  ),
  on: () => '*',
  only: ({ region }) => ({ StringEquals: { 'aws:RequestedRegion': region } }),
  when: ({ Properties: properties }) => properties?.['VpcConfig'] !== undefined,
};

/** By type. Source: the handlers' permissions in CloudFormation's schemas of these types. */
export const LAMBDA: Readonly<Record<string, readonly Grant[]>> = {
  'AWS::Lambda::EventInvokeConfig': [
    {
      actions: of(
        'lambda',
        `PutFunctionEventInvokeConfig GetFunctionEventInvokeConfig
    UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig`,
      ),
      on: onFunction,
    },
  ],
  'AWS::Lambda::EventSourceMapping': [
    {
      actions: of(
        'lambda',
        `CreateEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping
    DeleteEventSourceMapping`,
      ),
      // It has an id of its own; whose events it brings is what tells it.
      on: () => '*',
      only: (place, it) => ({ ArnLike: { 'lambda:FunctionArn': onFunction(place, it) } }),
    },
    {
      actions: of('lambda', 'TagResource UntagResource ListTags'),
      on: arn('lambda', () => 'event-source-mapping:*'),
      only: tagged('aws:ResourceTag'),
    },
  ],
  'AWS::Lambda::Function': [FUNCTION, NETWORK],
  'AWS::Lambda::Permission': [
    { actions: of('lambda', 'AddPermission RemovePermission GetPolicy'), on: onFunction },
  ],
  'AWS::Lambda::Version': [
    {
      actions: of(
        'lambda',
        'PublishVersion ListVersionsByFunction GetProvisionedConcurrencyConfig',
      ),
      on: onFunction,
    },
    FUNCTION,
  ],
};
