/** Breaker metrics for CloudWatch: what is told, when, in which form, and that nothing of it throws. */
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { BreakerRegistry, type CircuitBreaker } from '../../lib/breaker/index.ts';
import { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { createExternalServiceCircuitBreaker } from '../../lib/entries/service.ts';
import { startBreakerMetrics, type MetricDatum } from '../../lib/telemetry/breaker-cloudwatch.ts';
import { breakerEmf } from '../../lib/telemetry/breaker-emf.ts';
import { BreakerWatch } from '../../lib/telemetry/breaker-metrics.ts';

const call = (breaker: CircuitBreaker, ok: boolean) =>
  breaker
    .execute(() => (ok ? Promise.resolve(1) : Promise.reject(new Error('down'))))
    .catch(() => {});

function given() {
  const registry = new BreakerRegistry();
  const orders = createExternalServiceCircuitBreaker('orders', undefined, registry);
  return { registry, orders };
}

describe('what is new', () => {
  test('is counted since the last time, and anew after a reset', async () => {
    const { registry, orders } = given();
    const watch = new BreakerWatch(registry);
    const told = () => watch.take()?.breakers.map(({ values }) => values);
    await call(orders, true);
    await call(orders, false);
    expect(told()).toEqual([{ FailureRate: 50, TotalRequests: 2, RejectedRequests: 0 }]);
    orders.open();
    await call(orders, true);
    expect(watch.take()).toEqual({
      openBreakers: 1,
      breakers: [
        {
          service: 'orders',
          state: 'OPEN',
          values: { FailureRate: 50, TotalRequests: 0, RejectedRequests: 1 },
        },
      ],
    });
    orders.reset();
    await call(orders, true);
    expect(told()).toEqual([{ FailureRate: 0, TotalRequests: 1, RejectedRequests: 0 }]);
  });

  test('tells of a breaker that a fleet shares that its table does not answer', async () => {
    const registry = new BreakerRegistry();
    const store = { read: vi.fn(() => Promise.reject(new Error('away'))), write: vi.fn() };
    const named = { service: 'orders', operation: 'read', registry, store };
    const shared = new SharedCircuitBreaker(named);
    const watch = new BreakerWatch(registry);
    const told = () =>
      watch.take()?.breakers.map(({ service, values }) => [service, values.StoreFailures]);
    expect(told()).toEqual([['orders#read', 0]]);
    await shared.execute(async () => 1);
    expect(told()).toEqual([['orders#read', 1]]);
    expect(told()).toEqual([['orders#read', 0]]);
  });

  test('is nothing where there is no breaker, and of 100 breakers at most', () => {
    const registry = new BreakerRegistry();
    expect(new BreakerWatch(registry).take()).toBeNull();
    for (let at = 0; at < 150; at += 1) {
      createExternalServiceCircuitBreaker(`b${at}`, undefined, registry);
    }
    expect(new BreakerWatch(registry).take()?.breakers).toHaveLength(100);
  });
});

describe('a Lambda function', () => {
  function givenFunction() {
    const { registry, orders } = given();
    const clock = { atMs: 0 };
    const lines: Record<string, unknown>[] = [];
    const emf = breakerEmf({
      registry,
      stage: 'dev',
      monotonicMs: () => clock.atMs,
      nowMs: () => 1_000,
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    });
    return { orders, clock, lines, publish: () => emf.publish() };
  }

  test('tells at the end of its first event, and then each minute', async () => {
    const { orders, clock, lines, publish } = givenFunction();
    await call(orders, true);
    publish();
    const directive = (Name: string, Unit: string, ...Dimensions: string[]) => ({
      Namespace: 'CircuitBreaker/Breakers',
      Dimensions: [['Stage', ...Dimensions]],
      Metrics: [{ Name, Unit }],
    });
    expect(lines).toEqual([
      {
        _aws: {
          Timestamp: 1_000,
          CloudWatchMetrics: [
            directive('FailureRate', 'Percent', 'Service', 'State'),
            directive('TotalRequests', 'Count', 'Service'),
            directive('RejectedRequests', 'Count', 'Service'),
          ],
        },
        Stage: 'dev',
        Service: 'orders',
        State: 'CLOSED',
        FailureRate: 0,
        TotalRequests: 1,
        RejectedRequests: 0,
      },
      {
        _aws: { Timestamp: 1_000, CloudWatchMetrics: [directive('OpenBreakers', 'Count')] },
        Stage: 'dev',
        OpenBreakers: 0,
      },
    ]);
    for (const atMs of [1, 59_999]) {
      clock.atMs = atMs;
      publish();
    }
    expect(lines).toHaveLength(2);
    clock.atMs = 60_000;
    publish();
    expect(lines).toHaveLength(4);
  });

  test('tells what the table of a shared breaker does not answer in a metric of its own', async () => {
    const registry = new BreakerRegistry();
    const store = { read: () => Promise.reject(new Error('away')), write: vi.fn() };
    const shared = new SharedCircuitBreaker({ service: 'a', operation: 'b', registry, store });
    await shared.execute(async () => 1);
    const lines: string[] = [];
    const clocks = { monotonicMs: () => 0, nowMs: () => 1_000 };
    const write = (line: string) => lines.push(line);
    breakerEmf({ registry, stage: 'dev', ...clocks, write }).publish();
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      Service: 'a#b',
      StoreFailures: 1,
      _aws: {
        CloudWatchMetrics: expect.arrayContaining([
          expect.objectContaining({
            Dimensions: [['Stage', 'Service']],
            Metrics: [{ Name: 'StoreFailures', Unit: 'Count' }],
          }),
        ]) as unknown,
      },
    });
  });

  test('tells at once that a breaker has opened, and that it is closed again', async () => {
    const { orders, lines, publish } = givenFunction();
    publish();
    orders.open();
    publish();
    publish();
    orders.close();
    publish();
    const open = lines.filter((line) => 'OpenBreakers' in line).map((line) => line['OpenBreakers']);
    expect(open).toEqual([0, 1, 0]);
  });

  test('whose API fails writes it before it answers', async () => {
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
    vi.stubEnv('LOG_LEVEL', 'silent');
    for (const name of ['FULL_UPSTREAM_URL', 'DEGRADED_UPSTREAM_URL', 'PROBE_URL']) {
      vi.stubEnv(name, 'http://127.0.0.1:9/');
    }
    const lines: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
    onTestFinished(() => write.mockRestore());
    vi.resetModules();
    const { handler } = await import('../../functions/full-service.ts');
    const request = {
      method: 'GET',
      resource: '/a',
      rawPath: '/a',
      pathParameters: {},
      query: {},
      headers: {},
    };
    const event = { scope: 'default', executionId: 'x', failOpen: false, readLevel: 1 };
    await handler({ ...event, request: { ...request, bodyText: '' } });
    write.mockRestore();
    vi.unstubAllEnvs();
    const told = lines.filter((line) => line.includes('CircuitBreaker/Breakers'));
    expect(told.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ Service: 'full upstream', TotalRequests: 3, FailureRate: 100 }),
    );
  });
});

describe('a process', () => {
  function givenPublisher(put: (data: readonly MetricDatum[]) => Promise<void>) {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { registry, orders } = given();
    const problems: unknown[] = [];
    const publisher = startBreakerMetrics({
      registry,
      dimensions: { Stage: 'dev' },
      sink: async () => ({ put: (_namespace, data) => put(data) }),
      onProblem: (error) => problems.push(error),
    });
    return { registry, orders, problems, publisher };
  }

  test('puts each minute, and a last time when it stops', async () => {
    const puts: (readonly MetricDatum[])[] = [];
    const { orders, publisher } = givenPublisher(async (data) => {
      puts.push(data);
    });
    orders.open();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(puts).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(60_001);
    expect(puts).toHaveLength(2);
    const stage = { Name: 'Stage', Value: 'dev' };
    const service = { Name: 'Service', Value: 'orders' };
    const state = { Name: 'State', Value: 'OPEN' };
    expect(puts[0]).toEqual([
      { MetricName: 'FailureRate', Value: 0, Unit: 'Percent', Dimensions: [stage, service, state] },
      { MetricName: 'TotalRequests', Value: 0, Unit: 'Count', Dimensions: [stage, service] },
      { MetricName: 'RejectedRequests', Value: 0, Unit: 'Count', Dimensions: [stage, service] },
      { MetricName: 'OpenBreakers', Value: 1, Unit: 'Count', Dimensions: [stage] },
    ]);
    await publisher.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(puts).toHaveLength(3);
  });

  test('goes on when CloudWatch does not take them, and rejects nothing', async () => {
    let fails = true;
    const puts: unknown[] = [];
    const { problems, publisher } = givenPublisher(async (data) => {
      if (fails) throw new Error('throttled');
      puts.push(data);
    });
    await publisher.flush();
    await vi.advanceTimersByTimeAsync(60_000);
    fails = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(problems).toHaveLength(2);
    expect(puts).toHaveLength(1);
    await publisher.stop();
  });

  test('by the SDK it is one PutMetricData for all breakers', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    const sdk = mockClient(CloudWatchClient);
    onTestFinished(() => sdk.restore());
    sdk.on(PutMetricDataCommand).resolves({});
    const { registry } = given();
    createExternalServiceCircuitBreaker('stock', undefined, registry);
    const publisher = startBreakerMetrics({ registry, namespace: 'Mine' });
    await publisher.stop();
    const [put, ...others] = sdk.commandCalls(PutMetricDataCommand);
    expect(others).toEqual([]);
    expect(put?.args[0].input).toMatchObject({ Namespace: 'Mine' });
    expect(put?.args[0].input.MetricData).toHaveLength(7);
  });

  test('100 breakers are one call, since it takes 1,000 values', async () => {
    const sizes: number[] = [];
    const { registry, publisher } = givenPublisher(async (data) => {
      sizes.push(data.length);
    });
    for (let at = 0; at < 200; at += 1) {
      createExternalServiceCircuitBreaker(`b${at}`, undefined, registry);
    }
    await publisher.stop();
    expect(sizes).toEqual([301]);
  });

  test.each([999, Number.NaN])('every %d ms is refused', (everyMs) => {
    expect(() => startBreakerMetrics({ everyMs })).toThrow('everyMs to be at least 1000');
  });
});
