/** The policy that learns, beside the fixed one on the same requests: where it is better, the same, and worse. */
import { expect, test } from 'vitest';
import { adaptive, production, type Policy } from '../../lib/level/policy.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { STORIES, type StoryName } from '../../lib/simulation/stories.ts';
import { play, problemsOf } from './play.ts';

const played = (name: StoryName, policy: Policy) => {
  const { world, durationMs } = STORIES[name];
  return simulate({ policy, world: world(100), seed: 2, durationMs });
};

const BEGINS_MS = 120_000;

test.each<[StoryName, atLeastMs: number]>([
  ['partial', 2_000],
  ['slow-boil', 60_000],
])('%s: it falls sooner by %i ms', async (name, atLeastMs) => {
  const [fixed, learned] = [await played(name, production), await played(name, adaptive)];
  const fallOf = ({ changes }: typeof fixed) => (changes[0]?.atMs ?? Infinity) - BEGINS_MS;
  expect(learned.changes[0]?.reason).toBe('error-deviation');
  expect(fallOf(learned)).toBeGreaterThan(0);
  expect(fallOf(learned)).toBeLessThanOrEqual(fallOf(fixed) - atLeastMs);
});

test.each<StoryName>(['steady', 'flapping'])(
  '%s: the same changes and the same writes: learning costs none',
  async (name) => {
    const [fixed, learned] = [await played(name, production), await played(name, adaptive)];
    expect(learned.changes).toEqual(fixed.changes);
    expect(learned.writes).toEqual(fixed.writes);
  },
);

test('mild: where it is worse, a tenth of errors takes the full face from all', async () => {
  expect((await played('mild', production)).changes).toEqual([]);
  const { changes } = await played('mild', adaptive);
  expect(changes.map(({ to }) => to)).toEqual([2, 1]);
});

test.each([
  ['steady-1', 10],
  ['slow-errors', 1_000],
  ['outage-60s', 10],
] as const)(
  'what production holds it holds: %s at %d requests a second',
  async (name, perSecond) => {
    expect(problemsOf(await play(name, perSecond, 1, adaptive))).toEqual([]);
  },
);
