/** What the APIs of one's own need of the deployment: a table of last good answers, and credentials. */

import { servicesIn } from '../lib/runtime/tenants.ts';
import { breakerKeyOf } from '../lib/shared/breaker-row.ts';

/** The table of the last good answers, by logical id. */
export const LAST_GOOD = 'LastGoodTable';

/** The table of the levels, by logical id. */
export const LEVELS = 'ServiceResiliencyTable';

const isKept = ({ upstream }) =>
  typeof upstream?.degraded === 'string' && upstream.degraded.startsWith('last-good');

/** Whether any scope serves its last good answers at level 2. */
export function keepsLastGood({ scopes, fullUpstreamUrl, degradedUpstreamUrl }) {
  const named = fullUpstreamUrl !== '' && degradedUpstreamUrl === '';
  return named || Object.values(scopes).some(isKept);
}

/** Its resource: answers go by themselves. */
export function lastGoodTable(deployment) {
  if (!keepsLastGood(deployment)) return {};
  return {
    [LAST_GOOD]: {
      Type: 'AWS::DynamoDB::Table',
      // What is lost of it is answered anew; the level and the services' own tables are recoverable.
      Metadata: { checkov: { skip: [{ id: 'CKV_AWS_28', comment: 'a cache with a TTL' }] } },
      Properties: {
        TableName: `${LAST_GOOD}-${deployment.stage}`,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAtS', Enabled: true },
      },
    },
  };
}

/** The rows of the breakers that all environments of a face share. */
export function breakerKeys(face, { scopes }) {
  return Object.entries(scopes)
    .filter(([, { upstream }]) => upstream?.sharedBreaker !== undefined)
    .filter(([, { upstream }]) => face === 'full' || (face === 'degraded' && isAnApi(upstream)))
    .map(([scope]) => breakerKeyOf(scope, face));
}

const isAnApi = ({ degraded }) => degraded instanceof URL;

const ACTIONS = { full: ['dynamodb:GetItem', 'dynamodb:PutItem'], degraded: ['dynamodb:GetItem'] };

/** What a face may do for them. */
export function upstreamStatements(face, deployment) {
  const actions = ACTIONS[face];
  if (actions === undefined) return [];
  const sources = Object.values(servicesIn(deployment.scopes)).flatMap(
    ({ upstream }) => upstream?.credentials ?? [],
  );
  const keys = breakerKeys(face, deployment);
  return [
    // In the table of the levels, by row: no face may write a level.
    ...(keys.length > 0
      ? [
          {
            Effect: 'Allow',
            Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
            Resource: { 'Fn::GetAtt': [LEVELS, 'Arn'] },
            Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys } },
          },
        ]
      : []),
    ...(keepsLastGood(deployment)
      ? [{ Effect: 'Allow', Action: actions, Resource: { 'Fn::GetAtt': [LAST_GOOD, 'Arn'] } }]
      : []),
    ...sources.map(({ ssm, secret }) => ({
      Effect: 'Allow',
      Action: [ssm === undefined ? 'secretsmanager:GetSecretValue' : 'ssm:GetParameter'],
      Resource: ssm === undefined ? secretArn(secret) : parameterArn(ssm),
    })),
  ];
}

/** A secret's ARN ends with six characters of its own, which its name does not show. */
const secretArn = (name) =>
  name.startsWith('arn:')
    ? name
    : {
        'Fn::Sub': `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${name}-??????`,
      };

const parameterArn = (name) =>
  name.startsWith('arn:')
    ? name
    : {
        'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${name.replace(/^\//, '')}`,
      };
