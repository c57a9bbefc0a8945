/** Virtual time: what happens next, and nothing in between. */
import TinyQueue from 'tinyqueue';

interface Event {
  readonly atMs: number;
  readonly act: () => void;
}

/** Turns of the microtask queue that everything needs that waits for an event. */
const TURNS = 20;

/** The clock of a simulation, and what is to happen by it. */
export class Timeline {
  /** Now, in epoch milliseconds; a fraction of one tells two events apart. */
  nowMs: number;
  readonly startMs: number;
  readonly #queue = new TinyQueue<Event>([], (a, b) => a.atMs - b.atMs);

  constructor(startMs: number) {
    this.startMs = startMs;
    this.nowMs = startMs;
  }

  /** Since the start, in milliseconds. */
  get elapsedMs(): number {
    return this.nowMs - this.startMs;
  }

  /** When the next event is due, in epoch milliseconds. */
  get nextMs(): number {
    return this.#queue.peek()?.atMs ?? Infinity;
  }

  /** Does something a while from now. */
  after(delayMs: number, act: () => void): void {
    this.#queue.push({ atMs: this.nowMs + delayMs, act });
  }

  /** A value that is there a while from now. */
  later<T>(delayMs: number, value: T): Promise<T> {
    return new Promise((resolve) => {
      this.after(delayMs, () => resolve(value));
    });
  }

  /**
   * Plays to an end.
   *
   * @param advance Brings what comes from outside, and the clock with it: up to a time in epoch milliseconds,
   *   or to what makes an event.
   */
  async play(durationMs: number, advance: (untilMs: number) => void): Promise<void> {
    const endMs = this.startMs + durationMs;
    while (this.nowMs < endMs) {
      const untilMs = Math.min(this.nextMs, endMs);
      if (this.nowMs < untilMs) advance(untilMs);
      if (this.nextMs > this.nowMs) continue;
      this.#queue.pop()?.act();
      for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
    }
  }
}
