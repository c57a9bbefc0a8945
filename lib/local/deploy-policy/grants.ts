/** What CloudFormation asks of a deployer for each type of resource, and on which ARNs. */
import { arn, named, of, tagged, type Grant, type Place } from './grant.ts';
import { LAMBDA } from './lambda-grants.ts';

const TAGGING = ['TagResource', 'UntagResource', 'ListTagsForResource'];

const REST: Grant = {
  // Its ids are made when it is made: of all REST APIs of the region none can be told from another by name.
  actions: of('apigateway', 'GET POST PUT PATCH DELETE'),
  on: ({ partition, region }) =>
    ['restapis', 'restapis/*', 'tags/*'].map(
      (path) => `arn:${partition}:apigateway:${region}::/${path}`,
    ),
};

const gateway = (...paths: readonly string[]): Grant => ({
  actions: REST.actions,
  on: ({ partition, region }) =>
    paths.map((path) => `arn:${partition}:apigateway:${region}::/${path}`),
});

const onRole = ({ partition, account, stack }: Place) =>
  `arn:${partition}:iam::${account}:role/${stack}-*`;

const INLINE: Grant = {
  actions: of('iam', 'PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies'),
  on: onRole,
};

const TOPIC: Grant = {
  actions: of(
    'sns',
    `CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes Subscribe Unsubscribe
    GetSubscriptionAttributes SetSubscriptionAttributes ListSubscriptionsByTopic
    GetDataProtectionPolicy`,
    ...TAGGING,
  ),
  on: arn('sns', ({ stack }) => `${stack}-*`),
};

const QUEUE: Grant = {
  actions: of(
    'sqs',
    `CreateQueue DeleteQueue GetQueueAttributes SetQueueAttributes GetQueueUrl TagQueue
    UntagQueue ListQueueTags`,
  ),
  on: arn('sqs', ({ stack }) => `${stack}-*`),
};

const BUCKET: Grant = {
  actions: of(
    's3',
    `CreateBucket DeleteBucket ListBucket GetBucketLocation GetBucketPolicy PutBucketPolicy
    DeleteBucketPolicy PutEncryptionConfiguration GetEncryptionConfiguration
    PutBucketPublicAccessBlock GetBucketPublicAccessBlock PutBucketTagging GetBucketTagging
    PutObject GetObject DeleteObject`,
  ),
  on: ({ partition, stack }) => `arn:${partition}:s3:::${stack.toLowerCase()}-*`,
};

const KEY: readonly Grant[] = [
  {
    actions: of('kms', 'CreateKey TagResource'),
    on: () => '*',
    only: tagged('aws:RequestTag'),
  },
  {
    actions: of(
      'kms',
      `DescribeKey GetKeyPolicy PutKeyPolicy EnableKeyRotation UntagResource DisableKeyRotation
    GetKeyRotationStatus ListResourceTags UpdateKeyDescription ScheduleKeyDeletion EnableKey
    DisableKey TagResource`,
    ),
    on: arn('kms', () => 'key/*'),
    only: tagged('aws:ResourceTag'),
  },
];

/**
 * By type; a type that is not here ends the command, so that no deploy finds out. Source: the handlers' permissions
 * in CloudFormation's resource schemas; for the ARNs, the Service Authorization Reference.
 */
export const GRANTS: Readonly<Record<string, readonly Grant[]>> = {
  'AWS::ApiGateway::Account': [gateway('account')],
  'AWS::ApiGateway::ApiKey': [gateway('apikeys', 'apikeys/*')],
  'AWS::ApiGateway::Authorizer': [REST],
  'AWS::ApiGateway::BasePathMapping': [gateway('domainnames/*')],
  'AWS::ApiGateway::Deployment': [REST],
  'AWS::ApiGateway::DomainName': [gateway('domainnames', 'domainnames/*')],
  'AWS::ApiGateway::GatewayResponse': [REST],
  'AWS::ApiGateway::Method': [REST],
  'AWS::ApiGateway::Model': [REST],
  'AWS::ApiGateway::RequestValidator': [REST],
  'AWS::ApiGateway::Resource': [REST],
  'AWS::ApiGateway::RestApi': [REST],
  'AWS::ApiGateway::Stage': [REST],
  'AWS::ApiGateway::UsagePlan': [gateway('usageplans', 'usageplans/*')],
  'AWS::ApiGateway::UsagePlanKey': [gateway('usageplans/*')],
  'AWS::Budgets::Budget': [
    {
      actions: of('budgets', 'ViewBudget ModifyBudget', ...TAGGING),
      on: ({ partition, account, stack }) => `arn:${partition}:budgets::${account}:budget/${stack}`,
    },
  ],
  'AWS::CloudWatch::Alarm': [
    {
      actions: of('cloudwatch', 'PutMetricAlarm DeleteAlarms DescribeAlarms', ...TAGGING),
      on: arn('cloudwatch', ({ stack }) => `alarm:${stack}-*`),
    },
  ],
  'AWS::CloudWatch::Dashboard': [
    {
      actions: of('cloudwatch', 'PutDashboard GetDashboard DeleteDashboards'),
      on: (place, it) =>
        `arn:${place.partition}:cloudwatch::${place.account}:dashboard/${named('DashboardName')(place, it)}`,
    },
  ],
  'AWS::DynamoDB::Table': [
    {
      actions: of(
        'dynamodb',
        `CreateTable DescribeTable UpdateTable DeleteTable TagResource DescribeContinuousBackups
    UpdateContinuousBackups DescribeTimeToLive UpdateTimeToLive DescribeContributorInsights
    GetResourcePolicy DescribeKinesisStreamingDestination UntagResource ListTagsOfResource`,
      ),
      on: arn('dynamodb', (place, it) => `table/${named('TableName')(place, it)}`),
    },
  ],
  'AWS::Events::Rule': [
    {
      actions: of(
        'events',
        `PutRule DescribeRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets
    ListTargetsByRule`,
        ...TAGGING,
      ),
      on: arn('events', ({ stack }) => `rule/${stack}-*`),
    },
  ],
  'AWS::IAM::Policy': [INLINE],
  'AWS::IAM::Role': [
    INLINE,
    {
      actions: of(
        'iam',
        `CreateRole GetRole UpdateRole UpdateAssumeRolePolicy DeleteRole ListAttachedRolePolicies
    TagRole UntagRole`,
      ),
      on: onRole,
    },
    {
      actions: ['iam:PassRole'],
      on: onRole,
      only: () => ({
        StringEquals: {
          'iam:PassedToService': ['lambda', 'states', 'events', 'apigateway'].map(
            (service) => `${service}.amazonaws.com`,
          ),
        },
      }),
    },
    {
      // Of the role that API Gateway writes logs through, which takes none that can do less.
      actions: of('iam', 'AttachRolePolicy DetachRolePolicy'),
      on: onRole,
      only: ({ partition }) => ({
        ArnEquals: {
          'iam:PolicyARN': `arn:${partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`,
        },
      }),
    },
  ],
  'AWS::KMS::Key': KEY,
  ...LAMBDA,
  'AWS::Logs::LogGroup': [
    {
      actions: of(
        'logs',
        `CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy
    ListTagsForResource TagResource UntagResource`,
      ),
      on: arn('logs', (place, it) => {
        const name = named('LogGroupName')(place, it);
        const ofFunctions = `/aws/lambda/${place.stack}-`;
        return `log-group:${name.startsWith(ofFunctions) ? `${ofFunctions}*` : `${name}*`}`;
      }),
    },
  ],
  'AWS::Logs::ResourcePolicy': [
    {
      // The policies of an account in a region are one list, without ARNs or condition keys.
      actions: of('logs', 'PutResourcePolicy DescribeResourcePolicies DeleteResourcePolicy'),
      on: () => '*',
    },
  ],
  'AWS::S3::Bucket': [BUCKET],
  'AWS::S3::BucketPolicy': [BUCKET],
  'AWS::SNS::Subscription': [TOPIC],
  'AWS::SNS::Topic': [TOPIC],
  'AWS::SNS::TopicPolicy': [TOPIC],
  'AWS::SQS::Queue': [QUEUE],
  'AWS::SQS::QueuePolicy': [QUEUE],
  'AWS::StepFunctions::StateMachine': [
    {
      actions: of(
        'states',
        'CreateStateMachine DescribeStateMachine UpdateStateMachine DeleteStateMachine',
        ...TAGGING,
      ),
      on: arn('states', (place, it) => `stateMachine:${named('StateMachineName')(place, it)}`),
    },
  ],
  'AWS::WAFv2::WebACLAssociation': [
    {
      actions: of('wafv2', 'AssociateWebACL DisassociateWebACL GetWebACLForResource'),
      on: ({ partition, region }, it) => [
        named('WebACLArn')({} as Place, it),
        `arn:${partition}:apigateway:${region}::/restapis/*/stages/*`,
      ],
    },
    {
      actions: ['apigateway:SetWebACL'],
      on: ({ partition, region, stage }) =>
        `arn:${partition}:apigateway:${region}::/restapis/*/stages/${stage}`,
    },
  ],
};

/** What the framework itself asks for, whatever the template holds. */
export const OF_THE_FRAMEWORK: readonly Grant[] = [
  {
    actions: of(
      'cloudformation',
      `CreateStack UpdateStack DeleteStack DescribeStacks DescribeStackEvents
    DescribeStackResource DescribeStackResources ListStackResources GetTemplate
    CreateChangeSet DescribeChangeSet ExecuteChangeSet DeleteChangeSet TagResource`,
    ),
    on: arn('cloudformation', ({ stack }) => `stack/${stack}/*`),
  },
  // It reads the template that it is given, and nothing of the account.
  { actions: ['cloudformation:ValidateTemplate'], on: () => '*' },
];
