/** The log of the laptop: JSON lines, or coloured ones on a terminal; counts are kept in memory. */
import { pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { Fields, MetricName, Telemetry } from '../telemetry/telemetry.ts';

/** Telemetry whose counts can be read. */
export interface LocalTelemetry extends Telemetry {
  /** The sum of the counted values, by metric and scope. */
  countOf(metric: MetricName, scope: string): number;
}

/**
 * Makes the log. The keys are those of the functions' log on AWS.
 *
 * @param options.pretty For a person at a terminal; level changes then stand out.
 */
export function createLog(options: {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly pretty: boolean;
}): LocalTelemetry {
  const log = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    options.pretty ? prettyStream() : pino.destination({ dest: 1, sync: true }),
  );
  const counts = new Map<string, number>();
  return {
    debug: (message, fields: Fields = {}) => log.debug(fields, message),
    info: (message, fields: Fields = {}) => log.info(fields, message),
    warn: (message, fields: Fields = {}) => log.warn(fields, message),
    error: (message, fields: Fields = {}) => log.error(fields, message),
    count(metric, scope, value = 1) {
      const key = `${metric} ${scope}`;
      counts.set(key, (counts.get(key) ?? 0) + value);
      log.debug({ metric, scope, value }, 'counted');
    },
    countOf: (metric, scope) => counts.get(`${metric} ${scope}`) ?? 0,
  };
}

function prettyStream() {
  return PinoPretty({
    colorize: true,
    singleLine: true,
    sync: true,
    messageKey: 'message',
    errorLikeObjectKeys: ['error'],
    timestampKey: 'timestamp',
    translateTime: 'HH:MM:ss',
    messageFormat: (line, messageKey, _label, { colors }) => {
      const message = String(line[messageKey]);
      return message === 'level changed'
        ? colors.bgYellowBright(
            colors.black(` LEVEL ${String(line['from'])} → ${String(line['to'])} `),
          )
        : message;
    },
  });
}
