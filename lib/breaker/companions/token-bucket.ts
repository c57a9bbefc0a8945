/** A token bucket: how many calls a time lets through, and when the next one may. */

/**
 * Full at first, and filled evenly up to `tokens` again within `perMs`, so that a stretch of t ms
 * lets at most tokens × (1 + t ÷ perMs) calls through. A token may be taken before it is there, by who
 * waits for it; then the bucket is in debt, and the next one waits longer.
 *
 * Source: the token bucket of API Gateway's and EC2's request throttling.
 */
export class TokenBucket {
  #tokens: number;
  #perMs: number;
  /** Tokens × perMs, so that whole milliseconds fill it without rounding. */
  #filled = 0;
  /** At first it has filled for ever. */
  #atMs = -Infinity;

  constructor(tokens: number, perMs: number) {
    this.#tokens = tokens;
    this.#perMs = perMs;
  }

  /**
   * Takes a token, if it is there within maxWaitMs.
   *
   * @returns Milliseconds until there is one; NaN where there never is.
   */
  take(atMs: number, maxWaitMs: number): number {
    if (this.#tokens === 0) return Number.NaN;
    this.#fill(atMs);
    const waitMs = Math.max(0, Math.ceil((this.#perMs - this.#filled) / this.#tokens));
    if (waitMs <= maxWaitMs) this.#filled -= this.#perMs;
    return waitMs;
  }

  /** The tokens that are there, in whole ones; below 0 it is in debt to those who wait. */
  tokensAt(atMs: number): number {
    if (this.#tokens === 0) return 0;
    this.#fill(atMs);
    return Math.floor(this.#filled / this.#perMs);
  }

  /** Goes on at another rate with the tokens that are there, or that it owes. */
  change(tokens: number, perMs: number, atMs: number): void {
    this.#fill(atMs);
    const left = this.#tokens === 0 ? tokens : this.#filled / this.#perMs;
    this.#tokens = tokens;
    this.#perMs = perMs;
    this.#filled = Math.min(tokens, left) * perMs;
    this.#atMs = atMs;
  }

  /** A clock that goes back fills nothing. */
  #fill(atMs: number): void {
    if (!(atMs > this.#atMs)) return;
    const full = this.#tokens * this.#perMs;
    this.#filled = Math.min(full, this.#filled + (atMs - this.#atMs) * this.#tokens);
    this.#atMs = atMs;
  }
}
