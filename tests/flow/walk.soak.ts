/** The random walk, long. */
import { IS_SHORT } from '../shared/soak-seeds.ts';
import { test } from 'vitest';
import { walkAtRandom } from './random-walk.ts';

test('a long random sequence of requests gives exactly the answers and counters of the rules', () =>
  walkAtRandom(IS_SHORT ? 3_000 : 10_000));
