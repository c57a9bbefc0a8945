/** Who may do what, as one list: anything that the packaged template allows beyond it fails here. */
import { beforeAll, describe, expect, test } from 'vitest';
import { joinDefinition, referencesOf } from './intrinsics.ts';
import type { Document, Role, Statement } from './policies.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';

/** A permission: `action on resource`, where a resource is its logical id, with the keys of its items if there is a condition, or a `*`. */
type Permissions = readonly string[];

const logTo = (group: string): Permissions => [
  `logs:CreateLogStream on ${group}`,
  `logs:PutLogEvents on ${group}`,
];

const READ = 'dynamodb:GetItem on ServiceResiliencyTable';
const WRITE = 'dynamodb:UpdateItem on ServiceResiliencyTable';
const ANNOUNCE = 'events:PutEvents on event-bus/default';

/** AWS takes no other resource for these: traces, and an account-wide API for the delivery of logs. */
const ON_ANYTHING: Permissions = [
  'xray:PutTraceSegments on *',
  'xray:PutTelemetryRecords on *',
  'xray:GetSamplingRules on *',
  'xray:GetSamplingTargets on *',
  'logs:CreateLogDelivery on *',
  'logs:GetLogDelivery on *',
  'logs:UpdateLogDelivery on *',
  'logs:DeleteLogDelivery on *',
  'logs:ListLogDeliveries on *',
  'logs:PutResourcePolicy on *',
  'logs:DescribeResourcePolicies on *',
  'logs:DescribeLogGroups on *',
];

/** Every role: who may take it, and all that it may do. */
const ROLES: Readonly<Record<string, { readonly taker: string; readonly may: Permissions }>> = {
  FullServiceRole: {
    taker: 'lambda',
    may: [
      ...logTo('FullDashserviceLogGroup'),
      'dynamodb:BatchGetItem on AccountsTable',
      'dynamodb:UpdateItem on AccountsTable BALANCE#*',
    ],
  },
  // Of the table that the full face reads whole, no account.
  DegradedServiceRole: {
    taker: 'lambda',
    may: [...logTo('DegradedDashserviceLogGroup'), 'dynamodb:GetItem on AccountsTable BALANCE#*'],
  },
  MaintenanceServiceRole: { taker: 'lambda', may: logTo('MaintenanceDashserviceLogGroup') },
  MutatorRole: { taker: 'lambda', may: [...logTo('MutatorLogGroup'), READ, WRITE, ANNOUNCE] },
  GetStateRole: { taker: 'lambda', may: [...logTo('GetDashstateLogGroup'), READ] },
  HealthRole: { taker: 'lambda', may: [...logTo('HealthLogGroup'), READ] },
  ControlRole: { taker: 'lambda', may: [...logTo('ControlLogGroup'), READ, WRITE, ANNOUNCE] },
  BypassRole: {
    taker: 'lambda',
    may: [...logTo('BypassLogGroup'), 'states:StartSyncExecution on ServiceResiliencyWorkflow'],
  },
  AlarmProcessorRole: {
    taker: 'lambda',
    may: [
      ...logTo('AlarmDashprocessorLogGroup'),
      READ,
      WRITE,
      ANNOUNCE,
      'sqs:ReceiveMessage on AlarmQueue',
      'sqs:DeleteMessage on AlarmQueue',
      'sqs:GetQueueAttributes on AlarmQueue',
      'kms:Decrypt on AlarmKey',
    ],
  },
  RearmAlarmsRole: {
    taker: 'lambda',
    may: [
      ...logTo('RearmDashalarmsLogGroup'),
      'cloudwatch:DescribeAlarms on *',
      'cloudwatch:SetAlarmState on alarm:{service}-*',
    ],
  },
  WorkflowRole: {
    taker: 'states',
    may: [
      READ,
      WRITE,
      'lambda:InvokeFunction on FullDashserviceLambdaFunction',
      'lambda:InvokeFunction on DegradedDashserviceLambdaFunction',
      'lambda:InvokeFunction on MaintenanceDashserviceLambdaFunction',
      'lambda:InvokeFunction on MutatorLambdaFunction',
      ...ON_ANYTHING,
    ],
  },
  GatewayRole: {
    taker: 'apigateway',
    may: ['states:StartSyncExecution on ServiceResiliencyWorkflow'],
  },
  TickRole: { taker: 'events', may: ['states:StartExecution on ServiceResiliencyWorkflow'] },
  // What it may do is in AWS's own policy, below.
  GatewayLogRole: { taker: 'apigateway', may: [] },
};

/** API Gateway takes no role for its logs that can do less than this policy of AWS. */
const MANAGED_POLICIES: Readonly<Record<string, readonly string[]>> = {
  GatewayLogRole: ['service-role/AmazonAPIGatewayPushToCloudWatchLogs'],
};

const FUNCTION_ROLES: Readonly<Record<string, string>> = {
  FullDashserviceLambdaFunction: 'FullServiceRole',
  DegradedDashserviceLambdaFunction: 'DegradedServiceRole',
  MaintenanceDashserviceLambdaFunction: 'MaintenanceServiceRole',
  MutatorLambdaFunction: 'MutatorRole',
  GetDashstateLambdaFunction: 'GetStateRole',
  HealthLambdaFunction: 'HealthRole',
  ControlLambdaFunction: 'ControlRole',
  BypassLambdaFunction: 'BypassRole',
  AlarmDashprocessorLambdaFunction: 'AlarmProcessorRole',
  RearmDashalarmsLambdaFunction: 'RearmAlarmsRole',
};

/** The kinds of resource that can grant anything; a new one must come with its check. */
const GRANTING =
  /^AWS::(IAM|Lambda::(Permission|Url)|S3::BucketPolicy|\w+::ResourcePolicy|SQS::QueuePolicy|SNS::TopicPolicy)/;
const CHECKED = new Set([
  'AWS::IAM::Role',
  'AWS::Lambda::Permission',
  'AWS::S3::BucketPolicy',
  // In alarm-path.test.ts.
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  // In told.test.ts.
  'AWS::Logs::ResourcePolicy',
]);

const OF_THIS_ACCOUNT = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;
  let roles: readonly (readonly [id: string, role: Role])[];

  beforeAll(async () => {
    service = await packaged(stage);
    roles = service
      .ofType('AWS::IAM::Role')
      .map(([id, { Properties: role }]) => [id, role as unknown as Role] as const);
  }, 240_000);

  test('there is no role that the list does not know', () => {
    expect(roles.map(([id]) => id).toSorted()).toEqual(Object.keys(ROLES).toSorted());
  });

  test.each(Object.entries(ROLES))('%s may do what the list says, no more', (id, { may }) => {
    const { Policies: policies = [] } = service.resource(id).Properties as unknown as Role;
    const given = policies.flatMap(({ PolicyDocument: { Statement: statements } }) =>
      statements.flatMap(permissionsOf),
    );
    expect(given.toSorted()).toEqual(may.toSorted());
  });

  test.each(Object.entries(ROLES))(
    '%s can be taken by one service of AWS, for this account',
    (id, { taker }) => {
      const { AssumeRolePolicyDocument: trust } = service.resource(id)
        .Properties as unknown as Role;
      expect(trust.Statement).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: `${taker}.amazonaws.com` },
          ...(taker !== 'apigateway' && { Condition: OF_THIS_ACCOUNT }),
        },
      ]);
    },
  );

  test('the policies of AWS are attached where the list says, and nowhere else', () => {
    const attached = roles
      .filter(([, role]) => role.ManagedPolicyArns !== undefined)
      .map(([id, { ManagedPolicyArns: arns = [] }]) => [id, arns.map(policyName)]);
    expect(Object.fromEntries(attached)).toEqual(MANAGED_POLICIES);
  });

  test('each function has a role of its own', () => {
    const given = service
      .ofType('AWS::Lambda::Function')
      .map(([id, { Properties: properties }]) => {
        const { Role: role } = properties as { readonly Role?: unknown };
        return [id, logicalIdOf(role)];
      });
    expect(Object.fromEntries(given)).toEqual(FUNCTION_ROLES);
  });

  test('the workflow may reach what it names, and nothing that it does not', () => {
    const named = new Set(
      referencesOf(joinDefinition(service.resource('ServiceResiliencyWorkflow'))),
    );
    const reached = ROLES['WorkflowRole']?.may.map((permission) => permission.split(' on ')[1]);
    expect(new Set(reached?.filter((target) => target !== '*'))).toEqual(named);
  });

  test('only this API and the rules of this stage may call functions', () => {
    const permissions = service
      .ofType('AWS::Lambda::Permission')
      .map(([, { Properties: properties }]) => [
        logicalIdOf(properties['FunctionName']),
        properties['Action'],
        properties['Principal'],
        sourceOf(properties['SourceArn']),
      ]);
    const may = 'lambda:InvokeFunction';
    expect(permissions).toEqual([
      ['RearmDashalarmsLambdaFunction', may, 'events.amazonaws.com', 'a rule of this stage'],
      ['GetDashstateLambdaFunction', may, 'apigateway.amazonaws.com', 'this API'],
      ['HealthLambdaFunction', may, 'apigateway.amazonaws.com', 'this API'],
      ['ControlLambdaFunction', may, 'apigateway.amazonaws.com', 'this API'],
      ['BypassLambdaFunction', may, 'apigateway.amazonaws.com', 'this API'],
      ['RearmDashalarmsLambdaFunction', may, 'events.amazonaws.com', 'a rule of this stage'],
    ]);
  });

  /** Who a permission is for, as far as its source says so without doubt. */
  const sourceOf = (arn: unknown): string => {
    const text = JSON.stringify(arn);
    if (text.includes('{"Ref":"ApiGatewayRestApi"}')) return 'this API';
    const rule = service.ofType('AWS::Events::Rule').find(([id, { Properties: properties }]) => {
      const { Name: name } = properties;
      const isNamed = typeof name === 'string' && text.includes(name);
      return isNamed || text.includes(`"Fn::GetAtt":["${id}","Arn"]`);
    });
    return rule === undefined ? text : 'a rule of this stage';
  };

  test('the policy of the bucket that deploys go through only forbids', () => {
    const effects = service
      .ofType('AWS::S3::BucketPolicy')
      .flatMap(([, { Properties: bucket }]) => {
        const { Statement: statements } = bucket['PolicyDocument'] as Document;
        return statements.map(({ Effect: effect }) => effect);
      });
    expect(effects).toEqual(['Deny']);
  });

  test('nothing else in the template grants anything', () => {
    const others = Object.entries(service.resources).filter(
      ([, { Type: type }]) => GRANTING.test(type) && !CHECKED.has(type),
    );
    expect(others.map(([id]) => id)).toEqual([]);
  });
});

/** A statement's permissions; a Deny, a NotAction and other conditions are written out, so that no list has them. */
function permissionsOf(statement: Statement): string[] {
  const { Effect: effect, Action: action, Resource: resource, Condition, ...rest } = statement;
  const keys = keysOf(Condition);
  if (effect !== 'Allow' || keys === null || Object.keys(rest).length > 0) {
    return [JSON.stringify(statement)];
  }
  return [action]
    .flat()
    .flatMap((one) =>
      [resource].flat().map((target) => [one, 'on', logicalIdOf(target), ...keys].join(' ')),
    );
}

/** The keys of the items that a condition lets through; none where there is no condition, null for another one. */
function keysOf(condition: object | undefined): readonly string[] | null {
  if (condition === undefined) return [];
  const { 'ForAllValues:StringLike': like, ...others } = condition as {
    readonly 'ForAllValues:StringLike'?: { readonly 'dynamodb:LeadingKeys'?: readonly string[] };
  };
  const { 'dynamodb:LeadingKeys': keys = null, ...more } = like ?? {};
  return Object.keys({ ...others, ...more }).length > 0 ? null : keys;
}

/** The one resource that an ARN names: its logical id, or the text itself where it is no reference. */
function logicalIdOf(arn: unknown): string {
  if (typeof arn !== 'object' || arn === null) return String(arn);
  const [[key, value] = []] = Object.entries(arn);
  if (key === 'Ref') return String(value);
  if (key === 'Fn::Sub') {
    return String(value)
      .replace(/^arn:\$\{AWS::Partition\}:\w+:\$\{AWS::Region\}:\$\{AWS::AccountId\}:/, '')
      .replace(/resilient-service-(dev|prod)/, '{service}');
  }
  return key === 'Fn::GetAtt' && Array.isArray(value) && value[1] === 'Arn'
    ? String(value[0])
    : JSON.stringify(arn);
}

function policyName(arn: unknown): string {
  const { 'Fn::Sub': text = JSON.stringify(arn) } = arn as { readonly 'Fn::Sub'?: string };
  return text.replace('arn:${AWS::Partition}:iam::aws:policy/', '');
}
