/** How long a breaker stays open: exponential growth with full jitter. */
import { BreakerOptionsError } from './errors.ts';
import { random as systemRandom } from './host.ts';

/** The numbers of an exponential open time. */
export interface ExponentialOptions {
  /** Upper bound of the first opening, in milliseconds; above 0; 1,000 by default. */
  readonly initial?: number;
  /** Upper bound of every opening, in milliseconds; at least `initial`; 60,000 by default. */
  readonly max?: number;
  /** What the bound is multiplied by at each further opening; at least 1; 2 by default. */
  readonly factor?: number;
  /** A number from 0 up to but not including 1. */
  readonly random?: () => number;
}

/**
 * A `resetTimeout` that grows with the consecutive openings and is drawn evenly from 0 to its bound,
 * so that breakers that opened together do not probe together.
 *
 * @returns A function of the number of consecutive openings (1 at the first), in milliseconds.
 * @throws BreakerOptionsError for a number out of its range.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, full jitter.
 */
export function exponential(options: ExponentialOptions = {}): (openings: number) => number {
  const { initial = 1_000, max = 60_000, factor = 2, random = systemRandom } = options;
  if (!(initial > 0 && max >= initial && max < Infinity && factor >= 1)) {
    throw new BreakerOptionsError(
      `expected 0 < initial <= max and factor >= 1, got initial ${initial}, max ${max}, factor ${factor}`,
    );
  }
  return (openings) => random() * Math.min(max, initial * factor ** (openings - 1));
}
