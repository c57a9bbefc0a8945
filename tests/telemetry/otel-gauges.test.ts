/** What OpenTelemetry is shown of a breaker that a fleet shares. */
import { metrics } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { expect, onTestFinished, test } from 'vitest';
import { BreakerRegistry, CircuitBreaker } from '../../lib/breaker/index.ts';
import { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { Companions } from '../../lib/telemetry/companions.ts';
import { observeWithOtel } from '../../lib/telemetry/otel-gauges.ts';

class HandReader extends MetricReader {
  protected async onShutdown() {}
  protected async onForceFlush() {}
}

test('its fleet’s state, what it lets pass, and what its table did not answer', async () => {
  const reader = new HandReader();
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  onTestFinished(async () => {
    metrics.disable();
    await provider.shutdown();
  });
  const breakers = new BreakerRegistry();
  breakers.keep({ service: 'alone' }, new CircuitBreaker());
  let answers = true;
  let ms = 12_000;
  const store = {
    read: async () => {
      if (!answers) throw new Error('away');
      return { state: 'CLOSED', epoch: 3, closedAtMs: 0 };
    },
    write: async () => null,
  };
  const named = { service: 'orders', operation: 'read', registry: breakers };
  const breaker = new SharedCircuitBreaker({ ...named, store, wall: () => ms, random: () => 0 });
  observeWithOtel({
    version: '1',
    scopes: [],
    breakers,
    companions: new Companions(),
    levels: async () => ({}),
  });
  const shown = async () => {
    const { resourceMetrics } = await reader.collect();
    const points = resourceMetrics.scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [
          `${descriptor.name} ${String(attributes['resilience.breaker'])}`,
          value,
        ]),
      ),
    );
    return Object.fromEntries(points) as Record<string, unknown>;
  };
  const before = await shown();
  expect(before).toMatchObject({ 'resilience.breaker.fleet.store_failures orders#read': 0 });
  expect(before).not.toHaveProperty('resilience.breaker.fleet.state orders#read');
  await breaker.execute(async () => 1);
  expect(await shown()).toMatchObject({
    'resilience.breaker.fleet.state orders#read': 0,
    'resilience.breaker.fleet.pass_ratio orders#read': 0.25,
  });
  answers = false;
  ms += 6_000;
  await breaker.execute(async () => 1);
  const after = await shown();
  expect(after).toMatchObject({ 'resilience.breaker.fleet.store_failures orders#read': 1 });
  expect(Object.keys(after).filter((name) => /fleet.*alone/.test(name))).toEqual([]);
});
