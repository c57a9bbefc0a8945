/** A lane of requests: so many at the same time, a short queue with a deadline, the rest refused at once. */
import type { ServerResponse } from 'node:http';
import type { Pace, Starter } from './pace.ts';

/** How much a lane takes. */
export interface LaneLimits {
  /** Requests at the same time. */
  readonly concurrency: number;
  /** Requests that wait for a place, first come, first served. */
  readonly queue: number;
  /** How long one may wait, in milliseconds. */
  readonly deadlineMs: number;
}

/** There was no place for a request, or none in time; nothing of it ran. */
export class LaneFullError extends Error {
  override readonly name = 'LaneFullError';
  readonly code = 'LANE_FULL';
}

/** The client of a request that waited is gone; nothing of it ran. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
  readonly code = 'REQUEST_ABANDONED';
}

/** A request that waits. */
interface Waiting {
  readonly dueMs: number;
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * One lane. The bulkhead of lib/breaker bounds calls alike, but leaves a deadline to an AbortSignal of
 * each call. Here all have the same one, so who waits longest is the next to be late: one timer is enough.
 */
export class Lane implements Starter {
  readonly #limits: LaneLimits;
  readonly #pace: Pace;
  /** Milliseconds that never go back. */
  readonly #nowMs: () => number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #isArmed = false;

  constructor(limits: LaneLimits, pace: Pace, nowMs: () => number) {
    this.#limits = limits;
    this.#pace = pace;
    this.#nowMs = nowMs;
  }

  /** Whether a request that came now would be refused. */
  isFull(): boolean {
    return this.#waiting.size >= this.#limits.queue;
  }

  /**
   * Runs a request's work when there is a place for it; from then on to its end, whoever waits for it.
   *
   * @param response Its answer: once that is closed before the work began, nobody waits for it.
   * @throws LaneFullError, AbandonedError; what the work throws.
   */
  async run<T>(response: ServerResponse, work: () => Promise<T>): Promise<T> {
    if (response.destroyed) throw new AbandonedError('expected a client, but it is gone');
    const isFirst = this.#waiting.size === 0;
    if (isFirst && this.#hasPlace() && this.#pace.take()) this.#running += 1;
    else await this.#place(response);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (this.#waiting.size > 0) this.#pace.next(this);
    }
  }

  /** Begins the request that has waited longest. */
  startOne(): boolean {
    this.#refuseLate();
    const [first] = this.#waiting;
    if (first === undefined || !this.#hasPlace() || !this.#pace.take()) return false;
    this.#running += 1;
    first.start();
    return true;
  }

  #hasPlace(): boolean {
    return this.#running < this.#limits.concurrency;
  }

  #place(response: ServerResponse): Promise<void> {
    const { deadlineMs } = this.#limits;
    if (this.isFull()) {
      return Promise.reject(new LaneFullError('expected a free place, but the lane is full'));
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiting);
        response.removeListener('close', abandon);
      };
      const abandon = () => {
        leave();
        reject(new AbandonedError('expected a client, but it is gone'));
      };
      const waiting: Waiting = {
        dueMs: this.#nowMs() + deadlineMs,
        start() {
          leave();
          resolve();
        },
        refuse() {
          leave();
          reject(new LaneFullError(`expected a free place within ${deadlineMs} ms, got none`));
        },
      };
      this.#waiting.add(waiting);
      response.once('close', abandon);
      if (this.#hasPlace()) this.#pace.next(this);
      this.#watch(deadlineMs);
    });
  }

  /** @returns How long the first that waits has left, in milliseconds; undefined where none waits. */
  #refuseLate(): number | undefined {
    const nowMs = this.#nowMs();
    for (const waiting of this.#waiting) {
      const leftMs = waiting.dueMs - nowMs;
      if (leftMs > 0) return leftMs;
      waiting.refuse();
    }
    return undefined;
  }

  #watch(forMs: number): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    const look = () => {
      this.#isArmed = false;
      const leftMs = this.#refuseLate();
      if (leftMs !== undefined) this.#watch(leftMs);
    };
    setTimeout(look, Math.ceil(forMs)).unref();
  }
}
