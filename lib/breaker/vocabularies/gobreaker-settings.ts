/** The settings of a breaker in the words of gobreaker, with gobreaker's defaults. */
import { asks } from '../predicate.ts';
import { callable, fields, integer, MOST, number } from '../read-options.ts';
import { readOptions, type Settings } from '../settings.ts';
import { moreThanFiveInARow, type ReadyToTrip } from './gobreaker-engine.ts';
import type { StateWord } from './state-word.ts';

/** All times are milliseconds; 0 stands for the default, as in Go. */
export interface GobreakerSettings {
  /** What the breaker is found by: 1 to 256 characters. */
  readonly name: string;
  /** Probes that one half-open generation lets through, and successes in a row that close; 1 by default. */
  readonly maxRequests?: number;
  /** How long the counts of a closed generation live, from 0; 0 (the default): until it opens. */
  readonly interval?: number;
  /** How long it stays open; 60,000 by default. */
  readonly timeout?: number;
  /** Asked after each failure in CLOSED; by default, or if it throws, more than 5 in a row trip. */
  readonly readyToTrip?: ReadyToTrip;
  /** Told of each change, after it. What it throws changes nothing. */
  readonly onStateChange?: (name: string, from: StateWord, to: StateWord) => unknown;
  /** Whether an error counts as a success; it is thrown all the same. None by default. */
  readonly isSuccessful?: (error: unknown) => boolean;
  /** Whether an error counts neither way. None by default. */
  readonly isExcluded?: (error: unknown) => boolean;
  /** Monotonic milliseconds; the clock of this process by default. */
  readonly clock?: () => number;
}

/** The settings as a breaker uses them. */
export interface GobreakerRules {
  readonly settings: Settings;
  readonly intervalMs: number;
  readonly readyToTrip: ReadyToTrip;
  readonly onStateChange: NonNullable<GobreakerSettings['onStateChange']> | null;
  readonly isSuccessful: ((error: unknown) => boolean) | null;
  readonly isExcluded: ((error: unknown) => boolean) | null;
}

const NAMES = [
  'name',
  'maxRequests',
  'interval',
  'timeout',
  'readyToTrip',
  'onStateChange',
  'isSuccessful',
  'isExcluded',
  'clock',
] as const satisfies readonly (keyof GobreakerSettings)[];

const DEFAULTS = { maxRequests: 1, timeout: 60_000 } as const;

/**
 * @throws BreakerOptionsError for an unknown name (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readGobreakerSettings(settings: GobreakerSettings): GobreakerRules {
  const input = fields(settings, 'the settings', NAMES);
  const maxRequests = integer(input, 'maxRequests', 0, MOST, 0) || DEFAULTS.maxRequests;
  const isExcluded = callable(input, 'isExcluded') as GobreakerRules['isExcluded'];
  return {
    settings: readOptions({
      name: settings.name,
      timeout: false,
      resetTimeout: number(input, 'timeout', 0, Number.MAX_SAFE_INTEGER, 0) || DEFAULTS.timeout,
      buckets: 1,
      // A probe that hangs holds its place, as in gobreaker.
      halfOpen: { permitted: maxRequests, successesToClose: maxRequests, maxWait: Infinity },
      isFailure:
        isExcluded === null ? undefined : (error: unknown) => !asks(() => isExcluded(error), false),
      clock: settings.clock,
    }),
    intervalMs: number(input, 'interval', 0, Number.MAX_SAFE_INTEGER, 0),
    readyToTrip: (callable(input, 'readyToTrip') as ReadyToTrip | null) ?? moreThanFiveInARow,
    onStateChange: callable(input, 'onStateChange') as GobreakerRules['onStateChange'],
    isSuccessful: callable(input, 'isSuccessful') as GobreakerRules['isSuccessful'],
    isExcluded,
  };
}
