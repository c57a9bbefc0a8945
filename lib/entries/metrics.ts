/** The entry of breaker metrics for CloudWatch, from a process that lives on. */
export {
  startBreakerMetrics,
  type BreakerMetricsOptions,
  type BreakerMetricsPublisher,
  type MetricDatum,
  type MetricSink,
} from '../telemetry/breaker-cloudwatch.ts';
