/** The time limit as a policy: it rejects when the time is up, whatever fn does with its signal. */
import { Context } from '../context.ts';
import { stackless, TimeoutError } from '../errors.ts';
import { LONGEST_TIMER_MS } from '../host.ts';
import { watched, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { flag, from, read } from '../read-options.ts';

export interface TimeoutOptions {
  /** How long a call may take, in milliseconds: 1 to 2,147,483,647; 30,000 by default. */
  readonly timeout?: number;
  /** Whether the process may end while only this limit waits for a call; false by default. */
  readonly unref?: boolean;
}

/**
 * Rejects with a TimeoutError at the time limit and aborts the context's signal with it. What fn
 * does later changes nothing.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 */
export function timeout(options: TimeoutOptions = {}): Policy {
  const { timeout: timeoutMs, unref } = read(options, 'the options of timeout', {
    timeout: from(1, LONGEST_TIMER_MS, 30_000),
    unref: flag(false),
  });
  const watch = {
    timeoutMs,
    unref,
    timeUp: () => stackless(() => new TimeoutError('the call', timeoutMs)),
    ok: (value: unknown) => value,
    bad(error: unknown): never {
      throw error;
    },
  };
  return {
    execute: <T>(fn: Protected<T>, given?: ExecuteOptions) =>
      watched(fn, Context.of(given), watch) as Promise<T>,
  };
}
