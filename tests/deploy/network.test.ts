/** The network of a deployment: what calls an API calls it from the subnets that a parameter names, and nothing else does. */
import { beforeAll, describe, expect, test } from 'vitest';
import { deployPolicy } from '../../lib/local/deploy-policy/policy.ts';
import { ASKED } from './asked-params.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';
import type { Role } from './policies.ts';

const PLACE = {
  partition: 'aws',
  region: 'us-east-1',
  account: '123456789012',
  stack: 'resilient-service-dev',
  service: 'resilient-service',
  stage: 'dev',
};

/** The functions that have a network, with it. */
function networksIn(service: Packaged) {
  const given = service
    .ofType('AWS::Lambda::Function')
    .map(([id, { Properties: own }]) => [id, own['VpcConfig']] as const)
    .filter(([, network]) => network !== undefined);
  return Object.fromEntries(given);
}

/** What the roles say of EC2, by role. */
function statementsIn(service: Packaged) {
  const given = service.ofType('AWS::IAM::Role').map(([id, { Properties: role }]) => {
    const { Policies: policies = [] } = role as unknown as Role;
    const statements = policies.flatMap(({ PolicyDocument: document }) => document.Statement);
    return [
      id,
      statements.filter(({ Action: action }) => String(action).includes('ec2:')),
    ] as const;
  });
  return Object.fromEntries(given.filter(([, statements]) => statements.length > 0));
}

const ON_NETWORK = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
const LISTING = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];

/** What AWSLambdaVPCAccessExecutionRole has beside logs, within this account, and not for the code of the function. */
const may = (name: string) => [
  {
    Effect: 'Allow',
    Action: ON_NETWORK,
    Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*' },
  },
  { Effect: 'Allow', Action: LISTING, Resource: '*' },
  {
    Effect: 'Deny',
    Action: [...ON_NETWORK, ...LISTING],
    Resource: '*',
    Condition: {
      ArnEquals: {
        'lambda:SourceFunctionArn': {
          'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}`,
        },
      },
    },
  },
];

describe('a deployment with subnets', () => {
  let service: Packaged;
  beforeAll(async () => {
    service = await packaged('dev', ASKED);
  }, 240_000);

  test('has the full and the degraded face in them, and no other function', () => {
    const network = {
      SubnetIds: ['subnet-0a1b2c3d', 'subnet-0123456789abcdef0'],
      SecurityGroupIds: ['sg-0a1b2c3d'],
    };
    expect(networksIn(service)).toEqual({
      FullDashserviceLambdaFunction: network,
      DegradedDashserviceLambdaFunction: network,
    });
  });

  test('lets their roles do what Lambda needs for it, and the functions that have them none of it', () => {
    const nameOf = (id: string) => String(service.resource(id).Properties['FunctionName']);
    expect(statementsIn(service)).toEqual({
      FullServiceRole: may(nameOf('FullDashserviceLambdaFunction')),
      DegradedServiceRole: may(nameOf('DegradedDashserviceLambdaFunction')),
    });
  });

  test('has a deploy policy that lets Lambda look at them', () => {
    const { Statement: statements } = deployPolicy(service.resources, PLACE);
    expect(ofEc2(statements)).toEqual([
      {
        Effect: 'Allow',
        Action: ['NetworkInterfaces', 'SecurityGroups', 'Subnets', 'Vpcs'].map(
          (what) => `ec2:Describe${what}`,
        ),
        Resource: ['*'],
        Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } },
      },
    ]);
  });
});

const ofEc2 = (statements: ReturnType<typeof deployPolicy>['Statement']) =>
  statements.filter(({ Action: actions }) => actions.some((action) => action.startsWith('ec2:')));

test.each(STAGES)(
  '%s, which names none, has no network, no right to one, and needs none to be deployed',
  async (stage) => {
    const service = await packaged(stage);
    expect(networksIn(service)).toEqual({});
    expect(statementsIn(service)).toEqual({});
    const { Statement: statements } = deployPolicy(service.resources, PLACE);
    expect(ofEc2(statements)).toEqual([]);
  },
  240_000,
);
