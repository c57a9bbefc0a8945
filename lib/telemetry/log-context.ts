/** What every log line of one execution says: whose it is. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { activeTraceId } from './tracing.ts';

/** Whose lines they are. */
export interface LogContext {
  readonly scope?: string;
  readonly executionId?: string;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Does work whose lines say whose they are. */
export function inLogContext<T>(log: LogContext, work: () => T): T {
  return storage.run(log, work);
}

/** What the next line says besides its own fields. */
export function logContext(): LogContext & { readonly traceId?: string } {
  const traceId = activeTraceId();
  return { ...storage.getStore(), ...(traceId !== undefined && { traceId }) };
}
