/** The hedge as a policy: a second try while the first is slow, and the first answer wins. */
import { Context, Scope, type Follower } from '../context.ts';
import { HedgeLostError, stackless } from '../errors.ts';
import { LONGEST_TIMER_MS, startTimer, stopTimer, type Timer } from '../host.ts';
import { rejected, settled, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { from, maybe, read, type Kind } from '../read-options.ts';
import { retryBudget, RetryBudget } from './retry-budget.ts';

export interface HedgeOptions {
  /**
   * After how long the second try begins, in milliseconds: 0 to 2,147,483,647. About the time that 95
   * of 100 calls take at most.
   */
  readonly delay: number;
  /** How many second tries there may be; at most a tenth of the calls, and at least 3, by default. */
  readonly budget?: RetryBudget;
}

/** Source: "The Tail at Scale" defers the second request to the 95th percentile, for 5 % more load. */
const DEFAULT_BUDGET = { ratio: 0.1, minimum: 3 };

const aBudget: Kind<RetryBudget> = [
  (value) => value instanceof RetryBudget,
  () => 'made by retryBudget',
];

/**
 * Calls fn again where it has not settled after `delay` and the budget allows it. The first try that
 * succeeds answers, and the other one's signal is aborted with a HedgeLostError. A try that fails
 * waits for the other, if there is one; if both fail, the later error is thrown. Only for what may run
 * twice.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 */
export function hedge(options: HedgeOptions): Policy {
  const { delay, budget } = read(options, 'the options of hedge', {
    delay: from(0, LONGEST_TIMER_MS),
    budget: maybe(aBudget),
  });
  const shared = budget ?? retryBudget(DEFAULT_BUDGET);
  return {
    execute<T>(fn: Protected<T>, given?: ExecuteOptions): Promise<T> {
      const caller = Context.of(given);
      const source = Context.sourceOf(caller);
      if (source?.aborted === true) return rejected(source.reason);
      shared.addCall();
      return new Promise<T>((resolve, reject) => {
        new Race(fn, caller, shared, resolve, reject).begin(delay);
      });
    },
  };
}

/** The tries of one call. */
class Race<T> implements Follower {
  readonly #fn: Protected<T>;
  readonly #caller: Context;
  readonly #budget: RetryBudget;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  /** The tries that run. */
  readonly #running = new Set<Scope>();
  #timer: Timer | null = null;

  constructor(
    fn: Protected<T>,
    caller: Context,
    budget: RetryBudget,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#fn = fn;
    this.#caller = caller;
    this.#budget = budget;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(delayMs: number): void {
    Context.sourceOf(this.#caller)?.addEventListener('abort', this);
    this.#timer = startTimer(() => {
      if (this.#budget.takeRetry()) this.#try();
    }, delayMs);
    this.#try();
  }

  /** The caller has aborted. */
  handleEvent(): void {
    this.#fail(Context.sourceOf(this.#caller)?.reason);
  }

  #try(): void {
    const scope = new Scope();
    this.#running.add(scope);
    settled(this.#fn, new Context(this.#caller.attempt, scope)).then(
      (value) => {
        this.#running.delete(scope);
        this.#resolve(value);
        return this.#end(stackless(() => new HedgeLostError()));
      },
      (error: unknown) => {
        this.#running.delete(scope);
        return this.#running.size > 0 ? undefined : this.#fail(error);
      },
    );
  }

  #fail(error: unknown): void {
    this.#reject(error);
    this.#end(error);
  }

  /** @param reason What the tries that still run are aborted with. */
  #end(reason: unknown): void {
    stopTimer(this.#timer);
    Context.sourceOf(this.#caller)?.removeEventListener('abort', this);
    for (const scope of this.#running) scope.abort(reason);
  }
}
