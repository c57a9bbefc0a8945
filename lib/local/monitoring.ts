/** What monitors see of this process: Prometheus at `GET /metrics`, OpenTelemetry where its SDK is set up. */
import { BreakerRegistry } from '../breaker/index.ts';
import { Companions } from '../telemetry/companions.ts';
import { metered, metersOf } from '../telemetry/meters.ts';
import type { Monitors, Observed } from '../telemetry/monitors.ts';
import { observeWithOtel } from '../telemetry/otel-gauges.ts';
import { otelMeters } from '../telemetry/otel-meters.ts';
import { prometheusMeters, type PrometheusMeters } from '../telemetry/prometheus.ts';
import { readableLog } from '../telemetry/readable-log.ts';
import { systemClock } from '../runtime/clock.ts';
import type { LocalTelemetry } from './log.ts';

/** The monitors of a server. */
export interface Monitoring extends Monitors {
  /** The log, whose counts the meters are told, too. */
  readonly telemetry: LocalTelemetry;
  readonly expose: PrometheusMeters['expose'];
  /** Shows the process at each scrape; to be called once. */
  observe(observed: Pick<Observed, 'version' | 'scopes' | 'levels'>): void;
}

/**
 * Makes them, each server its own.
 *
 * @param service The value of Prometheus's label `service`.
 */
export function createMonitoring(service: string, log: LocalTelemetry): Monitoring {
  const prometheus = prometheusMeters(service);
  const meters = metersOf([prometheus.meters, otelMeters()]);
  const shown = { breakers: new BreakerRegistry(), companions: new Companions() };
  return {
    ...shown,
    meters,
    telemetry: metered(readableLog(log, systemClock), meters),
    expose: prometheus.expose,
    observe(observed) {
      prometheus.observe({ ...shown, ...observed });
      observeWithOtel({ ...shown, ...observed });
    },
  };
}
