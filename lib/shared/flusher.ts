/** When evidence is sent: the first at once, then at most once in an interval, and seldom while it is refused. */

/** What became of a flush: a refusal surely counted nothing. */
export type Flushed = 'sent' | 'throttled';

/** The longest interval, in milliseconds: a table that is refusing is not asked more often. */
const LONGEST_MS = 60_000;

/** Paces the flushes of one process to one row. */
export class Flusher {
  readonly #flushMs: number;
  #waitMs: number;
  #nextMs = -Infinity;
  #lastMs = -Infinity;

  /** @param flushMs The least time between two flushes, in milliseconds. */
  constructor(flushMs: number) {
    this.#flushMs = flushMs;
    this.#waitMs = flushMs;
  }

  /**
   * @param atMs Now, in epoch milliseconds.
   * @param send Takes what there is to send at once, and sends it once.
   * @returns What settles when it is sent; null: not yet.
   */
  flush(atMs: number, send: () => Promise<Flushed>): Promise<void> | null {
    // A clock that was put back must not stop the flushes.
    if (atMs < this.#nextMs && atMs >= this.#lastMs) return null;
    this.#lastMs = atMs;
    this.#nextMs = atMs + this.#waitMs;
    return this.#pace(atMs, send());
  }

  async #pace(atMs: number, sending: Promise<Flushed>): Promise<void> {
    const isRefused = (await sending) === 'throttled';
    this.#waitMs = isRefused ? Math.min(2 * this.#waitMs, LONGEST_MS) : this.#flushMs;
    // A later flush has begun an interval of its own.
    if (this.#lastMs === atMs) this.#nextMs = atMs + this.#waitMs;
  }
}
