/** The port to the accounts of the bank, and what they are. */

/** An amount of money. */
export interface Money {
  /** Whole hundredths of the currency; below zero is a debt. */
  readonly cents: number;
  /** ISO 4217, for example `EUR`. */
  readonly currency: string;
}

/** A change of a balance. */
export interface Movement {
  /** ISO 8601. */
  readonly at: string;
  readonly amount: Money;
  readonly text: string;
}

/** An account with all that is known of it. */
export interface Account {
  /** 1 to 12 digits. */
  readonly id: string;
  readonly owner: string;
  readonly balance: Money;
  /** The last MAX_MOVEMENTS, oldest first. */
  readonly movements: readonly Movement[];
}

/** A balance as it was once. */
export interface CachedBalance {
  readonly balance: Money;
  /** Epoch milliseconds. */
  readonly cachedAtMs: number;
}

/** How many movements an account shows. */
export const MAX_MOVEMENTS = 5;

/** The account that a probe without a request reads; the seed set has it. */
export const PROBED_ID = '12345';

/** Three operations, each one request to the table. */
export interface Accounts {
  /**
   * Reads an account and its cached balance together, strongly consistent.
   *
   * @returns undefined for each that there is none of.
   * @throws AccountsUnavailableError, AccountMalformedError
   */
  read(id: string): Promise<{
    readonly account: Account | undefined;
    readonly cached: CachedBalance | undefined;
  }>;

  /**
   * Reads a cached balance alone.
   *
   * @throws AccountsUnavailableError
   */
  readCached(id: string): Promise<CachedBalance | undefined>;

  /**
   * Caches a balance, unless one is cached already that is newer than staleAtMs.
   *
   * @param staleAtMs Epoch milliseconds.
   * @returns Whether it was written.
   * @throws AccountsUnavailableError
   */
  cache(id: string, balance: CachedBalance, staleAtMs: number): Promise<boolean>;
}
