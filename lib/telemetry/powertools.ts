/** Telemetry on AWS: structured log lines and embedded metrics, both through Powertools. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Fields, MetricName, Telemetry } from './telemetry.ts';

/**
 * Makes the telemetry of a Lambda function.
 *
 * @param options.stage A dimension of every metric.
 * @param options.logLevel The least severe level that is written.
 */
export function powertoolsTelemetry(options: {
  readonly stage: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}): Telemetry {
  const { stage, logLevel } = options;
  const logger = new Logger({
    serviceName: `resilient-service-${stage}`,
    logLevel: LEVEL[logLevel],
  });
  const metrics = new Metrics({ namespace: 'CircuitBreaker/Controller' });
  return {
    debug: (message, fields: Fields = {}) => logger.debug(message, { ...fields }),
    info: (message, fields: Fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields: Fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields: Fields = {}) => logger.error(message, { ...fields }),
    count(metric: MetricName, scope: string, value = 1) {
      const single = metrics.singleMetric();
      // A dimension that no alarm names is why an alarm never fires.
      single.clearDefaultDimensions();
      single.addDimensions({ Stage: stage, Scope: scope });
      single.addMetric(metric, MetricUnit.Count, value);
    },
  };
}

const LEVEL = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  silent: 'SILENT',
} as const;
