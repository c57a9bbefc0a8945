/** A write to a shared row as data, and the port to the table that carries it out. */

/** What a write demands of one attribute at the instant of the write. */
export type Demand =
  /** An absent attribute is the default that it has. */
  | {
      readonly attribute: string;
      readonly is: '=';
      readonly value: string | number;
      readonly orAbsent: boolean;
    }
  /** An absent attribute is 0. */
  | { readonly attribute: string; readonly is: '<'; readonly value: number };

/** One atomic write: applied whole if every demand holds, not at all otherwise. */
export interface RowWrite {
  readonly expect: readonly Demand[];
  readonly set?: Readonly<Record<string, unknown>>;
  /** Set only where the row has none. */
  readonly setIfAbsent?: Readonly<Record<string, number>>;
  /** A number is added, the members of a set are. */
  readonly add?: Readonly<Record<string, number | ReadonlySet<number>>>;
  readonly remove?: readonly string[];
}

/** The attributes of a row as the table returns them, not validated. */
export type RowItem = Readonly<Record<string, unknown>>;

/** The table that holds the rows of breakers. */
export interface BreakerStore {
  /**
   * Reads a row, eventually consistent.
   *
   * @returns undefined where there is none.
   * @throws StoreThrottledError, StoreUnavailableError
   */
  read(key: string): Promise<RowItem | undefined>;
  /**
   * Applies a write if its demands hold. It is sent once.
   *
   * @returns The whole row after the write; null where a demand did not hold.
   * @throws StoreThrottledError where surely nothing was written; StoreUnavailableError where nobody knows.
   */
  write(key: string, write: RowWrite): Promise<RowItem | null>;
}
