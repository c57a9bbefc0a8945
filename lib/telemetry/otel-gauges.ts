/** What OpenTelemetry is shown of a process when a reader asks: breakers, what goes with them, levels. */
import { metrics, type Attributes, type ObservableResult } from '@opentelemetry/api';
import type { BreakerRegistry } from '../breaker/vocabularies/registry.ts';
import { isShared } from '../shared/fleet-of.ts';
import { tellingBreakers } from './listed-breakers.ts';
import type { Observed } from './monitors.ts';
import { INSTRUMENTATION } from './tracing.ts';

const STATES = { CLOSED: 0, OPEN: 1, HALF_OPEN: 2 } as const;

/** Adds the gauges; without an SDK it does nothing. */
export function observeWithOtel({ breakers, companions, levels }: Observed): void {
  const meter = metrics.getMeter(INSTRUMENTATION);
  const gauge = (
    name: string,
    description: string,
    observe: (tell: (value: number, attributes: Attributes) => void) => void | Promise<void>,
  ) => {
    const observed = (result: ObservableResult) => observe(result.observe.bind(result));
    meter.createObservableGauge(name, { description }).addCallback(observed);
  };
  gauge('resilience.breaker.state', '0 closed, 1 open, 2 half-open', (tell) => {
    for (const { name, stats } of tellingBreakers(breakers)) {
      tell(STATES[stats.state], { 'resilience.breaker': name });
    }
  });
  gauge('resilience.breaker.failure_ratio', 'Failures among the calls of its window', (tell) => {
    for (const { name, stats } of tellingBreakers(breakers)) {
      tell(stats.failureRate, { 'resilience.breaker': name });
    }
  });
  observeFleets(breakers);
  gauge('resilience.bulkhead.running', 'Calls that hold a place', (tell) => {
    for (const { name, stats } of companions.list('bulkhead')) {
      tell(stats.running, { 'resilience.bulkhead': name });
    }
  });
  gauge('resilience.retry_budget.remaining', 'Retries that are allowed now', (tell) => {
    for (const { name, stats } of companions.list('retryBudget')) {
      tell(stats.remaining, { 'resilience.retry_budget': name });
    }
  });
  gauge('resilience.rate_limiter.tokens', 'Calls that are let through at once', (tell) => {
    for (const { name, stats } of companions.list('rateLimiter')) {
      tell(stats.tokens, { 'resilience.rate_limiter': name });
    }
  });
  gauge('resilience.level', '1 full, 2 degraded, 3 maintenance', async (tell) => {
    for (const [scope, { level }] of Object.entries(await levels())) {
      if (level !== null) tell(level, { 'resilience.scope': scope });
    }
  });
  gauge(
    'resilience.window.error_ratio',
    'Errors among the requests of its window',
    async (tell) => {
      for (const [scope, { window }] of Object.entries(await levels())) {
        const percent = window?.errorPercent ?? null;
        if (percent !== null) tell(percent / 100, { 'resilience.scope': scope });
      }
    },
  );
}

/** Of the breakers that a fleet shares: its state, what it lets pass, and whether its table answers. */
function observeFleets(breakers: BreakerRegistry): void {
  const meter = metrics.getMeter(INSTRUMENTATION);
  const state = meter.createObservableGauge('resilience.breaker.fleet.state', {
    description: '0 closed, 1 open, 2 half-open, of the fleet that shares it',
  });
  const passing = meter.createObservableGauge('resilience.breaker.fleet.pass_ratio', {
    description: 'Calls that the fleet lets pass',
  });
  const failures = meter.createObservableCounter('resilience.breaker.fleet.store_failures', {
    description: 'Reads and writes that the table of the fleet did not answer as asked',
  });
  meter.addBatchObservableCallback(
    (result) => {
      for (const { name, stats } of tellingBreakers(breakers)) {
        if (!isShared(stats)) continue;
        const attributes = { 'resilience.breaker': name };
        result.observe(failures, stats.storeFailures, attributes);
        if (stats.fleet === null) continue;
        result.observe(state, STATES[stats.fleet.state], attributes);
        result.observe(passing, stats.fleet.passPercent / 100, attributes);
      }
    },
    [state, passing, failures],
  );
}
