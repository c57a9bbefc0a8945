/** The dashboard: what an operator looks at first, from the same table of metrics as the alarms. */
import { SERVICE } from '../lib/alarms/level-alarms.ts';
import { deployedAlarmsOf, deployedIn } from '../lib/runtime/scopes.ts';
import { servicesIn } from '../lib/runtime/tenants.ts';
import { METRICS } from '../lib/telemetry/metrics.ts';
import { alarmId } from './alarm-id.js';
import { breakerWidgets } from './breakers.js';
import { watchingAlarmIds } from './alarms.js';
import { deploymentOf } from './deployment.js';
import { peopleAlarms } from './people-alarms.js';

const LEVELS = ['1', '2', '3'];

/** Functions whose errors are drawn, by logical id. */
const FUNCTIONS = {
  'full-service': 'FullDashserviceLambdaFunction',
  'degraded-service': 'DegradedDashserviceLambdaFunction',
  'maintenance-service': 'MaintenanceDashserviceLambdaFunction',
  mutator: 'MutatorLambdaFunction',
  'get-state': 'GetDashstateLambdaFunction',
  health: 'HealthLambdaFunction',
  control: 'ControlLambdaFunction',
  bypass: 'BypassLambdaFunction',
  'alarm-processor': 'AlarmDashprocessorLambdaFunction',
  'rearm-alarms': 'RearmDashalarmsLambdaFunction',
};

/** Where each partition has its console. Source: AWS, "Regions and endpoints" of GovCloud and China. */
const CONSOLES = {
  aws: { Host: 'console.aws.amazon.com' },
  'aws-cn': { Host: 'console.amazonaws.cn' },
  'aws-us-gov': { Host: 'console.amazonaws-us-gov.com' },
};

const WORKFLOW = { StateMachineArn: '${ServiceResiliencyWorkflow}' };

const nameOf = (stage) => `${SERVICE}-CircuitBreakerMonitoring-${stage}`;

/** Where a person finds it. */
export function dashboardUrl(stage) {
  return {
    'Fn::Sub': [
      `https://\${Host}/cloudwatch/home?region=\${AWS::Region}#dashboards:name=${nameOf(stage)}`,
      { Host: { 'Fn::FindInMap': ['Consoles', { Ref: 'AWS::Partition' }, 'Host'] } },
    ],
  };
}

async function dashboard(given) {
  const { stage, policy, scopes } = await deploymentOf(given.resolveVariable, given.file);
  const people = Object.keys(await peopleAlarms(given));
  const all = [...widgets(stage, policy, servicesIn(scopes), people), ...ofTenants(stage, scopes)];
  const body = JSON.stringify({ widgets: laidOut(all) });
  return {
    Mappings: { Consoles: CONSOLES },
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: { DashboardName: nameOf(stage), DashboardBody: { 'Fn::Sub': body } },
      },
    },
    Outputs: {
      DashboardUrl: {
        Description: 'Level, errors, latency, alarms and costs on one page',
        Value: dashboardUrl(stage),
      },
    },
  };
}

export { dashboard as 'module.exports' };

function widgets(stage, policy, scopes, people) {
  const names = Object.keys(scopes);
  return [
    ...levelWidgets(stage, names),
    ...names.map((scope) => errorRate(stage, scope, scopes[scope].alarms.errorRate)),
    ...waits(stage, ratedIn(scopes, policy), learningIn(scopes, policy)),
    latency(stage, names),
    alarmStates(stage, policy, scopes, people),
    queues(),
    errors(stage, scopes),
    costs(stage),
    ...breakerWidgets(stage),
  ];
}

const served = (stage, scope, level, metric, options) =>
  line(METRICS.Service.namespace, metric, { Stage: stage, Scope: scope, Level: level }, options);

const controlled = (stage, scope, metric, options) =>
  line(METRICS.Controller.namespace, metric, { Stage: stage, Scope: scope }, options);

const eachLevel = (names, draw) =>
  names.flatMap((scope) => LEVELS.flatMap((level) => draw(scope, level)));

const levels = (stage, title, names) =>
  graph(
    title,
    names.map((scope) =>
      controlled(stage, scope, 'CurrentLevel', { stat: 'Maximum', label: scope }),
    ),
    { yAxis: { left: { min: 0.5, max: 3.5, showUnits: false } } },
  );

/** Of tenants the level alone: theirs are many. */
function ofTenants(stage, scopes) {
  const services = servicesIn(scopes);
  const names = Object.keys(scopes).filter((scope) => !(scope in services));
  return names.length === 0 ? [] : [levels(stage, 'Level by tenant', names)];
}

const levelWidgets = (stage, names) => [
  levels(stage, 'Level by scope (1 full, 2 degraded, 3 maintenance)', names),
  graph(
    'Answers by level',
    eachLevel(names, (scope, level) => [
      served(stage, scope, level, 'Error', {
        stat: 'SampleCount',
        label: `${scope} level ${level}`,
      }),
    ]),
    { stacked: true },
  ),
];

const errorRate = (stage, scope, thresholds) =>
  graph(
    `Error rate of ${scope}`,
    ['1', '2'].map((level) =>
      served(stage, scope, level, 'Error', { stat: 'Average', label: `level ${level}` }),
    ),
    {
      yAxis: { left: { min: 0, max: 1 } },
      annotations: {
        horizontal: thresholds.map((value, index) => ({
          value,
          label: `level ${index + 1} to ${index + 2}`,
        })),
      },
    },
  );

/** The scopes whose policy judges a rate: only they have a window and a ramp. */
const ratedIn = (scopes, policy) =>
  Object.keys(scopes).filter((scope) => deployedIn(scopes, scope, policy).policy.judge === 'rate');

/** Those of them that learn what is ordinary. */
const learningIn = (scopes, policy) =>
  ratedIn(scopes, policy).filter(
    (scope) => deployedIn(scopes, scope, policy).policy.deviationPercent > 0,
  );

const eachWait = (stage, names, metrics) =>
  names.flatMap((scope) =>
    Object.entries(metrics).map(([metric, label]) =>
      controlled(stage, scope, metric, { stat: 'Maximum', label: `${scope} ${label}` }),
    ),
  );

/** What the level is judged by, and what the way up waits for. */
function waits(stage, names, learning) {
  if (names.length === 0) return [];
  return [
    graph('Window: error rate (%), requests, one in so many counted', [
      ...eachWait(stage, names, {
        WindowErrorRate: 'error rate',
        WindowRequests: 'requests',
        SampleOneIn: 'one in',
      }),
      ...eachWait(stage, learning, {
        OrdinaryErrorRate: 'ordinary',
        ThresholdErrorRate: 'falls from',
      }),
    ]),
    graph(
      'Way up: ramp step and share (%)',
      eachWait(stage, names, { RampStep: 'step', RampShare: 'share' }),
    ),
    graph(
      'Way up: dwell left, next probe, its interval (ms)',
      eachWait(stage, names, {
        DwellLeft: 'dwell',
        NextProbe: 'next probe',
        ProbeInterval: 'interval',
      }),
    ),
  ];
}

const latency = (stage, names) =>
  graph(
    'Response time (ms)',
    eachLevel(names, (scope, level) =>
      ['p50', 'p95', 'p99'].map((stat) =>
        served(stage, scope, level, 'ResponseTime', {
          stat,
          label: `${scope} level ${level} ${stat}`,
        }),
      ),
    ),
  );

const alarmStates = (stage, policy, scopes, people) => ({
  type: 'alarm',
  properties: {
    title: 'Alarms',
    alarms: [
      ...deployedAlarmsOf(scopes, stage, policy).map(({ alarm }) => alarmId(alarm)),
      ...watchingAlarmIds(scopes, policy),
      'AlarmProcessorErrorsAlarm',
      'AlarmDeadLetterAlarm',
      'OpenBreakerAlarm',
      ...people,
    ].map((id) => `\${${id}.Arn}`),
  },
});

const queues = () =>
  graph(
    'Alarm queue and dead letters',
    ['AlarmQueue', 'AlarmDeadLetterQueue'].map((queue) =>
      line(
        'AWS/SQS',
        'ApproximateNumberOfMessagesVisible',
        { QueueName: `\${${queue}.QueueName}` },
        { stat: 'Maximum', label: queue },
      ),
    ),
  );

const errors = (stage, scopes) =>
  graph('Workflow and function errors', [
    ...['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionThrottled'].map((metric) =>
      line('AWS/States', metric, WORKFLOW, sum(metric)),
    ),
    ...eachFunction('Errors', 'errors'),
    ...Object.entries(scopes).flatMap(([scope, { readReplicas }]) =>
      [
        'MutatorFailed',
        'StateReadFailed',
        'StaleOutcome',
        ...(readReplicas > 0 ? ['ReplicaBehind'] : []),
      ].map((metric) => controlled(stage, scope, metric, sum(`${scope} ${metric}`))),
    ),
  ]);

const costs = (stage) =>
  graph('What costs', [
    line('AWS/ApiGateway', 'Count', { ApiName: `${stage}-${SERVICE}` }, sum('API requests')),
    line('AWS/States', 'ExecutionsStarted', WORKFLOW, sum('executions')),
    ...['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'].map((metric) =>
      line('AWS/DynamoDB', metric, { TableName: '${ServiceResiliencyTable}' }, sum(metric)),
    ),
    ...eachFunction('Invocations', 'invocations'),
  ]);

const eachFunction = (metric, word) =>
  Object.entries(FUNCTIONS).map(([name, id]) =>
    line('AWS/Lambda', metric, { FunctionName: `\${${id}}` }, sum(`${name} ${word}`)),
  );

const sum = (label) => ({ stat: 'Sum', label });

const line = (namespace, metric, dimensions, options) => [
  namespace,
  metric,
  ...Object.entries(dimensions).flat(),
  options,
];

const graph = (title, metrics, more = {}) => ({
  type: 'metric',
  properties: {
    title,
    metrics,
    region: '${AWS::Region}',
    period: 60,
    view: 'timeSeries',
    ...more,
  },
});

/** Two in a row. */
const laidOut = (given) =>
  given.map((widget, index) => ({
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
    ...widget,
  }));
