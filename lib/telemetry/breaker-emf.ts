/** Breaker metrics of a Lambda function: lines of its log that CloudWatch reads as metrics (EMF). */
import type { BreakerRegistry } from '../breaker/vocabularies/registry.ts';
import {
  BREAKER_METRICS,
  BREAKER_NAMESPACE,
  BreakerWatch,
  type BreakerMetricName,
} from './breaker-metrics.ts';

/** How often they are told, in milliseconds; a change of state is told at once. */
const EVERY_MS = 60_000;

/** Tells of breakers at the end of events. */
export interface BreakerEmf {
  /** Writes what is due. To be called when an event ends: afterwards the function may be frozen. */
  publish(): void;
}

/**
 * Makes it.
 *
 * @param options.stage A dimension of every metric.
 * @param options.monotonicMs Milliseconds that never go back.
 * @param options.nowMs Epoch milliseconds.
 * @param options.write Writes one line to the log.
 */
export function breakerEmf(options: {
  readonly registry: BreakerRegistry;
  readonly stage: string;
  readonly monotonicMs: () => number;
  readonly nowMs: () => number;
  readonly write: (line: string) => void;
}): BreakerEmf {
  const { registry, stage, monotonicMs, nowMs, write } = options;
  const watch = new BreakerWatch(registry);
  let publishedAtMs = -Infinity;
  return {
    publish() {
      const atMs = monotonicMs();
      if (atMs - publishedAtMs < EVERY_MS && !watch.hasChanged()) return;
      const samples = watch.take();
      if (samples === null) return;
      publishedAtMs = atMs;
      const timestamp = nowMs();
      for (const { service, state, values } of samples.breakers) {
        write(line(timestamp, { Stage: stage, Service: service, State: state }, values));
      }
      write(line(timestamp, { Stage: stage }, { OpenBreakers: samples.openBreakers }));
    },
  };
}

/** Each metric with its own dimensions beside the stage. Source: the EMF specification of CloudWatch. */
function line(
  Timestamp: number,
  dimensions: Readonly<Record<string, string>>,
  values: Readonly<Partial<Record<BreakerMetricName, number>>>,
): string {
  const names = Object.keys(values) as BreakerMetricName[];
  const CloudWatchMetrics = names.map((Name) => {
    const { unit: Unit, dimensions: own } = BREAKER_METRICS[Name];
    return {
      Namespace: BREAKER_NAMESPACE,
      Dimensions: [['Stage', ...own]],
      Metrics: [{ Name, Unit }],
    };
  });
  return JSON.stringify({ _aws: { Timestamp, CloudWatchMetrics }, ...dimensions, ...values });
}
