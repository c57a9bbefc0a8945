/** How long a breaker stays open: exponential growth with full jitter. */
import { BreakerOptionsError } from './errors.ts';
import { random as systemRandom } from './host.ts';
import { aboveZero, callable, FOREVER, from, maybe, read } from './read-options.ts';

/** The numbers of an exponential open time, in the words of a retry. */
export interface ExponentialOptions {
  /** Upper bound of the first opening, in milliseconds; above 0; 1,000 by default. */
  readonly delay?: number;
  /** Upper bound of every opening, in milliseconds; at least `delay`; 60,000 by default. */
  readonly maxDelay?: number;
  /** What the bound is multiplied by at each further opening; 1 to 1,000; 2 by default. */
  readonly factor?: number;
  /** A number from 0 up to but not including 1. */
  readonly random?: () => number;
}

/**
 * A `resetTimeout` that grows with the consecutive openings and is drawn evenly from 0 to its bound,
 * so that breakers that opened together do not probe together.
 *
 * @returns A function of the number of consecutive openings (1 at the first), in milliseconds.
 * @throws BreakerOptionsError for an unknown option or a number out of its range.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, full jitter.
 */
export function exponential(options: ExponentialOptions = {}): (openings: number) => number {
  const { delay, maxDelay, factor, random } = read(options, 'the options of exponential', {
    delay: aboveZero(FOREVER, 1_000),
    maxDelay: aboveZero(FOREVER, 60_000),
    factor: from(1, 1_000, 2),
    random: maybe(callable<() => number>()),
  });
  if (maxDelay < delay) {
    throw new BreakerOptionsError(
      `expected maxDelay to be at least delay, ${delay}, got ${maxDelay}`,
    );
  }
  const draw = random ?? systemRandom;
  return (openings) => draw() * Math.min(maxDelay, delay * factor ** (openings - 1));
}
