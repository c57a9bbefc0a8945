/** Searches the policies: those that no other beats both in failed requests and in needless degradation. */
import { production, type Policy } from '../../lib/level/policy.ts';
import { overridePolicy } from '../../lib/runtime/policy-schema.ts';
import { chanceOf, type Chance } from '../../lib/simulation/random.ts';

/** A policy that was tried. */
export interface Tried {
  /** Its fields that production has otherwise. */
  readonly overrides: Partial<Policy>;
  /** Shares of all requests, 0 to 1. */
  readonly failed: number;
  readonly needless: number;
}

/** What a search may choose from; the values of production are among them. */
const CHOICES = {
  windowMs: [5_000, 10_000, 20_000, 30_000],
  minimumRequests: [10, 20, 50],
  minimumErrors: [5, 10, 20],
  degradePercent: [5, 10, 15, 25, 40],
  maintenancePercent: [25, 50, 75],
  consecutiveErrors: [3, 5, 10],
  dwellMs: [5_000, 10_000, 30_000, 60_000],
  ramp: [[5, 25, 50], [10, 50], [25], [2, 10, 25, 50]],
  rampStepMs: [2_000, 5_000, 10_000],
  probeIntervalMs: [1_000, 5_000],
} as const satisfies Partial<Record<keyof Policy, readonly unknown[]>>;

/** So many policies to try, production first, each once. */
export function candidates(count: number, seed: number): Partial<Policy>[] {
  const chance = chanceOf(seed);
  const found = new Map<string, Partial<Policy>>([['{}', {}]]);
  // Draws that repeat or contradict themselves are drawn again; the choices are far more than the tries.
  for (let draws = 0; found.size < count && draws < 100 * count; draws += 1) {
    const overrides = draw(chance);
    if (overridePolicy(production, overrides).ok) found.set(JSON.stringify(overrides), overrides);
  }
  return [...found.values()];
}

function draw(chance: Chance): Partial<Policy> {
  const drawn = Object.entries(CHOICES).map(([name, values]) => {
    const value: unknown = values[Math.floor(chance.unit() * values.length)];
    return [name, value] as const;
  });
  const others = drawn.filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(production[name as keyof Policy]),
  );
  return Object.fromEntries(others);
}

/** Those that none of the others beats, the fewest failed requests first. */
export function paretoFront(tried: readonly Tried[]): Tried[] {
  const isBeaten = (one: Tried) =>
    tried.some(
      (other) =>
        other.failed <= one.failed &&
        other.needless <= one.needless &&
        (other.failed < one.failed || other.needless < one.needless),
    );
  return tried.filter((one) => !isBeaten(one)).toSorted((a, b) => a.failed - b.failed);
}

/** The one nearest to the best of both, each measured from the best to the worst of the front. */
export function bestOf(front: readonly Tried[]): Tried | null {
  const measure = (of: (one: Tried) => number) => {
    const values = front.map(of);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return (one: Tried) => (most > least ? (of(one) - least) / (most - least) : 0);
  };
  const failed = measure((one) => one.failed);
  const needless = measure((one) => one.needless);
  const [best = null] = front.toSorted(
    (a, b) => Math.hypot(failed(a), needless(a)) - Math.hypot(failed(b), needless(b)),
  );
  return best;
}
