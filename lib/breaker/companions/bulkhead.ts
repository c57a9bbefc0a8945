/** The bulkhead as a policy: so many calls at a time, and so many that wait for their turn. */
import { Context, type Follower } from '../context.ts';
import { BulkheadFullError } from '../errors.ts';
import { callWith, rejected, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { fields, integer, readName } from '../read-options.ts';

export interface BulkheadOptions {
  /** Calls at a time: 1 to 1,000,000. */
  readonly concurrency: number;
  /** Calls that may wait for a place, first come, first served: 0 to 1,000,000; 0 by default. */
  readonly queue?: number;
  /** For its error; `bulkhead` by default. */
  readonly name?: string;
}

/** What a bulkhead holds at one moment. */
export interface BulkheadStats {
  readonly running: number;
  readonly queued: number;
}

const MOST_CALLS = 1_000_000;

/** A call holds its place until it ends: by fn, by a time limit, or by its caller's abort. */
export class Bulkhead implements Policy {
  readonly #name: string;
  readonly #concurrency: number;
  readonly #queue: number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  /** Use bulkhead(). */
  constructor(name: string, concurrency: number, queue: number) {
    this.#name = name;
    this.#concurrency = concurrency;
    this.#queue = queue;
  }

  get stats(): BulkheadStats {
    return { running: this.#running, queued: this.#waiting.size };
  }

  /** @throws BulkheadFullError if there is neither a place nor room in the queue. */
  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    const caller = Context.of(options);
    if (Context.isAborted(caller)) return rejected(Context.reason(caller));
    if (this.#running < this.#concurrency) {
      this.#running += 1;
      return this.#run(fn, caller);
    }
    if (this.#waiting.size >= this.#queue) return rejected(new BulkheadFullError(this.#name));
    return this.#enqueue(caller).then(() => this.#run(fn, caller));
  }

  #run<T>(fn: Protected<T>, caller: Context): Promise<T> {
    return callWith(fn, caller).then(
      (value) => {
        this.#free();
        return value;
      },
      (error: unknown) => {
        this.#free();
        throw error;
      },
    );
  }

  #enqueue(caller: Context): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          Context.unfollow(caller, waiting);
          resolve();
        },
        handleEvent: () => {
          Context.unfollow(caller, waiting);
          this.#waiting.delete(waiting);
          reject(Context.reason(caller));
        },
      };
      this.#waiting.add(waiting);
      Context.follow(caller, waiting);
    });
  }

  /** Hands the place to the first who waits, so that no newcomer takes it in between. */
  #free(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next.start();
  }
}

interface Waiting extends Follower {
  readonly start: () => void;
}

/**
 * Bounds the calls that run at the same time.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  const input = fields(options, 'the options of bulkhead', ['concurrency', 'queue', 'name']);
  return new Bulkhead(
    readName(input, 'bulkhead'),
    integer(input, 'concurrency', 1, MOST_CALLS),
    integer(input, 'queue', 0, MOST_CALLS, 0),
  );
}
