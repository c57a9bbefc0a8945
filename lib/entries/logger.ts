/** The logger that handlers import beside their breakers: structured lines, one JSON object each. */
import { Logger } from '@aws-lambda-powertools/logger';

/** A message, and what belongs to it: attributes, an error, or anything else. */
export interface UtilsLogger {
  debug(message: string, ...extra: readonly unknown[]): void;
  info(message: string, ...extra: readonly unknown[]): void;
  warn(message: string, ...extra: readonly unknown[]): void;
  error(message: string, ...extra: readonly unknown[]): void;
}

let made: Logger | null = null;

/** Made at the first line, so that an import does nothing. */
const line =
  (level: keyof UtilsLogger) =>
  (message: string, ...extra: readonly unknown[]): void => {
    made ??= new Logger();
    made[level](message, ...extra.map(attributesOf));
  };

/** What was caught may be anything, and Powertools takes attributes. */
function attributesOf(value: unknown): Record<string, unknown> {
  if (value instanceof Error) return { error: value };
  return typeof value === 'object' && value !== null ? { ...value } : { extra: value };
}

/**
 * Powertools for AWS Lambda, with its environment: POWERTOOLS_SERVICE_NAME, POWERTOOLS_LOG_LEVEL. It
 * takes what was caught as it is.
 */
export const logger: UtilsLogger = {
  debug: line('debug'),
  info: line('info'),
  warn: line('warn'),
  error: line('error'),
};
