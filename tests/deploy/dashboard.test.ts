/** The dashboard as it is packaged: every widget that an operator needs, on metrics that are really emitted. */
import { beforeAll, describe, expect, test } from 'vitest';
import { emittedMetrics } from './emitted.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';

type Metric = readonly unknown[];

interface Widget {
  readonly type: 'metric' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly properties: {
    readonly title: string;
    readonly metrics?: readonly Metric[];
    readonly alarms?: readonly string[];
    readonly annotations?: { readonly horizontal: readonly { readonly value: number }[] };
  };
}

describe.each(STAGES)('on %s', (stage) => {
  let service: Packaged;
  let widgets: readonly Widget[];

  beforeAll(async () => {
    service = await packaged(stage);
    const { DashboardBody: body } = service.resource('Dashboard').Properties as {
      readonly DashboardBody: { readonly 'Fn::Sub': string };
    };
    ({ widgets } = JSON.parse(body['Fn::Sub']) as { widgets: readonly Widget[] });
  }, 240_000);

  const widget = (title: RegExp) => {
    const found = widgets.find(({ properties }) => title.test(properties.title));
    if (found === undefined) throw new Error(`there is no widget ${title}`);
    return found.properties;
  };
  const namesIn = (title: RegExp) => new Set(widget(title).metrics?.map(([, name]) => name));

  test('has the name that the README links to', () => {
    expect(service.resource('Dashboard').Properties['DashboardName']).toBe(
      `resilient-service-CircuitBreakerMonitoring-${stage}`,
    );
  });

  test('has its link among the outputs of the stack', () => {
    expect(service.outputs['DashboardUrl']?.Value).toEqual({
      'Fn::Sub': [
        `https://\${Host}/cloudwatch/home?region=\${AWS::Region}#dashboards:name=resilient-service-CircuitBreakerMonitoring-${stage}`,
        { Host: { 'Fn::FindInMap': ['Consoles', { Ref: 'AWS::Partition' }, 'Host'] } },
      ],
    });
  });

  test('shows what an operator looks for', () => {
    expect(namesIn(/^Level/)).toEqual(new Set(['CurrentLevel']));
    expect(widget(/^Answers by level/).metrics).toHaveLength(6);
    expect(namesIn(/^Response time/)).toEqual(new Set(['ResponseTime']));
    expect(widget(/^Alarm queue/).metrics).toHaveLength(2);
    expect(namesIn(/errors$/)).toEqual(
      new Set([
        'ExecutionsFailed',
        'ExecutionsTimedOut',
        'ExecutionThrottled',
        'Errors',
        'MutatorFailed',
        'StateReadFailed',
        'StaleOutcome',
      ]),
    );
    expect(namesIn(/costs/)).toContain('ConsumedWriteCapacityUnits');
  });

  test('draws the thresholds of the alarms over the error rates', () => {
    for (const scope of ['default', 'account']) {
      const { annotations } = widget(new RegExp(`^Error rate of ${scope}$`));
      expect(annotations?.horizontal.map(({ value }) => value)).toEqual([0.25, 0.5]);
    }
  });

  test('shows the state of every alarm', () => {
    const alarms = service.ofType('AWS::CloudWatch::Alarm').map(([id]) => `\${${id}.Arn}`);
    expect(widget(/^Alarms$/).alarms?.toSorted()).toEqual(alarms.toSorted());
  });

  test('draws every function', () => {
    const drawn = widget(/errors$/).metrics?.filter(([namespace]) => namespace === 'AWS/Lambda');
    const functions = service.ofType('AWS::Lambda::Function').map(([id]) => `\${${id}}`);
    expect(drawn?.map(([, , , id]) => id).toSorted()).toEqual(functions.toSorted());
  });

  test('refers to resources of the stack', () => {
    const text = JSON.stringify(widgets);
    const ids = [...text.matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].map(([, id]) => id ?? '');
    expect(ids.length).toBeGreaterThan(20);
    expect(ids.filter((id) => !(id in service.resources))).toEqual([]);
  });

  test('finds every breaker by a search for metrics that are emitted', async () => {
    const emitted = await emittedMetrics(stage);
    const found = widgets
      .flatMap(({ properties: { metrics = [] } }) => metrics)
      .map(([first]) => (first as { readonly expression?: string }).expression ?? '')
      .flatMap((text) => [...text.matchAll(/\{(.+?),(.+?)\} Stage="(\w+)" MetricName="(\w+)"/g)])
      .map(([, namespace = '', keys = '', given, name = '']) => {
        // Only a breaker that a fleet shares has a table that may fail.
        const breaker = name === 'StoreFailures' ? 'orders#read' : 'orders';
        const values = { Stage: given, Service: breaker, State: 'CLOSED' };
        const pairs = keys.split(',').map((key) => `${key}=${values[key as 'Stage']}`);
        return `${namespace} ${name} ${pairs.toSorted().join(',')}`;
      });
    expect(found).toHaveLength(4);
    expect(found.filter((key) => !emitted.has(key))).toEqual([]);
  });

  test('shows metrics of ours as they are emitted', async () => {
    const emitted = await emittedMetrics(stage);
    // Those that only rare failures emit are in the alarms' own test.
    const rare = new Set(['StateReadFailed', 'StaleOutcome']);
    const shown = widgets
      .flatMap(({ properties: { metrics = [] } }) => metrics)
      .filter(
        ([namespace, name]) =>
          typeof namespace === 'string' &&
          namespace.startsWith('CircuitBreaker/') &&
          !rare.has(String(name)),
      )
      .map(([namespace, name, ...rest]) => {
        const pairs = rest.filter((part) => typeof part === 'string');
        const given = pairs.flatMap((key, index) =>
          index % 2 ? [] : [`${key}=${pairs[index + 1]}`],
        );
        return `${String(namespace)} ${String(name)} ${given.toSorted().join(',')}`;
      });
    expect(shown.filter((key) => !emitted.has(key))).toEqual([]);
  });

  test('lays no widget over another', () => {
    const places = widgets.map(({ x, y }) => `${x},${y}`);
    expect(new Set(places).size).toBe(places.length);
  });
});
