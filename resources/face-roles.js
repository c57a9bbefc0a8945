/** The roles of the three faces: their logs, exactly what their services say of tables, and their network. */
import { networkStatements } from './network.js';
import { upstreamStatements } from './upstreams.js';

const LOGS = {
  full: 'FullDashserviceLogGroup',
  degraded: 'DegradedDashserviceLogGroup',
  maintenance: 'MaintenanceDashserviceLogGroup',
};

const IDS = {
  full: 'FullServiceRole',
  degraded: 'DegradedServiceRole',
  maintenance: 'MaintenanceServiceRole',
};

/** One role a face. */
export function faceRoles(deployment) {
  const faces = Object.keys(IDS);
  return Object.fromEntries(faces.map((face) => [IDS[face], roleOf(face, deployment)]));
}

function roleOf(face, deployment) {
  const tables = Object.values(deployment.scopes).flatMap(({ tables: own }) => Object.entries(own));
  const granted = tables.flatMap(([id, table]) =>
    (table[face] ?? []).map((permission) => statementOf(id, permission)),
  );
  const asked = upstreamStatements(face, deployment);
  const network = networkStatements(face, deployment);
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'lambda.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
      Policies: [
        policy('logs', [
          {
            Effect: 'Allow',
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: { 'Fn::GetAtt': [LOGS[face], 'Arn'] },
          },
        ]),
        ...(granted.length > 0 ? [policy('tables', granted)] : []),
        ...(asked.length > 0 ? [policy('upstreams', asked)] : []),
        ...(network.length > 0 ? [policy('network', network)] : []),
      ],
    },
  };
}

const policy = (name, statements) => ({
  PolicyName: name,
  PolicyDocument: { Version: '2012-10-17', Statement: statements },
});

function statementOf(table, { actions, keys }) {
  return {
    Effect: 'Allow',
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: { 'Fn::GetAtt': [table, 'Arn'] },
    ...(keys !== undefined && {
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } },
    }),
  };
}
