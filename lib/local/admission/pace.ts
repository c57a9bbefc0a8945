/** How many requests may begin in one turn of the event loop, over all lanes. */

/** What begins requests that wait. */
export interface Starter {
  /** Begins one; false where none waits, or none may begin now. */
  startOne(): boolean;
}

/** Requests that begin in one turn: more only make it longer, fewer make more turns than work. */
const PER_TURN = 32;
/** While connections come, since each turn takes one of them. */
const PER_TURN_WHILE_CONNECTING = 4;

/**
 * Spreads a burst over the turns of the event loop. Node takes one new connection a turn, and reads
 * what others sent once a turn; so what begins in one decides how long everybody waits, also those
 * who are to be refused.
 */
export class Pace {
  #left = PER_TURN;
  #isConnecting = false;
  #isTurning = false;
  readonly #starters = new Set<Starter>();

  /** Tells of a new connection: others are likely to wait behind it. */
  connected(): void {
    this.#isConnecting = true;
    this.#left = Math.min(this.#left, PER_TURN_WHILE_CONNECTING);
    this.#turn();
  }

  /** Takes one of this turn's; false where there is none left. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    this.#turn();
    return true;
  }

  /** Has a lane begin what waits in it, from the next turn on, in turn with the other lanes. */
  next(starter: Starter): void {
    this.#starters.add(starter);
    this.#turn();
  }

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#left = this.#isConnecting ? PER_TURN_WHILE_CONNECTING : PER_TURN;
      this.#isConnecting = false;
      while (this.#left > 0 && this.#starters.size > 0) {
        for (const starter of this.#starters) {
          // Put behind the others, so that one that always has more is no longer served than they.
          this.#starters.delete(starter);
          if (starter.startOne()) this.#starters.add(starter);
          if (this.#left === 0) break;
        }
      }
      if (this.#starters.size > 0) this.#turn();
    });
  }
}
