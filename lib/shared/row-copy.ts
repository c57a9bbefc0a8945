/** This process's copy of a shared row: read at intervals by whoever needs it, and never in the background. */
import type { Within } from './within.ts';

/** A copy, and when what it says was asked for, in epoch milliseconds. */
export interface Held<Row> {
  readonly row: Row;
  readonly atMs: number;
}

/** What a copy is made of. */
export interface RowCopyParts<Row> {
  /** Reads the row; an eventually consistent read will do. */
  readonly read: () => Promise<Row>;
  /** What no later copy may have less of. */
  readonly epochOf: (row: Row) => number;
  /** The least time between two reads, in milliseconds; up to a fifth is added by chance. */
  readonly refreshMs: number;
  /** How long the first read is waited for at most, in milliseconds. */
  readonly firstWaitMs: number;
  /** 0 up to but not including 1. */
  readonly random: () => number;
  readonly within: Within;
  /** Told of a read that failed. */
  readonly failed: (error: unknown) => void;
}

/** By how much the intervals of reads are spread, so that a fleet does not read together. */
export const REFRESH_JITTER = 0.2;

/** A copy of so many intervals, and older ones, are waited for. */
const OLD = 3;

/** How long a later read is waited for at most, in milliseconds. */
const LATER_WAIT_MS = 50;

/** Reads once for all the calls in flight. */
export class RowCopy<Row> {
  readonly #parts: RowCopyParts<Row>;
  #held: Held<Row> | null = null;
  /** When the last read was begun; before the first, never. */
  #begunMs = -Infinity;
  #dueMs = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(parts: RowCopyParts<Row>) {
    this.#parts = parts;
  }

  /** null before the first. */
  get held(): Held<Row> | null {
    return this.#held;
  }

  /**
   * The copy where it is young enough to be told from; null where a fresh one should have been there by now.
   *
   * @param atMs Now, in epoch milliseconds.
   */
  current(atMs: number): Held<Row> | null {
    return this.#held !== null && !this.#isOld(atMs) ? this.#held : null;
  }

  /**
   * Begins a read where one is due.
   *
   * @param atMs Now, in epoch milliseconds.
   * @returns What is worth waiting for, and settles in time; null: the copy will do.
   */
  refresh(atMs: number): Promise<void> | null {
    // A clock that was put back must not stop the reads.
    if (atMs >= this.#dueMs || atMs < this.#begunMs) this.#begin(atMs);
    if (this.#reading === null || !this.#isOld(atMs)) return null;
    const waitMs = this.#held === null ? this.#parts.firstWaitMs : LATER_WAIT_MS;
    return this.#parts.within(this.#reading, waitMs);
  }

  /** Takes over the row that a write has returned, which is as good as a read. */
  put(row: Row, atMs: number): void {
    if (this.#take(row, atMs)) this.#dueMs = Math.max(this.#dueMs, this.#spread(atMs));
  }

  /** Asks for a read as soon as one may be at a time, in epoch milliseconds. */
  readAt(atMs: number): void {
    this.#dueMs = Math.max(this.#begunMs + this.#parts.refreshMs, atMs);
  }

  #isOld(atMs: number): boolean {
    const age = atMs - (this.#held?.atMs ?? -Infinity);
    return age > OLD * this.#parts.refreshMs;
  }

  #begin(atMs: number): void {
    this.#begunMs = atMs;
    this.#dueMs = this.#spread(atMs);
    const reading = this.#read(atMs).finally(() => {
      // A read that hung through a freeze does not end the one after it.
      if (this.#reading === reading) this.#reading = null;
    });
    this.#reading = reading;
  }

  async #read(begunMs: number): Promise<void> {
    try {
      this.#take(await this.#parts.read(), begunMs);
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** An eventually consistent read may show the past, and a late one does. */
  #take(row: Row, atMs: number): boolean {
    const { epochOf } = this.#parts;
    const held = this.#held;
    const ahead = held === null ? 1 : epochOf(row) - epochOf(held.row);
    // No read shows what was there so long ago: the row has begun anew, or its table was restored.
    const isPast = ahead < 0 && !this.#isOld(atMs);
    if (held !== null && (isPast || (ahead === 0 && atMs < held.atMs))) return false;
    this.#held = { row, atMs };
    return true;
  }

  #spread(atMs: number): number {
    const { refreshMs, random } = this.#parts;
    return atMs + refreshMs * (1 + REFRESH_JITTER * random());
  }
}
