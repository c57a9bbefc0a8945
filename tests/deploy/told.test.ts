/** Who is told of changes as it is packaged: the record of them all, the webhook, and where spans are sent. */
import { beforeAll, describe, expect, test } from 'vitest';
import { ASKED } from './asked-params.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';

interface Statement {
  readonly Action: unknown;
  readonly Resource: unknown;
}

const propertiesOf = (service: Packaged, id: string) => service.resource(id).Properties;
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe.each(STAGES)('the record of changes on %s', (stage) => {
  let service: Packaged;
  const group = `/aws/events/resilient-service-${stage}-history`;
  beforeAll(async () => {
    service = await packaged(stage);
  }, 240_000);

  test('is a log group of its own that keeps them for a year, and on prod outlives the stack', () => {
    const log = service.resource('HistoryLogGroup');
    expect(log.Properties).toEqual({ LogGroupName: group, RetentionInDays: 365 });
    const deletion = stage === 'prod' ? 'RetainExceptOnCreate' : 'Delete';
    // CloudFormation takes no RetainExceptOnCreate for a replacement.
    const replaced = stage === 'prod' ? 'Retain' : 'Delete';
    expect(log).toMatchObject({ DeletionPolicy: deletion, UpdateReplacePolicy: replaced });
  });

  test('gets every epoch that begins, also one that keeps the level', () => {
    const arn = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group';
    expect(propertiesOf(service, 'HistoryRule')).toMatchObject({
      EventPattern: {
        source: [`resilient-service-${stage}`],
        'detail-type': ['LevelChanged', 'EpochBegan'],
      },
      Targets: [{ Id: 'history', Arn: { 'Fn::Sub': `${arn}:\${HistoryLogGroup}` } }],
    });
  });

  test('lets EventBridge write to it, and to nothing else', () => {
    const [[, policy] = [], ...others] = service.ofType('AWS::Logs::ResourcePolicy');
    expect(others).toEqual([]);
    const { PolicyName: name, PolicyDocument: document } = policy?.Properties ?? {};
    expect(name).toBe(`resilient-service-${stage}-history`);
    const { 'Fn::Sub': text } = document as { readonly 'Fn::Sub': string };
    expect(JSON.parse(text)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${group}:*`,
        },
      ],
    });
    expect(text.length).toBeLessThan(5_120);
  });

  test('is all there is: no webhook, no function for one, no SDK that traces', () => {
    const ids = Object.keys(service.resources).filter((id) => /webhook|otel/i.test(id));
    expect(ids).toEqual([]);
    for (const [, { Properties: properties }] of service.ofType('AWS::Lambda::Function')) {
      expect(JSON.stringify(properties)).not.toMatch(/otel|webhook/i);
    }
    expect([...service.archive('mutator').files.keys()]).toEqual([
      'functions/mutator.js',
      'functions/mutator.js.map',
    ]);
  });
});

describe('a deployment that asks', () => {
  let service: Packaged;
  beforeAll(async () => {
    service = await packaged('dev', ASKED);
  }, 240_000);

  test('for another time keeps the record for that', () => {
    const { RetentionInDays: days } = propertiesOf(service, 'HistoryLogGroup');
    expect(Number(days)).toBe(731);
  });

  test('for a webhook has its changes wait in a queue, tried for a day, and then kept for somebody', () => {
    expect(propertiesOf(service, 'WebhookRule')).toEqual({
      Name: 'resilient-service-dev-webhook',
      EventPattern: { source: ['resilient-service-dev'], 'detail-type': ['LevelChanged'] },
      Targets: [
        {
          Id: 'webhook',
          Arn: arnOf('WebhookQueue'),
          DeadLetterConfig: { Arn: arnOf('WebhookDeadLetterQueue') },
          RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
        },
      ],
    });
    const { Timeout: timeoutS } = propertiesOf(service, 'WebhookLambdaFunction');
    expect(propertiesOf(service, 'WebhookQueue')).toEqual({
      QueueName: 'resilient-service-dev-webhook',
      KmsMasterKeyId: { Ref: 'AlarmKey' },
      // Longer than the sixteen tries take at most.
      MessageRetentionPeriod: 345_600,
      VisibilityTimeout: Number(timeoutS) * 6,
      RedrivePolicy: { deadLetterTargetArn: arnOf('WebhookDeadLetterQueue'), maxReceiveCount: 16 },
    });
    expect(propertiesOf(service, 'WebhookDeadLetterQueue')).toMatchObject({
      MessageRetentionPeriod: 1_209_600,
    });
    const mapping = service.resource('WebhookEventSourceMappingSQSWebhookQueue');
    expect(mapping.Properties).toMatchObject({
      BatchSize: 5,
      EventSourceArn: arnOf('WebhookQueue'),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('for a webhook lets its rule alone fill the queues', () => {
    expect(propertiesOf(service, 'WebhookQueuePolicy')).toEqual({
      Queues: [{ Ref: 'WebhookQueue' }, { Ref: 'WebhookDeadLetterQueue' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: ['WebhookQueue', 'WebhookDeadLetterQueue'].map((id) => ({
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arnOf(id),
          Condition: { ArnEquals: { 'aws:SourceArn': arnOf('WebhookRule') } },
        })),
      },
    });
  });

  test('for a webhook has a function that may read its queue and its secret, and no more', () => {
    const { Policies: policies } = propertiesOf(service, 'WebhookRole') as {
      readonly Policies: readonly {
        readonly PolicyDocument: { readonly Statement: readonly Statement[] };
      }[];
    };
    const may = policies.flatMap(({ PolicyDocument: { Statement: statements } }) => statements);
    expect(may.map(({ Action: action, Resource: resource }) => [action, resource])).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf('WebhookLogGroup')],
      [
        [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
        ],
        arnOf('WebhookQueue'),
      ],
      [['kms:Decrypt'], arnOf('AlarmKey')],
      [
        ['ssm:GetParameter'],
        {
          'Fn::Sub':
            'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/hooks/secret',
        },
      ],
    ]);
    const { Environment: environment } = propertiesOf(service, 'WebhookLambdaFunction');
    expect(environment).toMatchObject({
      Variables: {
        WEBHOOK_URL: 'https://example.com/hooks',
        WEBHOOK_SECRET_PARAMETER: '/hooks/secret',
        WEBHOOK_QUEUE_URL: { Ref: 'WebhookQueue' },
      },
    });
  });

  test('for a webhook tells people of what it did not take', () => {
    expect(propertiesOf(service, 'WebhookDeadLetterAlarm')).toMatchObject({
      AlarmActions: [{ Ref: 'OperatorTopic' }],
      TreatMissingData: 'notBreaching',
      Threshold: 1,
      Dimensions: [
        { Name: 'QueueName', Value: { 'Fn::GetAtt': ['WebhookDeadLetterQueue', 'QueueName'] } },
      ],
    });
  });

  test('for traces has the SDK beside each function, loaded before it', () => {
    for (const [, { Properties: properties }] of service.ofType('AWS::Lambda::Function')) {
      expect(properties).toMatchObject({
        Environment: {
          Variables: {
            NODE_OPTIONS: '--enable-source-maps --require ./otel/setup.cjs',
            OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.com:4318',
            OTEL_SERVICE_NAME: 'resilient-service-dev',
          },
        },
      });
    }
    const setup = service.archive('full-service').files.get('otel/setup.cjs');
    expect(setup?.length).toBeGreaterThan(50_000);
    expect(setup?.length).toBeLessThan(200_000);
    expect([...service.archive('maintenance-service').files.keys()]).toContain('otel/setup.cjs');
  });
});
