/** Asks a breaker's fallback, and hands on what it answers or throws. */
import type { Answer } from './answer.ts';
import { Context } from './context.ts';
import type { Engine } from './engine.ts';
import type { CircuitBreakerOpenError } from './errors.ts';
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
  answer: Answer,
): Promise<unknown> {
  if (engine.settings.fallback === null) return answer.failed('rejected', error);
  try {
    const returned = askFallback(engine, engine.totals, error, new Context());
    if (!isThenable(returned)) return Promise.resolve(answer.value(returned));
    return Promise.resolve(returned).then(answer.value, (thrown: unknown) =>
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
    (typeof value === 'object' &&
      value !== null &&
      typeof (value as { readonly then?: unknown }).then === 'function')
  );
}

/** The fallback's own error, with what it failed to answer as its cause unless it names another. */
export function withCause(thrown: unknown, first: unknown): unknown {
  if (thrown instanceof Error && thrown !== first && !('cause' in thrown)) {
    Reflect.defineProperty(thrown, 'cause', {
      value: first,
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }
  return thrown;
}
