/** The roles of the three faces: their logs, and exactly what their services say of tables. */

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
export function faceRoles(scopes) {
  const faces = Object.keys(IDS);
  return Object.fromEntries(faces.map((face) => [IDS[face], roleOf(face, scopes)]));
}

function roleOf(face, scopes) {
  const tables = Object.values(scopes).flatMap(({ tables: own }) => Object.entries(own));
  const granted = tables.flatMap(([id, table]) =>
    (table[face] ?? []).map((permission) => statementOf(id, permission)),
  );
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
