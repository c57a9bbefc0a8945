/** Asks a breaker's fallback, and hands on what it answers or throws. */
import type { Answer } from './answer.ts';
import type { Context } from './context.ts';
import type { Engine } from './engine.ts';
import type { CircuitBreakerOpenError } from './errors.ts';
import { promiseOf } from './policy.ts';
import type { Totals } from './totals.ts';

/**
 * @returns What the fallback returns, which may be a promise.
 * @throws What the fallback throws.
 */
export function askFallback(
  engine: Engine,
  totals: Totals,
  error: unknown,
  context: Context,
): unknown {
  const { name, fallback } = engine.settings;
  totals.fallbacks += 1;
  if (engine.listeners !== null) engine.tell('fallback', { name, error });
  return fallback?.(error, context);
}

/** Answers a refusal that no caller can abort, so that nothing has to be kept for it. */
export function answerRefusal(
  engine: Engine,
  error: CircuitBreakerOpenError,
  caller: Context,
  answer: Answer,
): Promise<unknown> {
  if (engine.settings.fallback === null) return answer.failed('rejected', error);
  try {
    const returned = askFallback(engine, engine.totals, error, caller);
    if (!isThenable(returned)) return Promise.resolve(answer.value(returned));
    return promiseOf(returned).then(answer.value, (thrown: unknown) =>
      answer.failed('rejected', withCause(thrown, error)),
    );
  } catch (thrown) {
    return answer.failed('rejected', withCause(thrown, error));
  }
}

/** Whether a value is to be waited for. */
export function isThenable(value: unknown): boolean {
  return (
    value instanceof Promise ||
    (((typeof value === 'object' && value !== null) || typeof value === 'function') &&
      typeof (value as { readonly then?: unknown }).then === 'function')
  );
}

/** The fallback's own error, with what it failed to answer as its cause unless it names another. */
export function withCause(thrown: unknown, first: unknown): unknown {
  try {
    if (thrown instanceof Error && thrown !== first && !('cause' in thrown)) {
      Reflect.defineProperty(thrown, 'cause', {
        value: first,
        configurable: true,
        enumerable: false,
        writable: true,
      });
    }
  } catch {
    // A proxy may refuse to be looked at; it is thrown as it is.
  }
  return thrown;
}
