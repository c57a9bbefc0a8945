/** When refused clients may come again: so late that refusing them takes little from those who are served. */

/** Refusals for each request that is served. A refusal costs about a third of a service, measured. */
const REFUSALS_A_SERVED = 0.2;
/** What a client is told to wait at the most, in seconds: the load may be gone long before. */
const MOST_SECONDS = 10;

/** Counts who waits, and what is served in a second. */
export class Returns {
  /** Milliseconds that never go back. */
  readonly #nowMs: () => number;
  #waiting = 0;
  #second = Number.NaN;
  #served = 0;
  #servedBefore = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Counts a request that was served. */
  served(): void {
    this.#turn();
    this.#served += 1;
  }

  /** Counts a client that begins to wait. */
  begin(): void {
    this.#waiting += 1;
  }

  /** Counts one whose wait is over. */
  end(): void {
    this.#waiting -= 1;
  }

  /**
   * How long the next one is to wait: until as many have come again as may be refused meanwhile.
   *
   * @returns whole seconds, 1 to 10; 1 while nothing is known of the second before.
   */
  seconds(): number {
    this.#turn();
    if (this.#servedBefore === 0) return 1;
    const needed = Math.ceil(this.#waiting / (REFUSALS_A_SERVED * this.#servedBefore));
    return Math.min(MOST_SECONDS, Math.max(1, needed));
  }

  #turn(): void {
    const second = Math.floor(this.#nowMs() / 1_000);
    if (second === this.#second) return;
    this.#servedBefore = second === this.#second + 1 ? this.#served : 0;
    this.#served = 0;
    this.#second = second;
  }
}
