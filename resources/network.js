/** Where the deployment names subnets: what calls an API of one's own calls it from there. */
import { parameters } from './parameters.js';

/** For serverless.yml: the network of a face; false is none. */
export async function vpc(given) {
  const { subnetIds, securityGroupIds } = await parameters(given);
  if (subnetIds === '') return false;
  return { subnetIds: subnetIds.split(','), securityGroupIds: securityGroupIds.split(',') };
}

/** On interfaces, subnets and groups. Deleting takes one interface or all ids. Source: Lambda, configuration-vpc. */
const ON_NETWORK = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** EC2 knows no ARN for what these list. */
const LISTING = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];

/** The faces that call an API; maintenance calls nothing. */
const FUNCTIONS = { full: 'full-service', degraded: 'degraded-service' };

/**
 * What a face's role may do of its network. Lambda asks by the role of the function: these are the six actions that
 * it documents, and the Deny that goes with them keeps them from the function's own code.
 */
export function networkStatements(face, { stage, isInVpc }) {
  const name = FUNCTIONS[face];
  if (!isInVpc || name === undefined) return [];
  return [
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
            'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:resilient-service-${stage}-${name}`,
          },
        },
      },
    },
  ];
}
