/** What the template says of the breakers in the faces: an alarm on an open one, and widgets of the dashboard. */
import { SERVICE } from '../lib/alarms/level-alarms.ts';
import { BREAKER_NAMESPACE } from '../lib/telemetry/breaker-metrics.ts';
import { operatorAlarm } from './operator-alarm.js';

async function breakers({ resolveVariable }) {
  const stage = await resolveVariable('sls:stage');
  return {
    Resources: {
      OpenBreakerAlarm: operatorAlarm(
        `${SERVICE}-${stage}-open-breaker`,
        'A circuit breaker before an API is open; FailureRate by Service says which',
        {
          Namespace: BREAKER_NAMESPACE,
          MetricName: 'OpenBreakers',
          Dimensions: [{ Name: 'Stage', Value: stage }],
          // One process whose breaker is open is enough.
          Statistic: 'Maximum',
          Period: 60,
        },
      ),
    },
  };
}

export { breakers as 'module.exports' };

/** Every breaker by its name, whichever there are: a search finds those that are told of. */
export const breakerWidgets = (stage) => [
  widget(
    'Failure rate of breakers (%)',
    [search(stage, 'Service,State', 'FailureRate', 'Maximum')],
    {
      yAxis: { left: { min: 0, max: 100 } },
    },
  ),
  widget('Calls through breakers, and refused by them', [
    search(stage, 'Service', 'TotalRequests', 'Sum'),
    search(stage, 'Service', 'RejectedRequests', 'Sum'),
    search(stage, 'Service', 'StoreFailures', 'Sum'),
    [BREAKER_NAMESPACE, 'OpenBreakers', 'Stage', stage, { stat: 'Maximum', yAxis: 'right' }],
  ]),
];

const search = (stage, dimensions, metric, stat) => {
  const schema = `{${BREAKER_NAMESPACE},Stage,${dimensions}}`;
  const expression = `SEARCH('${schema} Stage="${stage}" MetricName="${metric}"', '${stat}', 60)`;
  return [{ expression, label: `${metric} ` }];
};

const widget = (title, metrics, more = {}) => ({
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
