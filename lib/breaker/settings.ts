/** The options of a breaker as it uses them: what they say, and what they leave to the defaults. */
import { LONGEST_TIMER_MS } from './host.ts';
import {
  DEFAULTS,
  type CircuitBreakerOptions,
  type FailsOn,
  type Fallback,
  type ListenerErrorReport,
  type ResetTimeout,
} from './options.ts';
import {
  aboveZero,
  anything,
  callable,
  clockOf,
  flag,
  FOREVER,
  from,
  maybe,
  MOST,
  nameOf,
  no,
  oneOf,
  or,
  read,
  refused,
  whole,
  type Kind,
} from './read-options.ts';
import type { Rules } from './state.ts';
import type { Trip } from './verdict.ts';

/** The options as the breaker uses them: complete, checked, and with their units. */
export interface Settings extends Rules {
  readonly name: string;
  /** false: no limit. */
  readonly timeoutMs: number | false;
  readonly unref: boolean;
  readonly resetTimeout: number | ResetTimeout;
  readonly fallback: Fallback<unknown> | null;
  /** 0: the window holds the last calls, however long ago. */
  readonly bucketMs: number;
  readonly buckets: number;
  /** null: no call is slow. */
  readonly slowAfterMs: number | null;
  /** null: every error. */
  readonly failsOnError: ((error: unknown) => unknown) | null;
  /** null: no result. */
  readonly failsOnResult: ((result: unknown) => unknown) | null;
  readonly onListenerError: ListenerErrorReport | null;
  readonly clock: () => number;
}

const TRIPS: readonly Trip[] = ['rate', 'consecutive', 'count'];

/**
 * @throws BreakerOptionsError for an unknown option (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readOptions(options: CircuitBreakerOptions<unknown>): Settings {
  const given = read(options, 'the options', {
    name: nameOf(DEFAULTS.name),
    trip: anything,
    failureThreshold: anything,
    minimumRequests: anything,
    timeout: or(from(1, LONGEST_TIMER_MS, DEFAULTS.timeout), no),
    unref: flag(false),
    resetTimeout: or(from(0, FOREVER, DEFAULTS.resetTimeout), callable<ResetTimeout>()),
    fallback: maybe(callable<Fallback<unknown>>()),
    window: from(1, FOREVER, DEFAULTS.window),
    buckets: whole(1, 1_000, DEFAULTS.buckets),
    size: whole(1, 1_000, DEFAULTS.size),
    halfOpen: anything,
    slowCall: anything,
    failsOn: anything,
    isFailure: maybe(callable<(error: unknown, result: unknown) => boolean>()),
    onListenerError: maybe(callable<ListenerErrorReport>()),
    clock: maybe(callable<() => number>()),
  } satisfies Record<keyof CircuitBreakerOptions, Kind<unknown>>);
  const { name, timeout, unref, resetTimeout, fallback, window, buckets, size } = given;
  const trip = oneOf(options.trip ?? DEFAULTS.trip, 'trip', TRIPS);
  const byCalls = trip === 'count';
  return {
    name,
    trip,
    ...readTrip(options, trip, size),
    timeoutMs: timeout,
    unref,
    resetTimeout,
    fallback,
    bucketMs: byCalls ? 0 : window / buckets,
    buckets: byCalls ? size : buckets,
    ...readHalfOpen(options.halfOpen ?? {}, timeout, resetTimeout),
    ...readSlowCall(options.slowCall),
    ...readFailsOn(options, given.isFailure),
    onListenerError: given.onListenerError,
    clock: clockOf(given.clock),
  };
}

function readTrip(options: CircuitBreakerOptions<unknown>, trip: Trip, size: number) {
  const { failureThreshold, minimumRequests } = options;
  // A window of `size` calls that had to hold more of them would never open.
  const most = trip === 'count' ? size : MOST;
  const share: Kind<number> = [
    aboveZero(1)[0],
    () =>
      `a fraction above 0 and at most 1 under trip '${trip}' (a count needs trip: 'consecutive')`,
    DEFAULTS.failureThreshold.rate,
  ];
  const count = whole(1, MOST, DEFAULTS.failureThreshold.consecutive);
  return read({ failureThreshold, minimumRequests }, 'the options', {
    failureThreshold: trip === 'consecutive' ? count : share,
    minimumRequests: whole(0, most, Math.min(DEFAULTS.minimumRequests, most)),
  });
}

function readHalfOpen(options: object, timeout: number | false, reset: Settings['resetTimeout']) {
  // The bound that a function may draw from is unknown, and a drawn one may be nearly 0.
  const resetMs = typeof reset === 'number' ? reset : 0;
  const maxWaitMs = timeout === false ? Math.max(resetMs, DEFAULTS.resetTimeout) : Infinity;
  const given = read(options, 'halfOpen', {
    permitted: whole(1, MOST, DEFAULTS.permitted),
    successesToClose: maybe(whole(1, MOST)),
    probes: maybe(whole(1, MOST)),
    failureThreshold: maybe(aboveZero(1)),
    maxWait: aboveZero(Infinity, maxWaitMs),
  });
  const { permitted, successesToClose, probes, failureThreshold, maxWait } = given;
  if (probes === null ? failureThreshold !== null : successesToClose !== null) {
    throw refused(
      'halfOpen',
      'of successesToClose, or of probes and failureThreshold',
      'a mixture',
    );
  }
  const rate = failureThreshold ?? DEFAULTS.failureThreshold.rate;
  const failuresToOpen = probes === null ? 1 : Math.ceil(rate * probes);
  const decisive = probes ?? successesToClose ?? permitted;
  return {
    permitted,
    failuresToOpen,
    // After so many successes the failures of the rest cannot reach failuresToOpen.
    successesToClose: decisive - failuresToOpen + 1,
    maxWait,
  };
}

function readSlowCall(
  options: CircuitBreakerOptions['slowCall'],
): Pick<Settings, 'slowAfterMs' | 'slowRate'> {
  if (options === undefined) return { slowAfterMs: null, slowRate: false };
  const { threshold, rate } = read(options, 'slowCall', {
    threshold: from(0, FOREVER),
    rate: or(aboveZero(1, DEFAULTS.slowCallRate), no),
  });
  return { slowAfterMs: threshold, slowRate: rate };
}

function readFailsOn(
  { failsOn = {} }: CircuitBreakerOptions<unknown>,
  isFailure: ((error: unknown, result: unknown) => boolean) | null,
) {
  const { error, result } = read(failsOn, 'failsOn', {
    error: maybe(callable<NonNullable<FailsOn['error']>>()),
    result: maybe(callable<NonNullable<FailsOn['result']>>()),
  });
  if (isFailure === null) return { failsOnError: error, failsOnResult: result };
  if ((error ?? result) !== null) throw refused('isFailure', 'absent beside failsOn', isFailure);
  return {
    failsOnError: (its: unknown) => isFailure(its, undefined),
    failsOnResult: isFailure.length < 2 ? null : (its: unknown) => isFailure(undefined, its),
  };
}
