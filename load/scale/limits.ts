/** What AWS says that it takes, with the document that says so. */

/** Defaults of us-east-1 where they differ by region. */
export const LIMITS = {
  /** Read units a second of one partition, and so of one item. */
  readUnits: 3_000,
  /** Write units a second of the same. Both: DynamoDB, "Best practices for designing and using partition keys". */
  writeUnits: 1_000,
  /** New environments of one function in ten seconds: Lambda, "Lambda scaling behavior". */
  environmentsPer10s: 1_000,
  /** Requests a second of one environment at most: Lambda, "Understanding and visualizing concurrency". */
  requestsPerEnvironment: 10,
  /** Concurrent environments of a new account, which can be raised: Lambda, "Lambda quotas". */
  environments: 1_000,
  /** Requests a second of an account's REST APIs, which can be raised: API Gateway, "Amazon API Gateway quotas". */
  gatewayPerSecond: 10_000,
  /** Express executions begun in a second, which can be raised: Step Functions, "Step Functions service quotas". */
  startsPerSecond: 6_000,
} as const;

/** An eventually consistent read of an item of up to 4 KB is half a unit. */
export const READS_PER_SECOND = 2 * LIMITS.readUnits;

/** How long it takes, in seconds, until a function that grows from one number of environments has another. */
export function growthSeconds(from: number, to: number): number {
  return Math.max(0, ((to - from) * 10) / LIMITS.environmentsPer10s);
}

/** The requests that are refused until a function has grown, at a traffic of so many a second. */
export function refusedWhileGrowing(given: {
  readonly perSecond: number;
  readonly from: number;
  readonly to: number;
}): number {
  const { perSecond, from, to } = given;
  return to <= from ? 0 : (growthSeconds(from, to) * perSecond * (1 - from / to)) / 2;
}

/** So many a second, and no more: what is beyond is refused. */
export class Bucket {
  readonly #perSecond: number;
  #second = -1;
  #used = 0;
  refused = 0;
  taken = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Whether one more is taken at a time in milliseconds. */
  take(atMs: number): boolean {
    const second = Math.floor(atMs / 1_000);
    if (second !== this.#second) [this.#second, this.#used] = [second, 0];
    if (this.#used >= this.#perSecond) {
      this.refused += 1;
      return false;
    }
    this.#used += 1;
    this.taken += 1;
    return true;
  }
}
