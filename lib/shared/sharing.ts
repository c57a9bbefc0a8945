/** What makes the breakers of another vocabulary ones that a fleet shares: its option `shared`. */
import type { CircuitBreakerOptions } from '../breaker/options.ts';
import type { BreakerKey } from '../breaker/vocabularies/registry.ts';
import type { Sharing } from '../breaker/vocabularies/sharing.ts';
import { SharedCircuitBreaker } from './shared-circuit-breaker.ts';
import type { SharedBreakerOptions } from './shared-options.ts';

/** What their fleets have; the words of the vocabulary say the rest. */
export type SharingOptions = Pick<
  SharedBreakerOptions,
  | 'store'
  | 'failureThreshold'
  | 'minimumRequests'
  | 'quorum'
  | 'refresh'
  | 'flush'
  | 'lease'
  | 'ramp'
  | 'rampStep'
  | 'onFleet'
  | 'wall'
  | 'random'
  | 'within'
>;

/** Where a vocabulary names no operation. */
const OPERATION = 'default';

/**
 * Makes what the option `shared` of getBreaker and execute takes. The environment's own breaker keeps the rule of
 * its vocabulary; the fleet judges a rate: that of the vocabulary where it has one, else `failureThreshold`, 0.5 by
 * default. The row is `BREAKER#service#operation[#tenant]`; where there is no operation it is `default`.
 *
 * @throws BreakerOptionsError for an unknown option or a value out of its range.
 *
 * @example
 * const shared = sharing({ store: dynamoBreakerStore({ table: 'Breakers' }) });
 * breakers.getBreaker('users', findUser, { timeout: 3_000, shared });
 */
export function sharing(options: SharingOptions): Sharing {
  const shared = {
    breaker: (
      { service, operation = OPERATION, tenant }: BreakerKey,
      words: CircuitBreakerOptions,
    ) =>
      new SharedCircuitBreaker({
        service,
        operation,
        tenant,
        // Whose vocabulary it is lists it, by a name of its own.
        registry: false,
        ...ofFleet(words),
        ...options,
        local: words,
      }),
  };
  // What cannot be is refused here, and not at a first call.
  shared.breaker({ service: OPERATION }, {});
  return shared;
}

/** What of a vocabulary's words holds for its fleet. */
function ofFleet(
  words: CircuitBreakerOptions,
): Omit<CircuitBreakerOptions, 'trip' | 'size' | 'name'> {
  const { timeout, window, resetTimeout, halfOpen, minimumRequests, failureThreshold, trip } =
    words;
  const all = { timeout, window, resetTimeout, halfOpen, minimumRequests };
  const given = trip === 'rate' ? { ...all, failureThreshold } : all;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
