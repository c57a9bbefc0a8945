/** What CloudWatch is told of breakers: which metrics, of which dimensions, and what is new since the last time. */
import type { BreakerRegistry } from '../breaker/vocabularies/registry.ts';
import { isShared } from '../shared/fleet-of.ts';
import { tellingBreakers } from './listed-breakers.ts';

/** Where they are, unless somebody chooses another place. */
export const BREAKER_NAMESPACE = 'CircuitBreaker/Breakers';

/** Every metric with its unit and what it is told apart by. */
export const BREAKER_METRICS = {
  /** Of the window of calls that the breaker looks at; while it is not closed, of what opened it. */
  FailureRate: { unit: 'Percent', dimensions: ['Service', 'State'] },
  /** Calls that were counted since the last publication, so that their sum is right over a fleet. */
  TotalRequests: { unit: 'Count', dimensions: ['Service'] },
  /** Calls that were refused since then. */
  RejectedRequests: { unit: 'Count', dimensions: ['Service'] },
  /** Of breakers that a fleet shares: reads and writes since then that its table did not answer as asked. */
  StoreFailures: { unit: 'Count', dimensions: ['Service'] },
  /** Breakers of this process that are not closed. */
  OpenBreakers: { unit: 'Count', dimensions: [] },
} as const;

/** The name of a metric. */
export type BreakerMetricName = keyof typeof BREAKER_METRICS;

/** What is told of one breaker. */
export interface BreakerSample {
  readonly service: string;
  readonly state: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  readonly values: Readonly<
    Record<Exclude<BreakerMetricName, 'OpenBreakers' | 'StoreFailures'>, number> & {
      readonly StoreFailures?: number;
    }
  >;
}

/** What is told of all of them. */
export interface BreakerSamples {
  readonly breakers: readonly BreakerSample[];
  readonly openBreakers: number;
}

interface Seen {
  readonly requests: number;
  readonly rejected: number;
  /** undefined: no fleet shares it. */
  readonly storeFailures: number | undefined;
  readonly state: BreakerSample['state'];
}

/** Looks at the breakers of a registry, and remembers what it has told of them. */
export class BreakerWatch {
  readonly #registry: BreakerRegistry;
  #told: ReadonlyMap<string, Seen> = new Map();

  constructor(registry: BreakerRegistry) {
    this.#registry = registry;
  }

  /** Whether a breaker is in another state than was told. */
  hasChanged(): boolean {
    return tellingBreakers(this.#registry).some(
      ({ name, stats }) => stats.state !== (this.#told.get(name)?.state ?? 'CLOSED'),
    );
  }

  /** What is new; null where there is no breaker. */
  take(): BreakerSamples | null {
    const listed = tellingBreakers(this.#registry);
    if (listed.length === 0) return null;
    const told = new Map<string, Seen>();
    const breakers = listed.map(({ name, stats }) => {
      const { state, totalRequests: requests, rejectedCount: rejected, failureRate } = stats;
      const before = this.#told.get(name);
      const storeFailures = isShared(stats) ? stats.storeFailures : undefined;
      told.set(name, { requests, rejected, storeFailures, state });
      const values = {
        FailureRate: failureRate * 100,
        TotalRequests: added(before?.requests, requests),
        RejectedRequests: added(before?.rejected, rejected),
        ...(storeFailures !== undefined && {
          StoreFailures: added(before?.storeFailures, storeFailures),
        }),
      };
      return { service: name, state, values };
    });
    this.#told = told;
    return { breakers, openBreakers: breakers.filter(({ state }) => state !== 'CLOSED').length };
  }
}

/** A total that is smaller than before was reset. */
function added(before: number | undefined, now: number): number {
  return before === undefined || now < before ? now : now - before;
}
