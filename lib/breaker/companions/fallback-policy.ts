/** The fallback as a policy: it answers what failed inside of it. */
import { Context } from '../context.ts';
import type { Fallback } from '../options.ts';
import { callWith, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { notAFunction } from '../read-options.ts';

/**
 * Answers failures and refusals of what it protects, but not the caller's abort.
 *
 * @param answer Is given the error and a context that the caller's signal aborts. What it throws is
 *   thrown as it is.
 * @throws BreakerOptionsError if answer is no function.
 */
export function fallback<Answer>(answer: Fallback<Answer>): Policy<Answer> {
  if (typeof answer !== 'function') throw notAFunction('answer', answer);
  return {
    execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T | Answer> {
      const caller = Context.of(options);
      return callWith(fn, caller).then<T, Answer>(undefined, (error: unknown) =>
        callWith((context) => answer(error, context), caller),
      );
    },
  };
}
