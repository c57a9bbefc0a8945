/** Changes of level that were decided, and whether each was made: what was refused or lost must be made by another. */
import type { ConditionalWrite } from '../level/fence.ts';

/** The moves of one row. */
export class Moves {
  readonly #decided = new Set<unknown>();
  readonly #made = new Set<unknown>();

  /** A write was sent. */
  sent({ expect, set }: ConditionalWrite): void {
    if (set['currentLevel'] !== undefined && 'epoch' in expect) this.#decided.add(expect.epoch);
  }

  /** It was carried out. */
  done({ expect, set }: ConditionalWrite): void {
    if (set['currentLevel'] !== undefined && 'epoch' in expect) this.#made.add(expect.epoch);
  }

  /** How many were decided; of one epoch there is one, whoever else decides it. */
  get decided(): number {
    return this.#decided.size;
  }

  /** How many nobody made. */
  get lost(): number {
    return [...this.#decided].filter((epoch) => !this.#made.has(epoch)).length;
  }
}
