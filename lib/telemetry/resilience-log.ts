/** What breakers, retries, fallbacks and time-outs say in the log and in a trace, in the words of their field. */
import { stateWord } from '../breaker/vocabularies/state-word.ts';
import type { CircuitBreaker, FailedAttempt, RetryEvent } from '../breaker/index.ts';
import type { Telemetry } from './telemetry.ts';
import { spanEvent } from './tracing.ts';

/** Where it is told. */
type Log = Pick<Telemetry, 'info' | 'warn'>;

/** Tells of a breaker's changes, refusals, fallbacks and time-outs from now on. */
export function watchBreaker(breaker: CircuitBreaker<unknown>, log: Log): void {
  breaker.on('stateChange', ({ name, from, to, reason }) => {
    const fields = { breaker: name, from: stateWord(from), to: stateWord(to), reason };
    if (to === 'OPEN') log.warn('Circuit breaker state changed', fields);
    else log.info('Circuit breaker state changed', fields);
    spanEvent('circuit_breaker.state_changed', prefixed(fields));
  });
  breaker.on('reject', ({ name, error }) => {
    const { state } = error;
    spanEvent('circuit_breaker.rejected', prefixed({ breaker: name, state: stateWord(state) }));
  });
  breaker.on('fallback', ({ name, error }) => {
    log.warn(`Using fallback for ${name}`, { breaker: name, error: reasonOf(error) });
    spanEvent('circuit_breaker.fallback', prefixed({ breaker: name }));
  });
  breaker.on('timeout', ({ name, error }) => {
    log.warn('Operation timed out', { operation: name, timeoutMs: error.timeoutMs });
    spanEvent('circuit_breaker.timeout', prefixed({ breaker: name }));
  });
}

/** Tells of a further attempt, before it is waited for. */
export function tellRetry(operation: string, event: RetryEvent, log: Log): void {
  const { attempt, delayMs } = event;
  const nextDelay = `${Math.round(delayMs)}ms`;
  log.warn('Retrying operation', { operation, attempt, error: failureOf(event), nextDelay });
  spanEvent('retry', prefixed({ operation, attempt, delay_ms: delayMs }));
}

function failureOf({ error, result }: FailedAttempt): string {
  return error === undefined ? `result ${String(result)}` : reasonOf(error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Attributes of a trace have a namespace. */
function prefixed(fields: Readonly<Record<string, string | number>>) {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`resilience.${name}`, value]),
  );
}
