/** The calls that share one time limit, and the one timer that watches them all. */
import { monotonicMs, startTimer } from '../host.ts';

/** What waits for its time to be up. */
export interface Deadline {
  /** On the clock of the process. */
  dueMs: number;
  readonly expire: () => void;
}

/**
 * All have the same limit, so the order in which they came is the order in which they are due, and
 * one timer for the first is enough. A call that ends in time costs a place in a set; the timer
 * stays, finds the next that waits, and is not set again once nothing waits.
 */
export class Deadlines {
  readonly #limitMs: number;
  readonly #waiting = new Set<Deadline>();
  #armed = false;

  /** @param limitMs 1 to 2,147,483,647. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  add(deadline: Deadline): void {
    deadline.dueMs = monotonicMs() + this.#limitMs;
    this.#waiting.add(deadline);
    if (!this.#armed) this.#arm(this.#limitMs);
  }

  remove(deadline: Deadline): void {
    this.#waiting.delete(deadline);
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    startTimer(() => this.#expire(), delayMs);
  }

  #expire(): void {
    const nowMs = monotonicMs();
    for (const deadline of this.#waiting) {
      const leftMs = deadline.dueMs - nowMs;
      // Node's timers count whole milliseconds and may come a part of one early.
      if (leftMs > 0) return this.#arm(Math.ceil(leftMs));
      this.#waiting.delete(deadline);
      // It may begin another call, which finds this timer still armed and sets no second one.
      deadline.expire();
    }
    this.#armed = false;
  }
}
