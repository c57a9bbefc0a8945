/** What people ask about before they deploy: the scenarios of `npm run simulate`. */
import { constant, repeating, steps } from './course.ts';
import type { Scenario } from './scenarios.ts';
import { failing, TYPICAL, well, type SimulatedFace, type World } from './world.ts';

/** A scenario with when its trouble is. */
export interface Story extends Scenario {
  /** When the trouble begins, in milliseconds from the start, where there is one. */
  readonly beginsMs?: number;
}

const MINUTE_MS = 60_000;
const DURATION_MS = 10 * MINUTE_MS;
const [BEGINS_MS, ENDS_MS] = [2 * MINUTE_MS, 4 * MINUTE_MS];

/** Errors of any service on a good day. */
const ORDINARY = 0.001;

const during = (fromMs: number, toMs: number, ordinary: number, then: number) =>
  steps([0, ordinary], [fromMs, then], [toMs, ordinary]);

/** Second by second. */
const growing = (fromMs: number, toMs: number, ordinary: number, most: number) => {
  const seconds = (toMs - fromMs) / 1_000;
  const each = Array.from({ length: seconds }, (_, second): [number, number] => [
    fromMs + second * 1_000,
    ordinary + ((most - ordinary) * (second + 1)) / seconds,
  ]);
  return steps([0, ordinary], ...each);
};

/** A face that carries so many requests a second, and fails the others. */
const carrying = (capacity: SimulatedFace['capacity']): SimulatedFace => ({
  ...failing(constant(ORDINARY), TYPICAL),
  ...(capacity && { capacity }),
});

const story = (
  title: string,
  world: (perSecond: number) => Pick<World, 'full'> & Partial<World>,
  times: { readonly beginsMs?: number; readonly endsMs?: number } = {
    beginsMs: BEGINS_MS,
    endsMs: ENDS_MS,
  },
): Story => ({
  title,
  durationMs: DURATION_MS,
  ...times,
  world: (perSecond) => ({
    perSecond: constant(perSecond),
    degraded: well,
    safeShare: 1,
    hasFullProbe: false,
    ...world(perSecond),
  }),
});

const out = (fromMs: number, toMs: number) => failing(during(fromMs, toMs, ORDINARY, 1));

/** The stories by their names. */
export const STORIES = {
  steady: story('an ordinary day, 0.1 % errors', () => ({ full: carrying(undefined) }), {}),
  spike: story('8 times the traffic for 2 min, the full face carries 3 times', (perSecond) => ({
    perSecond: during(BEGINS_MS, ENDS_MS, perSecond, 8 * perSecond),
    full: carrying(constant(3 * perSecond)),
  })),
  'brown-out': story('for 2 min the full face carries 60 % of the traffic', (perSecond) => ({
    full: carrying(during(BEGINS_MS, ENDS_MS, 10 * perSecond, 0.6 * perSecond)),
  })),
  partial: story('30 % of the full answers fail for 2 min', () => ({
    full: failing(during(BEGINS_MS, ENDS_MS, ORDINARY, 0.3)),
  })),
  mild: story('10 % of the full answers fail for 2 min', () => ({
    full: failing(during(BEGINS_MS, ENDS_MS, ORDINARY, 0.1)),
  })),
  'slow-boil': story(
    'the full answers that fail grow from 0.1 % to 60 % in 7 min',
    () => ({ full: failing(growing(BEGINS_MS, DURATION_MS - MINUTE_MS, ORDINARY, 0.6)) }),
    { beginsMs: BEGINS_MS },
  ),
  flapping: story(
    '20 s good, 20 s bad, again and again',
    () => ({ full: failing(repeating(40_000, steps([0, ORDINARY], [20_000, 1]))) }),
    { beginsMs: 20_000 },
  ),
  'bad-environment': story(
    'one environment of fifty fails all it gets: 2 % errors',
    () => ({ full: failing(constant(0.02)) }),
    {},
  ),
  'regional-loss': story('full and degraded face are gone for 2 min', () => ({
    full: out(BEGINS_MS, ENDS_MS),
    degraded: out(BEGINS_MS, ENDS_MS),
  })),
  herd: story(
    'an outage of 2 min; then 4 times the traffic for 1 min on a cold full face',
    (perSecond) => ({
      perSecond: during(ENDS_MS, ENDS_MS + MINUTE_MS, perSecond, 4 * perSecond),
      full: {
        ...out(BEGINS_MS, ENDS_MS),
        capacity: steps(
          [0, 10 * perSecond],
          [ENDS_MS, 0.5 * perSecond],
          [ENDS_MS + 30_000, 2 * perSecond],
          [ENDS_MS + MINUTE_MS, 10 * perSecond],
        ),
      },
    }),
  ),
  'retry-storm': story(
    'an outage of 2 min, 3 of 4 failed requests are sent again; the full face carries 1.5 times',
    (perSecond) => ({
      full: { ...out(BEGINS_MS, ENDS_MS), capacity: constant(1.5 * perSecond) },
      retryShare: 0.75,
    }),
  ),
} as const satisfies Readonly<Record<string, Story>>;

/** The name of a story. */
export type StoryName = keyof typeof STORIES;
