/** The bulkheads, rate limiters and retry budgets of a process, by name: bounded, and listed for monitors. */
import type { BulkheadStats, RateLimiterStats, RetryBudgetStats } from '../breaker/index.ts';

/** What each kind says of itself. */
interface StatsOf {
  readonly bulkhead: BulkheadStats;
  readonly rateLimiter: RateLimiterStats;
  readonly retryBudget: RetryBudgetStats;
}

/** What goes with a breaker. */
export type CompanionKind = keyof StatsOf;

/** One of them as it is now. */
export interface ListedCompanion<Kind extends CompanionKind> {
  readonly name: string;
  readonly stats: StatsOf[Kind];
}

/** The most of one kind; further ones work and are not listed. */
const MOST = 100;

/** Lists them. The last one of a name is listed. */
export class Companions {
  readonly #byKind: {
    readonly [Kind in CompanionKind]: Map<string, { readonly stats: StatsOf[Kind] }>;
  } = { bulkhead: new Map(), rateLimiter: new Map(), retryBudget: new Map() };

  /** Lists one, at most 100 of a kind. */
  add<Kind extends CompanionKind>(
    kind: Kind,
    name: string,
    companion: { readonly stats: StatsOf[Kind] },
  ): void {
    const listed = this.#byKind[kind];
    if (listed.has(name) || listed.size < MOST) listed.set(name, companion);
  }

  /** Those of a kind, as they are now. */
  list<Kind extends CompanionKind>(kind: Kind): readonly ListedCompanion<Kind>[] {
    return Array.from(this.#byKind[kind], ([name, { stats }]) => ({ name, stats }));
  }
}
