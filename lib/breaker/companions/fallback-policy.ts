/** The fallback as a policy: it answers what failed inside of it. */
import { Context } from '../context.ts';
import { withCause } from '../fallback.ts';
import type { CallContext } from '../options.ts';
import { callWith, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { callable, refused } from '../read-options.ts';

/**
 * Answers failures and refusals of what it protects, but not the caller's abort.
 *
 * @param answer Is given the error and a context that the caller's signal aborts. What it throws is
 *   thrown, with the error as its cause unless it names another.
 * @throws BreakerOptionsError if answer is no function.
 */
export function fallback<Fallback>(
  answer: (error: unknown, context: CallContext) => Fallback | PromiseLike<Fallback>,
): Policy<Fallback> {
  if (callable({ answer }, 'answer') === null) throw refused('answer', 'a function', answer);
  return {
    execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T | Fallback> {
      const caller = Context.of(options);
      return callWith(fn, caller).then<T, Fallback>(undefined, async (error: unknown) => {
        try {
          return await callWith((context) => answer(error, context), caller);
        } catch (thrown) {
          throw Context.isAborted(caller) ? thrown : withCause(thrown, error);
        }
      });
    },
  };
}
