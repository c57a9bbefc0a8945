/** The whole system on the real code while everything fails at once: the seeds of the past, and some more. */
import { expect, test } from 'vitest';
import { play } from './whole/episode.ts';
import { PAST_SEEDS } from './whole/past-seeds.ts';

/** About 16,000 steps each; npm run test:soak plays a million. */
const MORE = [1, 2, 3, 5];

test.each(PAST_SEEDS)('seed $seed holds since: $found', async ({ seed }) => {
  const { happened } = await play(seed);
  expect(happened.get('counted')).toBeGreaterThan(100);
});

test('every rule holds in each step of some seeds, and everything comes back', async () => {
  let steps = 0;
  for (const seed of MORE) steps += (await play(seed)).steps;
  expect(steps).toBeGreaterThan(50_000);
});

test('the same seed comes to the same', async () => {
  const [one, other] = [await play(6), await play(6)];
  expect(one).toEqual(other);
  expect((await play(7)).trace).not.toBe(one.trace);
});
