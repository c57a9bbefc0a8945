/** What a person must look at, whatever moves the levels; and what an address of the deployment hears. */
import { SERVICE } from '../lib/alarms/level-alarms.ts';
import { servicesIn } from '../lib/runtime/tenants.ts';
import { METRICS } from '../lib/telemetry/metrics.ts';
import { deploymentOf } from './deployment.js';
import { operatorAlarm } from './operator-alarm.js';
import { parameters } from './parameters.js';

/** A level of five minutes: one bad minute is the level's to answer, most of five are a person's. */
const MOST_OF_FIVE = { DatapointsToAlarm: 3 };

/** Requests in a minute below which their share of failures says nothing. */
const FEW_REQUESTS = 20;

/** The share of answers with 5xx, of which a person hears. */
const FAILING_SHARE = 0.1;

const FACES = {
  full: 'FullDashserviceLambdaFunction',
  degraded: 'DegradedDashserviceLambdaFunction',
  maintenance: 'MaintenanceDashserviceLambdaFunction',
};

/** The alarms by their logical ids. */
export async function peopleAlarms(given) {
  const { slowAnswerMs, alarmMath } = await parameters(given);
  const { stage, scopes } = await deploymentOf(given.resolveVariable, given.file);
  return Object.fromEntries([
    ...(alarmMath === 'on' ? withMath(stage) : []),
    slowAnswers(stage, Number(slowAnswerMs)),
    ...Object.keys(servicesIn(scopes)).flatMap((scope) => [
      unread(stage, scope),
      maintained(stage, scope),
      silentTick(stage, scope),
    ]),
  ]);
}

async function resources(given) {
  const { operatorEmail } = await parameters(given);
  return {
    Resources: {
      ...(await peopleAlarms(given)),
      ...(operatorEmail !== '' && { LevelChangedSubscription: heardBy(operatorEmail) }),
    },
  };
}

export { resources as 'module.exports' };

/** Alarms on more than one metric, which an emulator without metric math does not make. */
function withMath(stage) {
  const workflow = { StateMachineArn: { Ref: 'ServiceResiliencyWorkflow' } };
  const api = { ApiName: `${stage}-${SERVICE}`, Stage: stage };
  return [
    alarm(
      stage,
      'executions-failed',
      'Executions of the workflow failed, timed out or were refused',
      sumOf(
        ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionThrottled'].map((metric) => [
          'AWS/States',
          metric,
          workflow,
        ]),
      ),
    ),
    alarm(
      stage,
      'face-throttles',
      'Lambda refused calls of a face: its concurrency is used up',
      sumOf(
        Object.values(FACES).map((id) => [
          'AWS/Lambda',
          'Throttles',
          { FunctionName: { Ref: id } },
        ]),
      ),
    ),
    alarm(
      stage,
      'server-errors',
      `A tenth of the answers of at least ${FEW_REQUESTS} a minute are 5xx`,
      {
        ...MOST_OF_FIVE,
        Threshold: FAILING_SHARE,
        Metrics: [
          {
            Id: 'evidence',
            Expression: `IF(requests >= ${FEW_REQUESTS}, failing, 0)`,
            Label: 'share of 5xx',
            ReturnData: true,
          },
          metric('failing', ['AWS/ApiGateway', '5XXError', api], 'Average'),
          metric('requests', ['AWS/ApiGateway', 'Count', api], 'Sum'),
        ],
      },
    ),
  ];
}

const slowAnswers = (stage, slowAnswerMs) =>
  alarm(stage, 'slow-answers', `One answer in a hundred takes over ${slowAnswerMs} ms`, {
    ...MOST_OF_FIVE,
    Threshold: slowAnswerMs,
    Namespace: 'AWS/ApiGateway',
    MetricName: 'Latency',
    Dimensions: dimensionsOf({ ApiName: `${stage}-${SERVICE}`, Stage: stage }),
    Period: 60,
    ExtendedStatistic: 'p99',
    EvaluateLowSampleCountPercentile: 'ignore',
  });

const controlled = (stage, scope, metric) => ({
  Namespace: METRICS.Controller.namespace,
  MetricName: metric,
  Dimensions: dimensionsOf({ Stage: stage, Scope: scope }),
  Period: 60,
});

const unread = (stage, scope) =>
  alarm(
    stage,
    `${scope}-state-read-failed`,
    `Requests to ${scope} are served open: its level cannot be read`,
    {
      ...controlled(stage, scope, 'StateReadFailed'),
      Statistic: 'Sum',
    },
  );

const maintained = (stage, scope) =>
  alarm(stage, `${scope}-level-3`, `${scope} is in maintenance`, {
    ...controlled(stage, scope, 'CurrentLevel'),
    Statistic: 'Maximum',
    Threshold: 3,
  });

/** Each tick publishes the level: where five were missed, nothing probes, heals or ends a pin. */
const silentTick = (stage, scope) =>
  alarm(stage, `${scope}-silent-tick`, `The tick of ${scope} has not been heard for five minutes`, {
    DatapointsToAlarm: 5,
    ...controlled(stage, scope, 'CurrentLevel'),
    Statistic: 'SampleCount',
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });

function alarm(stage, name, description, properties) {
  const id = name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first) => first.toUpperCase());
  return [
    `People${id}Alarm`,
    operatorAlarm(`${SERVICE}-${stage}-${name}`, description, properties),
  ];
}

function sumOf(metrics) {
  const ids = metrics.map((_, index) => `m${index}`);
  return {
    Metrics: [
      {
        Id: 'evidence',
        Expression: `SUM([${ids.join(', ')}])`,
        Label: 'how many',
        ReturnData: true,
      },
      ...metrics.map((given, index) => metric(ids[index], given, 'Sum')),
    ],
  };
}

const metric = (id, [Namespace, MetricName, dimensions], stat) => ({
  Id: id,
  ReturnData: false,
  MetricStat: {
    Metric: { Namespace, MetricName, Dimensions: dimensionsOf(dimensions) },
    Period: 60,
    Stat: stat,
  },
});

const dimensionsOf = (dimensions) =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

const heardBy = (email) => ({
  Type: 'AWS::SNS::Subscription',
  Properties: { TopicArn: { Ref: 'LevelChangedTopic' }, Protocol: 'email', Endpoint: email },
});
