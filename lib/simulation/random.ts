/** The chance of a simulation: seeded, so that a run can be repeated. */
import { randomBinomial, randomExponential, randomPoisson } from 'd3-random';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Numbers by chance. */
export interface Chance {
  /** 0 up to but not including 1. */
  unit(): number;
  /** A wait with this mean, as between arrivals that know nothing of each other. */
  exponential(mean: number): number;
  /** How many arrive where mean do on average. */
  poisson(mean: number): number;
  /** How many of count are of a share. */
  binomial(count: number, share: number): number;
  /** 32 random bits as eight hexadecimal digits: the beginning of a UUID. */
  readonly draw: () => string;
}

/** Makes the chance of a seed. */
export function chanceOf(seed: number): Chance {
  const generator = xoroshiro128plus(seed);
  const bits = () => generator.next() >>> 0;
  const unit = () => bits() / 2 ** 32;
  const exponential = randomExponential.source(unit);
  const poisson = randomPoisson.source(unit);
  const binomial = randomBinomial.source(unit);
  return {
    unit,
    exponential: (mean) => exponential(1 / mean)(),
    poisson: (mean) => (mean > 0 ? poisson(mean)() : 0),
    binomial(count, share) {
      if (count === 0 || share <= 0) return 0;
      return share >= 1 ? count : binomial(count, share)();
    },
    draw: () => bits().toString(16).padStart(8, '0'),
  };
}
