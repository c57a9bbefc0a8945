/** The options of a breaker as it uses them: what they say, and what they leave to the defaults. */
import { LONGEST_TIMER_MS } from './host.ts';
import { DEFAULTS, type CallContext, type CircuitBreakerOptions } from './options.ts';
import {
  aboveZero,
  callable,
  fields,
  integer,
  MOST,
  number,
  readClock,
  readName,
  refused,
  type Input,
} from './read-options.ts';
import type { Rules } from './state.ts';
import type { Trip } from './verdict.ts';

/** The options as the breaker uses them: complete, checked, and with their units. */
export interface Settings extends Rules {
  readonly name: string;
  /** null: no limit. */
  readonly timeoutMs: number | null;
  readonly resetTimeout: number | ((openings: number) => number);
  readonly fallback: ((error: unknown, context: CallContext) => unknown) | null;
  readonly windowMs: number;
  readonly buckets: number;
  readonly size: number;
  /** null: no call is slow. */
  readonly slowAfterMs: number | null;
  readonly isFailure: ((error: unknown, result: unknown) => boolean) | null;
  readonly clock: () => number;
}

const TRIPS: readonly Trip[] = ['rate', 'consecutive', 'count'];
const OPTION_NAMES = [
  'name',
  'trip',
  'failureThreshold',
  'minimumRequests',
  'timeout',
  'resetTimeout',
  'fallback',
  'window',
  'buckets',
  'size',
  'halfOpen',
  'slowCall',
  'isFailure',
  'clock',
] as const satisfies readonly (keyof CircuitBreakerOptions)[];
const HALF_OPEN_NAMES = ['permitted', 'successesToClose', 'maxWait'] as const;
const SLOW_CALL_NAMES = ['threshold', 'rate'] as const;

/**
 * @throws BreakerOptionsError for an unknown option (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readOptions(options: unknown): Settings {
  const input = fields(options, 'the options', OPTION_NAMES);
  const halfOpen = fields(input['halfOpen'] ?? {}, 'halfOpen', HALF_OPEN_NAMES);
  const slowCall =
    input['slowCall'] === undefined ? null : fields(input['slowCall'], 'slowCall', SLOW_CALL_NAMES);
  const trip = readTrip(input['trip']);
  const size = integer(input, 'size', 1, 1_000, DEFAULTS.size);
  const resetTimeout = readResetTimeout(input['resetTimeout']);
  const permitted = integer(halfOpen, 'permitted', 1, MOST, DEFAULTS.permitted);
  // The bound that a function may draw from is unknown, and a drawn one may be nearly 0.
  const maxWait = typeof resetTimeout === 'number' ? resetTimeout : DEFAULTS.resetTimeout;
  return {
    name: readName(input, DEFAULTS.name),
    trip,
    failureThreshold: readFailureThreshold(input, trip),
    minimumRequests: readMinimumRequests(input, trip, size),
    timeoutMs:
      input['timeout'] === false
        ? null
        : number(input, 'timeout', 1, LONGEST_TIMER_MS, DEFAULTS.timeout, ' or false'),
    resetTimeout,
    fallback: callable(input, 'fallback') as Settings['fallback'],
    windowMs: number(input, 'window', 1, Number.MAX_SAFE_INTEGER, DEFAULTS.window),
    buckets: integer(input, 'buckets', 1, 1_000, DEFAULTS.buckets),
    size,
    permitted,
    successesToClose: integer(halfOpen, 'successesToClose', 1, MOST, permitted),
    // An open time of 0 must not make every permit overdue at once.
    maxWaitMs: aboveZero(halfOpen, 'maxWait', Infinity, maxWait || DEFAULTS.resetTimeout),
    slowAfterMs: slowCall && number(slowCall, 'threshold', 0, Number.MAX_SAFE_INTEGER),
    slowRate: slowCall && readSlowRate(slowCall),
    isFailure: callable(input, 'isFailure') as Settings['isFailure'],
    clock: readClock(input),
  };
}

/** @returns null where slow calls are counted and open nothing. */
function readSlowRate(slowCall: Input): number | null {
  if (slowCall['rate'] === false) return null;
  return aboveZero(slowCall, 'rate', 1, DEFAULTS.slowCallRate);
}

function readTrip(trip: unknown): Trip {
  if (trip === undefined) return DEFAULTS.trip;
  const known = TRIPS.find((name) => name === trip);
  if (known !== undefined) return known;
  throw refused('trip', `one of ${TRIPS.map((name) => `'${name}'`).join(', ')}`, trip);
}

function readFailureThreshold(input: Input, trip: Trip): number {
  const fallback = DEFAULTS.failureThreshold[trip];
  if (trip === 'consecutive') return integer(input, 'failureThreshold', 1, MOST, fallback);
  const value = input['failureThreshold'];
  if (typeof value === 'number' && value > 1) {
    throw refused(
      'failureThreshold',
      `a fraction above 0 and at most 1 under trip '${trip}' (a count needs trip: 'consecutive')`,
      value,
    );
  }
  return aboveZero(input, 'failureThreshold', 1, fallback);
}

function readMinimumRequests(input: Input, trip: Trip, size: number): number {
  if (trip !== 'count') return integer(input, 'minimumRequests', 0, MOST, DEFAULTS.minimumRequests);
  // A window of `size` calls that had to hold more of them would never open.
  return integer(input, 'minimumRequests', 0, size, Math.min(DEFAULTS.minimumRequests, size));
}

function readResetTimeout(value: unknown): Settings['resetTimeout'] {
  if (typeof value === 'function') return value as (openings: number) => number;
  const most = Number.MAX_SAFE_INTEGER;
  const input = { resetTimeout: value };
  return number(input, 'resetTimeout', 0, most, DEFAULTS.resetTimeout, ' or a function');
}
