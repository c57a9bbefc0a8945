/** The log as somebody reads it: each line says whose it is, and an outage does not fill it with one kind of line. */
import { TokenBucket } from '../breaker/companions/token-bucket.ts';
import { logContext } from './log-context.ts';
import type { Fields, Telemetry } from './telemetry.ts';

/** Lines of one kind that are written at once, and how many milliseconds one more takes. */
const BURST = 20;
const ONE_MORE_MS = 1_000;

/** Kinds that are told apart; further ones share a limit. */
const MOST_KINDS = 200;

/** Every one of them is the record of a change, or of one that a webhook never got. */
const ALWAYS: ReadonlySet<string> = new Set(['level changed', 'epoch began', 'webhook given up']);

interface Kind {
  readonly bucket: TokenBucket;
  suppressed: number;
}

/**
 * The same telemetry, whose lines have scope, executionId and traceId of the work that writes them. Of
 * warnings and errors with one message, 20 are written at once and then one a second; the next one that is
 * written says how many were not (`suppressed`).
 */
export function readableLog<T extends Telemetry>(
  telemetry: T,
  { monotonicMs }: { readonly monotonicMs: () => number },
): T {
  const kinds = new Map<string, Kind>();
  const kindOf = (message: string): Kind => {
    const name = kinds.has(message) || kinds.size < MOST_KINDS ? message : '';
    const kind = kinds.get(name) ?? {
      bucket: new TokenBucket(BURST, BURST * ONE_MORE_MS),
      suppressed: 0,
    };
    kinds.set(name, kind);
    return kind;
  };
  const limited =
    (level: 'warn' | 'error') =>
    (message: string, fields: Fields = {}): void => {
      const said = { ...logContext(), ...fields };
      if (ALWAYS.has(message)) return telemetry[level](message, said);
      const kind = kindOf(message);
      if (kind.bucket.take(monotonicMs(), 0) > 0) {
        kind.suppressed += 1;
        return;
      }
      const { suppressed } = kind;
      kind.suppressed = 0;
      telemetry[level](message, suppressed === 0 ? said : { ...said, suppressed });
    };
  return {
    ...telemetry,
    debug: (message, fields = {}) => telemetry.debug(message, { ...logContext(), ...fields }),
    info: (message, fields = {}) => telemetry.info(message, { ...logContext(), ...fields }),
    warn: limited('warn'),
    error: limited('error'),
  };
}
