/**
 * The alarms of the template: those that move levels, from lib/alarms, and what people must hear of.
 *
 * `alarmMath: off` makes the same alarms on a plain metric, for an emulator without metric math.
 */
import { SERVICE } from '../lib/alarms/level-alarms.ts';
import { deployedAlarmsOf, deployedIn } from '../lib/runtime/scopes.ts';
import { servicesIn } from '../lib/runtime/tenants.ts';
import { METRICS } from '../lib/telemetry/metrics.ts';
import { alarmId } from './alarm-id.js';
import { deploymentOf } from './deployment.js';
import { deadLetterAlarm, operatorAlarm } from './operator-alarm.js';

async function alarms({ resolveVariable, file }) {
  const [stage, math, email] = await Promise.all(
    ['sls:stage', 'param:alarmMath', 'param:operatorEmail'].map((name) => resolveVariable(name)),
  );
  const { policy, scopes: all } = await deploymentOf(resolveVariable, file);
  // An alarm for each tenant would cost more than all else of it.
  const scopes = servicesIn(all);
  const level = deployedAlarmsOf(scopes, stage, policy).map(({ alarm, acts }) => [
    alarmId(alarm),
    levelAlarm(alarm, { math, acts }),
  ]);
  return {
    Resources: {
      ...Object.fromEntries(level),
      ...exerciseErrors(stage, scopes, policy),
      ...controllerErrors(stage, Object.keys(scopes), math),
      AlarmProcessorErrorsAlarm: processorErrors(stage, math),
      AlarmDeadLetterAlarm: deadLetterAlarm(
        `${SERVICE}-${stage}-alarm-dead-letters`,
        'Alarm messages that nobody could process',
        'AlarmDeadLetterQueue',
      ),
      ...(email !== '' && { OperatorSubscription: subscription(email) }),
    },
  };
}

export { alarms as 'module.exports' };

function levelAlarm(alarm, { math, acts }) {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: alarm.name,
      AlarmDescription: `${alarm.scope}: level ${alarm.from} to ${alarm.to}`,
      // Those of the default scope are there to look at where outcomes alone move it.
      ActionsEnabled: acts,
      AlarmActions: [{ Ref: 'AlarmTopic' }],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: alarm.threshold,
      EvaluationPeriods: alarm.periods,
      DatapointsToAlarm: alarm.breaching,
      TreatMissingData: 'notBreaching',
      ...(math === 'on'
        ? filled(alarm.expression, alarm.metrics, alarm.periodS)
        : plain(alarm.plain, alarm.periodS)),
    },
  };
}

/** So many scopes one alarm watches: it takes ten metrics, of which two are Lambda's in the controller's. */
const WATCHED = { ControllerErrorsAlarm: 8, ExerciseErrorsAlarm: 10 };

/** The logical ids of the alarms that watch scopes together. */
const idsOf = (first, scopes) =>
  Array.from({ length: Math.ceil(scopes.length / WATCHED[first]) }, (_, index) =>
    index === 0 ? first : `${first}${index + 1}`,
  );

const exercisedIn = (scopes, policy) =>
  Object.keys(scopes).filter(
    (scope) => deployedIn(scopes, scope, policy).policy.exerciseDegradedPercent > 0,
  );

/** The logical ids of all of them: on errors of the controller, and of exercised degraded faces. */
export const watchingAlarmIds = (scopes, policy) => [
  ...idsOf('ControllerErrorsAlarm', Object.keys(scopes)),
  ...idsOf('ExerciseErrorsAlarm', exercisedIn(scopes, policy)),
];

/** Alarms that watch so many scopes together, by what each of them counts. */
function watching({ first, name, description, scopes, math, shared = [] }, metricOf) {
  const made = idsOf(first, scopes).map((id, index) => {
    const watched = scopes.slice(index * WATCHED[first], (index + 1) * WATCHED[first]);
    const number = index === 0 ? '' : `-${index + 1}`;
    return [id, onSum(name + number, description, math, [...shared, ...watched.map(metricOf)])];
  });
  return Object.fromEntries(made);
}

/** A degraded face that fails in its exercise is heard of before it is needed. */
function exerciseErrors(stage, scopes, policy) {
  const alarm = {
    first: 'ExerciseErrorsAlarm',
    name: `${SERVICE}-${stage}-exercise-errors`,
    description: 'Errors of exercised degraded faces',
    scopes: exercisedIn(scopes, policy),
    math: 'on',
  };
  return watching(alarm, (scope, place) =>
    counted(`exercise${place}`, METRICS.Service.namespace, 'Error', {
      Stage: stage,
      Scope: scope,
      Level: 'exercise',
    }),
  );
}

/** Errors of the mutator: those that it counts itself, and those where it could not count. */
function controllerErrors(stage, scopes, math) {
  const { Errors: crashed, Throttles: throttled } = lambdaFailures('MutatorLambdaFunction');
  const alarm = {
    first: 'ControllerErrorsAlarm',
    name: `${SERVICE}-${stage}-controller-errors`,
    description: 'Controller Errors',
    scopes,
    math,
    shared: [crashed, throttled],
  };
  return watching(alarm, (scope, place) =>
    counted(`failed${place}`, METRICS.Controller.namespace, 'MutatorFailed', {
      Stage: stage,
      Scope: scope,
    }),
  );
}

function processorErrors(stage, math) {
  const { namespace } = METRICS.AlarmProcessor;
  return onSum(`${SERVICE}-${stage}-alarm-processor-errors`, 'Alarm Processor Errors', math, [
    lambdaFailures('AlarmDashprocessorLambdaFunction').Errors,
    { ...lambdaFailures('RearmDashalarmsLambdaFunction').Errors, id: 'rearming' },
    counted('failed', namespace, 'ProcessingErrors', { Stage: stage }),
  ]);
}

const subscription = (email) => ({
  Type: 'AWS::SNS::Subscription',
  Properties: { TopicArn: { Ref: 'OperatorTopic' }, Protocol: 'email', Endpoint: email },
});

/** On the sum of metrics; without math on the first alone. */
function onSum(name, description, math, metrics) {
  const total = `SUM([${metrics.map(({ id }) => id).join(', ')}])`;
  const evidence = math === 'on' ? expression(total, metrics, 60) : plain(metrics[0], 60);
  return operatorAlarm(name, description, evidence);
}

/**
 * The expression over metrics without gaps. Where the newest period has no data, CloudWatch judges an
 * older one that has: that would be evidence from before the alarm's window.
 */
function filled(text, metrics, periodS) {
  const seen = metrics.map((metric) => ({ ...metric, id: `${metric.id}_seen` }));
  const { Metrics: entries } = expression(text, seen, periodS);
  const [evidence, ...others] = entries;
  const gapless = metrics.map(({ id }) => ({
    Id: id,
    Expression: `FILL(${id}_seen, 0)`,
    ReturnData: false,
  }));
  return { Metrics: [evidence, ...gapless, ...others] };
}

function expression(text, metrics, periodS) {
  return {
    Metrics: [
      { Id: 'evidence', Expression: text, Label: 'evidence', ReturnData: true },
      ...metrics.map(({ id, stat, ...metric }) => ({
        Id: id,
        ReturnData: false,
        MetricStat: {
          Metric: {
            Namespace: metric.namespace,
            MetricName: metric.metric,
            Dimensions: dimensionsOf(metric),
          },
          Period: periodS,
          Stat: stat,
        },
      })),
    ],
  };
}

function plain(metric, periodS) {
  return {
    Namespace: metric.namespace,
    MetricName: metric.metric,
    Dimensions: dimensionsOf(metric),
    Period: periodS,
    Statistic: metric.stat,
  };
}

const dimensionsOf = ({ dimensions }) =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

const counted = (id, namespace, metric, dimensions) => ({
  id,
  namespace,
  metric,
  dimensions,
  stat: 'Sum',
});

const lambdaFailures = (logicalId) => {
  const dimensions = { FunctionName: { Ref: logicalId } };
  return {
    Errors: counted('crashed', 'AWS/Lambda', 'Errors', dimensions),
    Throttles: counted('throttled', 'AWS/Lambda', 'Throttles', dimensions),
  };
};
