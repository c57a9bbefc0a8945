/** The role of a function, which Lambda alone takes, and for this account alone. */

/** @param may Statements by the name of their policy; a policy without any is none. */
export const functionRole = (may) => ({
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
    Policies: Object.entries(may)
      .filter(([, statements]) => statements.length > 0)
      .map(([PolicyName, Statement]) => ({
        PolicyName,
        PolicyDocument: { Version: '2012-10-17', Statement },
      })),
  },
});

/** What every function may do: write to its own log group, by its logical id. */
export const logStatements = (logGroup) => [
  {
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
  },
];
