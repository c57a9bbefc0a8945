/** The breaker before one upstream that all environments share: a module of its own, since most services have none. */
import { SharedCircuitBreaker } from '../shared/shared-circuit-breaker.ts';
import type { SharedBreakerOptions } from '../shared/shared-options.ts';
import type { ShareBreaker } from './upstream-breaker.ts';

/** Where the rows are; what stands beside the table is for tests. */
export type FleetPlace = Pick<
  SharedBreakerOptions,
  'store' | 'refresh' | 'flush' | 'wall' | 'random' | 'within'
>;

/** How long the fleet stays open, in milliseconds: one probe of all in that time, where each would have one a second. */
const OPEN_MS = 5_000;

/** How much longer than its try a probe may hold its permit, in milliseconds. */
const LEASE_MS = 5_000;

/** Makes them on a table, in the rows `BREAKER#scope#face`. */
export const sharedOn =
  (place: FleetPlace): ShareBreaker =>
  ({ face, timeoutMs, isFailure, shared: { scope, rules } }, own, registry) => {
    const { permitted, successesToClose, ...others } = rules;
    return new SharedCircuitBreaker({
      service: scope,
      operation: face,
      registry,
      timeout: false,
      resetTimeout: OPEN_MS,
      lease: timeoutMs + LEASE_MS,
      ...others,
      halfOpen: {
        ...(permitted !== undefined && { permitted }),
        ...(successesToClose !== undefined && { successesToClose }),
      },
      isFailure,
      ...place,
      local: own,
    });
  };
