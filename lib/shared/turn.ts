/** An environment's turn in an election of the fleet: one try for each copy of the row. */
import type { Held } from './row-copy.ts';

/** Remembers what was tried on: what was lost on one copy would be lost on it again. */
export class Turn<Row> {
  #triedOn: Held<Row> | null = null;

  /** Whether it may be tried; the next time only on another copy. */
  take(held: Held<Row>): boolean {
    if (held === this.#triedOn) return false;
    this.#triedOn = held;
    return true;
  }
}
