/** Seeds at which something was found once: each is played in every run of the tests. */

/** A seed, and what it showed. */
export interface PastSeed {
  readonly seed: number;
  /** What did not hold, and why; its regression is in tests/store/late-writes.test.ts. */
  readonly found: string;
}

/** All of them. A seed shows what it showed as long as an episode draws as it did. */
export const PAST_SEEDS: readonly PastSeed[] = [
  {
    seed: 4,
    found: 'a pin that was frozen before its write left what was counted since to the next level',
  },
  {
    seed: 55,
    found: 'a late result of a probe brought the next probe forward: two in an interval',
  },
  { seed: 59, found: 'the same, by clocks that differ' },
];
