/** Telemetry on AWS: structured log lines and embedded metrics, both through Powertools. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS, type MetricSet } from './metrics.ts';
import type { Fields, Telemetry } from './telemetry.ts';

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
  const emitters: Partial<Record<MetricSet, Metrics>> = {};
  const measure: Telemetry['measure'] = (set, dimensions, values) => {
    const { namespace, units } = METRICS[set];
    const metrics = (emitters[set] ??= emitterOf(namespace));
    metrics.addDimensions({ Stage: stage, ...dimensions });
    for (const [name, value] of Object.entries<number | undefined>(values)) {
      if (value !== undefined) metrics.addMetric(name, UNIT[unitOf(units, name)], value);
    }
    metrics.publishStoredMetrics();
  };
  return {
    debug: (message, fields: Fields = {}) => logger.debug(message, { ...fields }),
    info: (message, fields: Fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields: Fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields: Fields = {}) => logger.error(message, { ...fields }),
    measure,
    count: (event, scope, value = 1) => measure('Controller', { Scope: scope }, { [event]: value }),
  };
}

/** Publishing empties it, so that one serves every request of the process. */
function emitterOf(namespace: string): Metrics {
  const metrics = new Metrics({ namespace });
  // A dimension that no alarm names is why an alarm never fires.
  metrics.clearDefaultDimensions();
  return metrics;
}

const LEVEL = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  silent: 'SILENT',
} as const;

const UNIT = {
  Count: MetricUnit.Count,
  Milliseconds: MetricUnit.Milliseconds,
  None: MetricUnit.NoUnit,
} as const;

type Unit = keyof typeof UNIT;

function unitOf(units: (typeof METRICS)[MetricSet]['units'], name: string): Unit {
  return (units as Readonly<Record<string, Unit>>)[name] ?? 'None';
}
