/** The log of the laptop: JSON lines, or coloured ones on a terminal; counts are kept in memory. */
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { printableJson } from './printable.ts';
import type { Fields, EventName, Telemetry } from '../telemetry/telemetry.ts';

/** How much of the log waits for its reader, in bytes. */
const BUFFER_BYTES = 1024 * 1024;
/** How often a process that ends offers its last lines to a reader who stalls, 100 ms apart. */
const TRIES_AT_END = 3;

/** Telemetry whose counts can be read. */
export interface LocalTelemetry extends Telemetry {
  /** The sum of the counted values, by event and scope. */
  countOf(event: EventName, scope: string): number;
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
  const output = outputOf(options);
  const log = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      errorKey: 'error',
      hooks: { streamWrite: printableJson },
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    output,
  );
  output.on('room', (lines: number) => log.warn({ lines }, 'log lines dropped'));
  const counts = new Map<string, number>();
  return {
    debug: (message, fields: Fields = {}) => log.debug(fields, message),
    info: (message, fields: Fields = {}) => log.info(fields, message),
    warn: (message, fields: Fields = {}) => log.warn(fields, message),
    error: (message, fields: Fields = {}) => log.error(fields, message),
    measure(set, dimensions, values) {
      const fields: Fields = { set, ...dimensions, ...values };
      log.debug(fields, 'measured');
    },
    count(event, scope, value = 1) {
      const key = `${event} ${scope}`;
      counts.set(key, (counts.get(key) ?? 0) + value);
      log.debug({ event, scope, value }, 'counted');
    },
    countOf: (event, scope) => counts.get(`${event} ${scope}`) ?? 0,
  };
}

function outputOf({ level, pretty }: Parameters<typeof createLog>[0]) {
  // Nothing is written to it.
  if (level === 'silent') return new PassThrough();
  return pretty ? prettyStream() : jsonStream();
}

/**
 * Writes beside the requests, so that a reader who stalls stops none of them. Lines beyond what the
 * buffer holds are dropped, and their number told with 'room' when there is some again.
 */
function jsonStream() {
  let ending = false;
  let triesAtEnd = 0;
  let dropped = 0;
  // Registered before pino's own flush, which would wait for a stalled reader without end.
  process.once('exit', () => {
    ending = true;
    try {
      stream.flushSync();
    } catch {
      stream.destroy();
    }
  });
  const stream = pino.destination({
    dest: 1,
    sync: false,
    maxLength: BUFFER_BYTES,
    retryEAGAIN: () => !ending || (triesAtEnd += 1) <= TRIES_AT_END,
  });
  stream.on('drop', () => (dropped += 1));
  stream.on('drain', () => {
    const lines = dropped;
    dropped = 0;
    if (lines > 0) stream.emit('room', lines);
  });
  return stream;
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
