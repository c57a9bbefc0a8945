/** Tells a listener, whose errors change nobody's result but do not go unseen. */
import { warn } from './host.ts';

/** What is told of an error that a listener threw, or rejected with. */
export type ListenerErrorHandler = (error: unknown) => void;

/** One that throws, now or later, keeps nobody else from being told. */
export function tellOne<Event>(
  listener: (event: Event) => unknown,
  event: Event,
  onError: ListenerErrorHandler,
): void {
  try {
    const returned = listener(event);
    if (returned instanceof Promise) returned.catch(onError);
  } catch (error) {
    onError(error);
  }
}

/**
 * Reports the first error of one listener; the others would say the same, as often as it is told.
 *
 * @param what Which listener, for the warning.
 * @param report Is told instead; null: a warning of the process.
 */
export function onceReported(
  what: string,
  report: ((error: unknown) => unknown) | null,
): ListenerErrorHandler {
  let isReported = false;
  return (error) => {
    if (isReported) return;
    isReported = true;
    const warning = `expected ${what} not to throw, got ${textOf(error)}`;
    if (report === null) warn(`${warning}; give onListenerError to handle it`, error);
    else
      tellOne(report, error, (its) =>
        warn(`expected onListenerError not to throw, got ${textOf(its)}`, its),
      );
  };
}

/** Anything may be thrown, also what has no text. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return typeof error;
  }
}
