/** The options of a shared breaker: those of a breaker, and what the fleet is told apart and paced by. */
import { random as systemRandom, wallMs } from '../breaker/host.ts';
import { BreakerOptionsError } from '../breaker/errors.ts';
import { DEFAULTS, type CircuitBreakerOptions } from '../breaker/options.ts';
import {
  BreakerRegistry,
  breakerName,
  sharedRegistry,
  type Listable,
} from '../breaker/vocabularies/registry.ts';
import { anything, callable, from, maybe, nameOf, read, refused } from '../breaker/read-options.ts';
import { breakerKeyOf } from './breaker-row.ts';
import type { FleetEvent, FleetParts } from './fleet-parts.ts';
import { FLEET_DEFAULTS, rulesOver, type FleetRules } from './fleet-rules.ts';
import type { BreakerStore } from './row-write.ts';
import { within, type Within } from './within.ts';

/** What a fleet's breaker takes besides a breaker's options. Times are milliseconds. */
export interface SharedBreakerOptions<Answer = never> extends Omit<
  CircuitBreakerOptions<Answer>,
  'trip' | 'size' | 'name'
> {
  /** Which row it is: the parts of its key. */
  readonly service: string;
  readonly operation: string;
  readonly tenant?: string | undefined;
  readonly store: BreakerStore;
  /** `rate`, the only one. */
  readonly trip?: 'rate' | undefined;
  /** Failing environments below which the fleet does not open, 1 to 64; 2 by default. */
  readonly quorum?: number | undefined;
  /** The least time between two reads of an environment, from 100; 5,000 by default. */
  readonly refresh?: number | undefined;
  /** The least time between two writes of evidence of an environment, from 100; 5,000 by default. */
  readonly flush?: number | undefined;
  /** How long a probe may hold its permit, from 1,000; the time limit and 5 s by default. */
  readonly lease?: number | undefined;
  /** The shares of calls let through after it has closed, in percent; [5, 25, 50] by default. */
  readonly ramp?: readonly number[] | undefined;
  /** How long a step lasts, from 100; 10,000 by default. */
  readonly rampStep?: number | undefined;
  /**
   * What this environment's own breaker has otherwise than the fleet: for example another trip; nothing by
   * default.
   */
  readonly local?: Omit<CircuitBreakerOptions<Answer>, 'clock'> | undefined;
  /** Where it is listed, for health and metrics, or false; the registry of this process by default. */
  readonly registry?: BreakerRegistry | false | undefined;
  /** Told of what a metric should tell; nobody by default. */
  readonly onFleet?: ((event: FleetEvent, error?: unknown) => unknown) | undefined;
  /** For tests: epoch milliseconds, chance, and what waits; those of this machine by default. */
  readonly wall?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
  readonly within?: Within | undefined;
}

/** What a fleet's part is made with. */
export type FleetSettings = Omit<FleetParts, 'changed' | 'openForMs'>;

/** The intervals of reads and flushes, in milliseconds. */
const INTERVAL_MS = 5_000;

/** The longest part of a key. */
const LONGEST_PART = 256;

/** What a shared breaker is made with. */
interface ReadOptions<Answer> {
  readonly local: CircuitBreakerOptions<Answer>;
  readonly fleet: FleetSettings;
  /** Lists it, where it is to be listed. */
  readonly listed: (breaker: Listable) => void;
}

/** @throws BreakerOptionsError for an unknown option or a value out of its range. */
export function readSharedOptions<Answer>(
  options: SharedBreakerOptions<Answer>,
): ReadOptions<Answer> {
  const { service, operation, tenant, store, trip, quorum, lease, ramp, rampStep, ...rest } =
    options;
  const { local, registry = sharedRegistry(), refresh, flush, ...others } = rest;
  const { onFleet, wall, random, within: waits, ...common } = others;
  const own = { service, operation, tenant, store, refresh, flush, onFleet, wall, random };
  const given = read({ ...own, within: waits, local }, 'the options', {
    service: nameOf(''),
    operation: nameOf(''),
    tenant: maybe(nameOf('')),
    store: anything,
    refresh: from(100, 3_600_000, INTERVAL_MS),
    flush: from(100, 3_600_000, INTERVAL_MS),
    onFleet: maybe(callable<NonNullable<typeof onFleet>>()),
    wall: maybe(callable<() => number>()),
    random: maybe(callable<() => number>()),
    within: maybe(callable<Within>()),
    local: anything,
  });
  if (trip !== undefined && trip !== 'rate') throw refused('trip', 'rate', trip);
  const key = { service, operation, ...(given.tenant !== null && { tenant: given.tenant }) };
  checkParts(Object.values(key));
  if (typeof (store as BreakerStore | undefined)?.write !== 'function') {
    throw refused('store', 'a store, such as dynamoBreakerStore({ table })', store);
  }
  if (registry !== false && !(registry instanceof BreakerRegistry)) {
    throw refused('registry', 'a BreakerRegistry or false', registry);
  }
  return {
    local: { name: breakerName(key), trip: 'rate', ...common, ...local },
    fleet: {
      store,
      key: breakerKeyOf(service, operation, key.tenant),
      deployed: rulesOver(FLEET_DEFAULTS, rulesOf(options, { quorum, lease, ramp, rampStep })),
      refreshMs: given.refresh,
      flushMs: given.flush,
      nowMs: given.wall ?? wallMs,
      random: given.random ?? systemRandom,
      within: given.within ?? within,
      told: (event, error) => onFleet?.(event, error),
    },
    listed: (breaker) => registry !== false && registry.keep(key, breaker),
  };
}

function checkParts(parts: readonly string[]): void {
  for (const part of parts) {
    if (part !== '' && encodeURIComponent(part).length <= LONGEST_PART) continue;
    throw new BreakerOptionsError(
      `expected service, operation and tenant to be 1 to ${LONGEST_PART} characters each, got '${part.slice(0, 40)}'`,
    );
  }
}

/** What a breaker and its fleet have in common holds for both. */
function rulesOf<Answer>(
  options: SharedBreakerOptions<Answer>,
  own: Partial<Record<keyof FleetRules, unknown>>,
) {
  const { failureThreshold, minimumRequests, window, resetTimeout, halfOpen, timeout } = options;
  const { permitted, successesToClose = permitted } = halfOpen ?? {};
  const limit = timeout === undefined || timeout === false ? DEFAULTS.timeout : timeout;
  const { lease = limit + 5_000, ...others } = own;
  const rules: Partial<Record<keyof FleetRules, unknown>> = {
    ...others,
    lease,
    failureThreshold,
    // Nothing is counted of none.
    minimumRequests: minimumRequests === undefined ? undefined : Math.max(1, minimumRequests),
    window,
    permitted,
    successesToClose,
    ...(typeof resetTimeout === 'number' && { resetTimeout }),
  };
  return rules;
}
