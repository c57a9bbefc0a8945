/** The settings of a breaker in the words of gobreaker, with gobreaker's defaults. */
import { callable, FOREVER, from, maybe, MOST, nameOf, read, whole } from '../read-options.ts';
import { readOptions, type Settings } from '../settings.ts';
import { moreThanFiveInARow, type ReadyToTrip } from './gobreaker-counts.ts';
import type { StateWord } from './state-word.ts';

type OnStateChange = (name: string, from: StateWord, to: StateWord) => unknown;
type Predicate = (error: unknown) => boolean;

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
  readonly onStateChange?: OnStateChange;
  /** Whether an error counts as a success; it is thrown all the same. None by default. */
  readonly isSuccessful?: Predicate;
  /** Whether an error counts neither way. None by default. */
  readonly isExcluded?: Predicate;
  /** Monotonic milliseconds; the clock of this process by default. */
  readonly clock?: () => number;
}

/** What reconfigure() of such a breaker takes. */
export type GobreakerChanges = Omit<Partial<GobreakerSettings>, 'name' | 'clock' | 'onStateChange'>;

/** The settings as a breaker uses them. */
export interface GobreakerRules {
  /** What such a breaker has in common with the others. */
  readonly settings: Settings;
  readonly maxRequests: number;
  readonly intervalMs: number;
  readonly openForMs: number;
  readonly readyToTrip: ReadyToTrip;
  readonly onStateChange: OnStateChange | null;
  readonly isSuccessful: Predicate | null;
  readonly isExcluded: Predicate | null;
}

const DEFAULTS = { maxRequests: 1, timeout: 60_000 } as const;

/**
 * @throws BreakerOptionsError for an unknown name (it names the nearest known one) and for a value
 *   out of its range.
 */
export function readGobreakerSettings(settings: GobreakerSettings): GobreakerRules {
  const given = read(settings, 'the settings', {
    name: nameOf(''),
    maxRequests: whole(0, MOST, 0),
    interval: from(0, FOREVER, 0),
    timeout: from(0, FOREVER, 0),
    readyToTrip: maybe(callable<ReadyToTrip>()),
    onStateChange: maybe(callable<OnStateChange>()),
    isSuccessful: maybe(callable<Predicate>()),
    isExcluded: maybe(callable<Predicate>()),
    clock: maybe(callable<() => number>()),
  });
  const maxRequests = given.maxRequests || DEFAULTS.maxRequests;
  const { clock } = settings;
  return {
    settings: readOptions({
      name: given.name,
      buckets: 1,
      ...(clock === undefined ? {} : { clock }),
    }),
    maxRequests,
    intervalMs: given.interval,
    openForMs: given.timeout || DEFAULTS.timeout,
    readyToTrip: given.readyToTrip ?? moreThanFiveInARow,
    onStateChange: given.onStateChange,
    isSuccessful: given.isSuccessful,
    isExcluded: given.isExcluded,
  };
}
