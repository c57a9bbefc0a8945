/** The bulkhead as a policy: so many calls at a time, and so many that wait for their turn. */
import { Context, type Follower } from '../context.ts';
import { BulkheadFullError } from '../errors.ts';
import { LONGEST_TIMER_MS, startTimer, stopTimer, type Timer } from '../host.ts';
import { callWith, rejected, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { from, maybe, nameOf, read, refused, whole } from '../read-options.ts';

export interface BulkheadOptions {
  /** Calls at a time: 1 to 1,000,000. */
  readonly concurrency: number;
  /** Calls that may wait for a place, first come, first served: 0 to 1,000,000; 0 by default. */
  readonly queue?: number;
  /** How long a call may wait for a place, in milliseconds: 0 to 2,147,483,647; no limit by default. */
  readonly maxWait?: number;
  /** For its error; `bulkhead` by default. */
  readonly name?: string;
}

/** What reconfigure() takes: what is left out stays. */
export type BulkheadChanges = Partial<Omit<BulkheadOptions, 'name'>>;

/** What a bulkhead holds at one moment. */
export interface BulkheadStats {
  readonly running: number;
  readonly queued: number;
}

const MOST_CALLS = 1_000_000;

const readBulkheadOptions = (options: BulkheadOptions) =>
  read(options, 'the options of bulkhead', {
    concurrency: whole(1, MOST_CALLS),
    queue: whole(0, MOST_CALLS, 0),
    maxWait: maybe(from(0, LONGEST_TIMER_MS)),
    name: nameOf('bulkhead'),
  });

/** A call holds its place until it ends: by fn, by a time limit, or by its caller's abort. */
export class Bulkhead implements Policy {
  #options: BulkheadOptions;
  #settings: ReturnType<typeof readBulkheadOptions>;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  /** Use bulkhead(). */
  constructor(options: BulkheadOptions) {
    this.#options = options;
    this.#settings = readBulkheadOptions(options);
  }

  get stats(): BulkheadStats {
    return { running: this.#running, queued: this.#waiting.size };
  }

  /**
   * Goes on with other limits. Calls that run or wait stay; where there are more places now, those who
   * wait take them at once.
   *
   * @throws BreakerOptionsError for an unknown option or a value out of its range; nothing changes.
   */
  reconfigure(changes: BulkheadChanges): void {
    if ('name' in changes) throw refused('the changes', 'without a name', changes);
    const options = { ...this.#options, ...changes };
    this.#settings = readBulkheadOptions(options);
    this.#options = options;
    this.#letIn();
  }

  /** @throws BulkheadFullError if there is neither a place nor room in the queue, or none in time. */
  execute<T>(fn: Protected<T>, options?: ExecuteOptions): Promise<T> {
    const caller = Context.of(options);
    const source = Context.sourceOf(caller);
    const { concurrency, queue, name } = this.#settings;
    if (source?.aborted === true) return rejected(source.reason);
    if (this.#running < concurrency) {
      this.#running += 1;
      return this.#run(fn, caller);
    }
    if (this.#waiting.size >= queue) return rejected(new BulkheadFullError(name));
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
    const source = Context.sourceOf(caller);
    const { maxWait, name } = this.#settings;
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null;
      const leave = (): void => {
        this.#waiting.delete(waiting);
        stopTimer(timer);
        source?.removeEventListener('abort', waiting);
      };
      const waiting: Waiting = {
        start() {
          leave();
          resolve();
        },
        handleEvent() {
          leave();
          reject(source?.reason);
        },
      };
      this.#waiting.add(waiting);
      source?.addEventListener('abort', waiting);
      if (maxWait === null) return;
      timer = startTimer(() => {
        leave();
        reject(new BulkheadFullError(name));
      }, maxWait);
    });
  }

  /** Hands the place to the first who waits, so that no newcomer takes it in between. */
  #free(): void {
    this.#running -= 1;
    this.#letIn();
  }

  #letIn(): void {
    for (const waiting of this.#waiting) {
      if (this.#running >= this.#settings.concurrency) return;
      this.#running += 1;
      waiting.start();
    }
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
export const bulkhead = (options: BulkheadOptions): Bulkhead => new Bulkhead(options);
