/** The time limit as a policy: it rejects when the time is up, whatever fn does with its signal. */
import { Context, Scope, type Follower } from '../context.ts';
import { Deadlines, type Deadline } from './deadlines.ts';
import { TimeoutError } from '../errors.ts';
import { LONGEST_TIMER_MS } from '../host.ts';
import { rejected, settled, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { fields, number } from '../read-options.ts';

export interface TimeoutOptions {
  /** How long a call may take, in milliseconds: 1 to 2,147,483,647; 30,000 by default. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Rejects with a TimeoutError at the time limit and aborts the context's signal with it. What fn
 * does later changes nothing. Its timer keeps no process alive.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 */
export function timeout(options: TimeoutOptions = {}): Policy {
  const input = fields(options, 'the options of timeout', ['timeout']);
  return new Timeout(number(input, 'timeout', 1, LONGEST_TIMER_MS, DEFAULT_TIMEOUT_MS));
}

class Timeout implements Policy {
  readonly #limitMs: number;
  readonly #deadlines: Deadlines;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#deadlines = new Deadlines(limitMs);
  }

  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    const caller = Context.of(options);
    if (Context.isAborted(caller)) return rejected(Context.reason(caller));
    return new Promise((resolve, reject) => {
      const call = new TimedCall(caller, this.#limitMs, this.#deadlines, reject);
      void settled(fn, new Context(caller.attempt, call.scope)).then(
        (value) => {
          call.leave();
          return resolve(value);
        },
        (error: unknown) => {
          call.leave();
          return reject(error);
        },
      );
    });
  }
}

/** A call that runs: it is ended by fn, by its time, or by its caller's abort, whichever is first. */
class TimedCall implements Deadline, Follower {
  dueMs = Number.NaN;
  readonly scope = new Scope();
  readonly #caller: Context;
  readonly #limitMs: number;
  readonly #deadlines: Deadlines;
  readonly #reject: (error: unknown) => void;

  constructor(
    caller: Context,
    limitMs: number,
    deadlines: Deadlines,
    reject: (error: unknown) => void,
  ) {
    this.#caller = caller;
    this.#limitMs = limitMs;
    this.#deadlines = deadlines;
    this.#reject = reject;
    deadlines.add(this);
    Context.follow(caller, this);
  }

  expire(): void {
    this.#end(new TimeoutError('the call', this.#limitMs));
  }

  handleEvent(): void {
    this.#end(Context.reason(this.#caller));
  }

  leave(): void {
    this.#deadlines.remove(this);
    Context.unfollow(this.#caller, this);
  }

  #end(error: unknown): void {
    this.leave();
    this.#reject(error);
    this.scope.abort(error);
  }
}
