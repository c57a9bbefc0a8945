/** Stores in front of a store, by which a test decides when each write arrives and how it ends. */
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import { isHistoryKey, type GivenRow } from './steps.ts';

/** Lets a rival go first, so many times, between the read and the write of whoever uses it. */
export class LosingStore implements LevelStore {
  /** How many writes were tried. */
  writes = 0;
  readonly #row: GivenRow;
  readonly #losses: number;
  readonly #rival: (row: GivenRow, loss: number) => Promise<unknown>;

  constructor(
    row: GivenRow,
    losses: number,
    rival: (row: GivenRow, loss: number) => Promise<unknown>,
  ) {
    this.#row = row;
    this.#losses = losses;
    this.#rival = rival;
  }

  read(): Promise<Item | undefined> {
    return this.#row.read();
  }

  async write(key: string, write: ConditionalWrite): Promise<Item | null> {
    if (isHistoryKey(key)) return this.#row.store.write(key, write);
    this.writes += 1;
    if (this.writes <= this.#losses) await this.#rival(this.#row, this.writes);
    return this.#row.write(write);
  }
}

/** A row through a store that waits before a certain write until it is told to go on. */
export interface PausedRow {
  readonly row: GivenRow;
  /** Settles when the write is about to be sent. */
  readonly reached: Promise<void>;
  resume(): void;
}

/** Lets everything through to a row but holds the n-th write, counted from 1. */
export function pausedBefore(row: GivenRow, nth: number): PausedRow {
  const reached = Promise.withResolvers<void>();
  const resumed = Promise.withResolvers<void>();
  let writes = 0;
  const store: LevelStore = {
    read: () => row.read(),
    async write(key, write) {
      if (isHistoryKey(key)) return row.store.write(key, write);
      writes += 1;
      if (writes === nth) {
        reached.resolve();
        await resumed.promise;
      }
      return row.write(write);
    },
  };
  return { row: row.through(store), reached: reached.promise, resume: () => resumed.resolve() };
}
