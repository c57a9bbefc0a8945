/** Every order in which three of all kinds, and four requests, probes and ticks, can meet at a row under a rate. */
import { expect, test } from 'vitest';
import { IS_SHORT } from '../shared/soak-seeds.ts';
import { kindsAt } from './rate-actors.ts';
import { exploreRate } from './rate-oracle.ts';
import { RATE_STARTS } from './rate-starts.ts';

const OPERATORS: ReadonlySet<string> = new Set(['reset', 'pin', 'changePolicy']);
/** In the short form every third: rows of each level and of each part of a ramp. */
const STARTS = RATE_STARTS.filter((_, at) => !IS_SHORT || at % 3 === 0);
let [threes, moments] = [0, 0];

test.each(RATE_STARTS)('three of all kinds: %s', async (_title, row) => {
  threes += (await exploreRate({ row, sizes: [3] })).moments;
});

test.each(STARTS)('four outcomes and ticks: %s', async (_title, row) => {
  const kinds = kindsAt(row).filter((kind) => !OPERATORS.has(kind));
  moments += (await exploreRate({ row, sizes: [4], kinds })).moments;
});

test('the searches above came to as many moments as there are', () => {
  expect(threes).toBeGreaterThan(700_000);
  expect(moments).toBeGreaterThan(IS_SHORT ? 300_000 : 1_000_000);
});
