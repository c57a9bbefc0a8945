/** The meters by OpenTelemetry's API alone: where nobody has set up its SDK, all of this does nothing. */
import { metrics, type Attributes } from '@opentelemetry/api';
import { LabelBound } from './label-bound.ts';
import type { Meters } from './meters.ts';
import type { Detail } from './telemetry.ts';
import { INSTRUMENTATION } from './tracing.ts';

/** Makes the meters. */
export function otelMeters(): Meters {
  const meter = metrics.getMeter(INSTRUMENTATION);
  const bound = new LabelBound();
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Requests to the service, by scope and by the level that served',
  });
  const events = meter.createCounter('resilience.events', {
    unit: '{event}',
    description: 'What happened to the level of a scope',
  });
  const retries = meter.createCounter('resilience.retries', {
    unit: '{attempt}',
    description: 'Further attempts of an operation',
  });
  const storeErrors = meter.createCounter('resilience.store.errors', {
    unit: '{error}',
    description: 'Requests that the level table did not answer as asked',
  });
  return {
    served: ({ scope, route, method, level, code, durationMs }) =>
      duration.record(durationMs / 1_000, {
        'http.request.method': method,
        'http.route': route,
        'resilience.scope': scope,
        ...(level !== null && { 'resilience.level.served': level }),
        ...(code === null ? { 'error.type': 'aborted' } : { 'http.response.status_code': code }),
      }),
    counted: (event, scope, value, detail) =>
      events.add(value, {
        'resilience.event': event,
        'resilience.scope': scope,
        ...attributesOf(detail, bound),
      }),
    retried: (operation) => retries.add(1, { 'resilience.operation': operation }),
    storeFailed: (operation, code) =>
      storeErrors.add(1, { 'db.operation.name': operation, 'error.type': code }),
  };
}

/** Whoever pins a level gives the reason in words of their own. */
function attributesOf({ from, to, reason }: Detail, bound: LabelBound): Attributes {
  return {
    ...(from !== undefined && { 'resilience.level.from': from }),
    ...(to !== undefined && { 'resilience.level.to': to }),
    ...(reason !== undefined && { 'resilience.reason': bound.value('reason', String(reason)) }),
  };
}
