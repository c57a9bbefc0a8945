/** The breaker before one upstream: of this environment alone, or one that all of them share. */
import { CircuitBreaker } from '../breaker/circuit-breaker.ts';
import type { CircuitBreakerOptions } from '../breaker/options.ts';
import type { BreakerRegistry } from '../breaker/vocabularies/registry.ts';
import type { SharedBreakerSettings } from './upstream-settings.ts';

/** What a breaker is made of. */
export interface UpstreamBreaker {
  readonly face: 'full' | 'degraded';
  /** Failed tries in a row that open the breaker of an environment. */
  readonly breakAfter: number;
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly isFailure: (error: unknown) => boolean;
  /** Absent: it is of this environment alone. */
  readonly shared?: SharedBreakerSettings | undefined;
}

/** Makes a breaker that all environments share, and lists it. */
export type ShareBreaker = (
  of: UpstreamBreaker & { readonly shared: SharedBreakerSettings },
  own: CircuitBreakerOptions,
  breakers: BreakerRegistry,
) => CircuitBreaker;

/**
 * How long the breaker of an environment stays open, in milliseconds: until the level, which remembers, has
 * moved. It is less than any wait of the level's, so it keeps no upstream down that is well.
 */
const OPEN_MS = 1_000;

/** A share would need more traffic than one environment of many has. */
const TRIP = { trip: 'consecutive', minimumRequests: 0 } as const;

/**
 * Makes it and lists it.
 *
 * @param share Absent in a function that serves no API: what it makes all the same is its own.
 */
export function createUpstreamBreaker(
  of: UpstreamBreaker,
  breakers: BreakerRegistry,
  share?: ShareBreaker,
): CircuitBreaker {
  const { face, breakAfter, isFailure, shared } = of;
  const own: CircuitBreakerOptions = {
    ...TRIP,
    failureThreshold: breakAfter,
    timeout: false,
    resetTimeout: OPEN_MS,
    // Every try ends by its own time limit, so a slow probe needs no other one to lose its permit by.
    halfOpen: { maxWait: Infinity },
    isFailure,
  };
  if (shared !== undefined && share !== undefined) return share({ ...of, shared }, own, breakers);
  const name = `${face} upstream`;
  const breaker = new CircuitBreaker({ name, ...own });
  breakers.keep({ service: name }, breaker);
  return breaker;
}
