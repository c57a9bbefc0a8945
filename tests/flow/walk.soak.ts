/** The random walk, long. */
import { test } from 'vitest';
import { walkAtRandom } from './random-walk.ts';

test('a random sequence of 10,000 requests gives exactly the answers and counters of the rules', () =>
  walkAtRandom(10_000));
