/** The alarm path as it is packaged: alarms on metrics that are really emitted, topics, queues, their key. */
import { beforeAll, describe, expect, test } from 'vitest';
import { emittedMetrics } from './emitted.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';

interface MetricOf {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface Alarm {
  readonly AlarmName: string;
  readonly ActionsEnabled?: boolean;
  readonly AlarmActions: readonly unknown[];
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly TreatMissingData: string;
  readonly ComparisonOperator: string;
  readonly Metrics?: readonly {
    readonly Id: string;
    readonly Expression?: string;
    readonly ReturnData: boolean;
    readonly MetricStat?: {
      readonly Metric: MetricOf;
      readonly Period: number;
      readonly Stat: string;
    };
  }[];
}

interface Statement {
  readonly Effect: string;
  readonly Principal: { readonly Service?: string | readonly string[] };
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const PEOPLE = [
  'executions-failed',
  'face-throttles',
  'server-errors',
  'slow-answers',
  ...['default', 'account'].flatMap((scope) => [
    `${scope}-state-read-failed`,
    `${scope}-level-3`,
    `${scope}-silent-tick`,
  ]),
];

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;
  let alarms: ReadonlyMap<string, Alarm>;
  const prefix = `resilient-service-${stage}`;

  beforeAll(async () => {
    service = await packaged(stage);
    const all = service
      .ofType('AWS::CloudWatch::Alarm')
      .map(([, { Properties: alarm }]) => alarm as unknown as Alarm);
    alarms = new Map(all.map((alarm) => [alarm.AlarmName, alarm]));
  }, 240_000);

  const propertiesOf = (id: string) => service.resource(id).Properties;
  const statementsOf = (id: string, key = 'PolicyDocument') =>
    (propertiesOf(id)[key] as { readonly Statement: readonly Statement[] }).Statement;

  test('there are four alarms for each scope, and those that a person must look at', () => {
    const ofScope = (scope: string) => [
      `${prefix}-${scope}-level-1-error-rate`,
      `${prefix}-${scope}-level-2-error-rate`,
      `${prefix}-${scope}-level-3-recovery`,
      `${prefix}-${scope}-level-2-recovery`,
    ];
    expect([...alarms.keys()].toSorted()).toEqual(
      [
        ...ofScope('default'),
        ...ofScope('account'),
        `${prefix}-controller-errors`,
        `${prefix}-alarm-processor-errors`,
        `${prefix}-alarm-dead-letters`,
        `${prefix}-open-breaker`,
        ...PEOPLE.map((name) => `${prefix}-${name}`),
      ].toSorted(),
    );
  });

  test.each([
    ['level-1-error-rate', 'IF(requests >= 20, rate, 0)', 0.25],
    ['level-2-error-rate', 'IF(requests >= 20, rate, 0)', 0.5],
    ['level-3-recovery', 'IF(successes >= 3 AND successes == probes, 1, 0)', 1],
    ['level-2-recovery', 'IF(successes >= 5 AND errors == 0, 1, 0)', 1],
  ])('%s is metric math, and missing data never fires it', (name, expression, threshold) => {
    const alarm = alarms.get(`${prefix}-account-${name}`);
    expect(alarm).toMatchObject({
      Threshold: threshold,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
    const returned = alarm?.Metrics?.filter(({ ReturnData: returns }) => returns);
    expect(returned).toEqual([expect.objectContaining({ Expression: expression })]);
  });

  test('every expression names what its alarm has, and nothing of it is unused', () => {
    for (const { AlarmName: name, Metrics: metrics = [] } of alarms.values()) {
      const text = metrics.map(({ Expression: expression }) => expression ?? '').join();
      const words = new Set(text.match(/\b[a-z]\w*\b/g));
      const ids = metrics.filter(({ ReturnData: returns }) => !returns).map(({ Id: id }) => id);
      expect([name, ids.toSorted()]).toEqual([name, [...words].toSorted()]);
    }
  });

  test('an alarm of a level has no gaps that older evidence could fill', () => {
    const levels = [...alarms.values()].filter(({ AlarmName: name }) => /-level-\d-/.test(name));
    expect(levels).toHaveLength(8);
    for (const { Metrics: metrics = [] } of levels) {
      const seen = metrics.flatMap(({ Id: id, MetricStat: stat }) => (stat ? [id] : []));
      const filled = metrics.filter(({ Expression: text }) => text?.startsWith('FILL'));
      expect(filled.map(({ Expression: text }) => text)).toEqual(
        seen.map((id) => `FILL(${id}, 0)`),
      );
    }
  });

  test('no alarm watches more metrics than CloudWatch takes', () => {
    for (const { Metrics: metrics = [] } of alarms.values()) {
      expect(metrics.filter(({ MetricStat: stat }) => stat).length).toBeLessThanOrEqual(10);
    }
  });

  test('every metric of ours that an alarm looks at is emitted with exactly its dimensions', async () => {
    const emitted = await emittedMetrics(stage);
    const watched = service
      .ofType('AWS::CloudWatch::Alarm')
      .flatMap(([, { Properties: alarm }]) => metricsOf(alarm))
      .filter(({ Namespace: namespace }) => !namespace.startsWith('AWS/'))
      .map(keyOf);
    expect(watched.length).toBeGreaterThan(16);
    expect([...new Set(watched)].filter((key) => !emitted.has(key))).toEqual([]);
  });

  test('the metrics of AWS that an alarm looks at are of resources of this stack', () => {
    const dimensions = service
      .ofType('AWS::CloudWatch::Alarm')
      .flatMap(([, { Properties: alarm }]) => metricsOf(alarm))
      .filter(({ Namespace: namespace }) => namespace.startsWith('AWS/'))
      .flatMap(({ Dimensions: given }) => given);
    const own = dimensions.filter(({ Name: name }) => name !== 'ApiName' && name !== 'Stage');
    const workflow = { Name: 'StateMachineArn', Value: { Ref: 'ServiceResiliencyWorkflow' } };
    const faces = ['Full', 'Degraded', 'Maintenance'].map((face) => ({
      Name: 'FunctionName',
      Value: { Ref: `${face}DashserviceLambdaFunction` },
    }));
    expect(own).toEqual([
      { Name: 'FunctionName', Value: { Ref: 'MutatorLambdaFunction' } },
      { Name: 'FunctionName', Value: { Ref: 'MutatorLambdaFunction' } },
      { Name: 'FunctionName', Value: { Ref: 'AlarmDashprocessorLambdaFunction' } },
      { Name: 'FunctionName', Value: { Ref: 'RearmDashalarmsLambdaFunction' } },
      { Name: 'QueueName', Value: { 'Fn::GetAtt': ['AlarmDeadLetterQueue', 'QueueName'] } },
      workflow,
      workflow,
      workflow,
      ...faces,
    ]);
    const ofApi = dimensions.filter(({ Name: name }) => name === 'ApiName');
    expect(ofApi).toEqual(
      ofApi.map(() => ({ Name: 'ApiName', Value: `${stage}-resilient-service` })),
    );
  });

  test('the alarms of a scope act only where alarms move its level', () => {
    const acting = (scope: string) =>
      [...alarms.values()]
        .filter(({ AlarmName: name }) => new RegExp(`^${prefix}-${scope}-level-\\d-`).test(name))
        .map(({ ActionsEnabled: enabled, AlarmActions: actions }) => [enabled, actions]);
    expect(acting('account')).toEqual(
      Array.from({ length: 4 }, () => [true, [{ Ref: 'AlarmTopic' }]]),
    );
    expect(acting('default')).toEqual(
      Array.from({ length: 4 }, () => [false, [{ Ref: 'AlarmTopic' }]]),
    );
  });

  test('a person hears of the controller, the processor and dead letters', () => {
    const operators = 'controller-errors alarm-processor-errors alarm-dead-letters open-breaker';
    for (const name of operators.split(' ')) {
      expect(alarms.get(`${prefix}-${name}`)).toMatchObject({
        AlarmActions: [{ Ref: 'OperatorTopic' }],
        TreatMissingData: 'notBreaching',
        EvaluationPeriods: 5,
        DatapointsToAlarm: 1,
      });
    }
  });

  test('topics and queues have a key that CloudWatch, EventBridge and SNS may use', () => {
    const key = { Ref: 'AlarmKey' };
    for (const id of ['AlarmTopic', 'OperatorTopic', 'LevelChangedTopic']) {
      expect(propertiesOf(id)['KmsMasterKeyId']).toEqual(key);
    }
    for (const id of ['AlarmQueue', 'AlarmDeadLetterQueue']) {
      expect(propertiesOf(id)['KmsMasterKeyId']).toEqual(key);
    }
    const [, services] = statementsOf('AlarmKey', 'KeyPolicy');
    expect(services).toEqual({
      Effect: 'Allow',
      Principal: {
        Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com', 'sns.amazonaws.com'],
      },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
    });
    expect(propertiesOf('AlarmKey')).toMatchObject({ EnableKeyRotation: true });
  });

  test('only the alarms of this stage publish to its topics, and only their topic fills the queue', () => {
    for (const topic of ['AlarmTopic', 'OperatorTopic']) {
      expect(propertiesOf(`${topic}Policy`)['Topics']).toEqual([{ Ref: topic }]);
      const [fromAlarms, ...others] = statementsOf(`${topic}Policy`);
      expect([fromAlarms, others]).toMatchObject([
        {
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: { Ref: topic },
        },
        [],
      ]);
      expect(JSON.stringify(fromAlarms?.Condition)).toContain(`:alarm:${prefix}-*`);
    }
    expect(statementsOf('AlarmQueuePolicy')).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: { 'Fn::GetAtt': ['AlarmQueue', 'Arn'] },
        Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'AlarmTopic' } } },
      },
    ]);
    expect(statementsOf('LevelChangedTopicPolicy')).toMatchObject([
      { Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish' },
    ]);
  });

  test('the queue hides a batch for six times as long as the processor may take', () => {
    const { Timeout: timeoutS } = propertiesOf('AlarmDashprocessorLambdaFunction');
    expect(propertiesOf('AlarmQueue')).toMatchObject({
      VisibilityTimeout: Number(timeoutS) * 6,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': ['AlarmDeadLetterQueue', 'Arn'] },
        maxReceiveCount: 5,
      },
    });
  });

  test('the queue delivers raw messages to the processor, which says which of them failed', () => {
    expect(propertiesOf('AlarmSubscription')).toMatchObject({
      TopicArn: { Ref: 'AlarmTopic' },
      Protocol: 'sqs',
      Endpoint: { 'Fn::GetAtt': ['AlarmQueue', 'Arn'] },
      RawMessageDelivery: true,
    });
    const [[, mapping] = []] = service.ofType('AWS::Lambda::EventSourceMapping');
    expect(mapping?.Properties).toMatchObject({
      BatchSize: 5,
      EventSourceArn: { 'Fn::GetAtt': ['AlarmQueue', 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('level changes go to a topic for whoever subscribes, and rearm the alarms', () => {
    const pattern = { source: [prefix], 'detail-type': ['LevelChanged'] };
    expect(propertiesOf('LevelChangedRule')).toMatchObject({
      EventPattern: pattern,
      Targets: [{ Id: 'subscribers', Arn: { Ref: 'LevelChangedTopic' } }],
    });
    const rearms = service
      .ofType('AWS::Events::Rule')
      .filter(([, rule]) => JSON.stringify(rule).includes('RearmDashalarmsLambdaFunction'))
      .map(([, { Properties: rule }]) => rule['EventPattern'] ?? rule['ScheduleExpression']);
    expect(rearms).toEqual(['rate(1 minute)', pattern]);
  });

  test('nobody is written to unless the deployment names an address', () => {
    const emails = service
      .ofType('AWS::SNS::Subscription')
      .filter(([, { Properties: subscription }]) => subscription['Protocol'] === 'email');
    expect(emails).toEqual([]);
  });
});

function metricsOf(alarm: Readonly<Record<string, unknown>>): readonly MetricOf[] {
  const { Metrics: metrics } = alarm as unknown as Alarm;
  if (metrics === undefined) return [alarm as unknown as MetricOf];
  return metrics.flatMap(({ MetricStat: stat }) => (stat ? [stat.Metric] : []));
}

function keyOf({ Namespace: namespace, MetricName: name, Dimensions: dimensions }: MetricOf) {
  const given = dimensions.map(({ Name: key, Value: value }) => `${key}=${String(value)}`);
  return `${namespace} ${name} ${given.toSorted().join(',')}`;
}
