/** Every order in which four requests, probes and ticks can meet at a row under a rate. */
import { expect, test } from 'vitest';
import { kindsAt } from './rate-actors.ts';
import { exploreRate } from './rate-oracle.ts';
import { RATE_STARTS } from './rate-starts.ts';

const OPERATORS: ReadonlySet<string> = new Set(['reset', 'pin', 'changePolicy']);
let moments = 0;

test.each(RATE_STARTS)('four outcomes and ticks: %s', async (_title, row) => {
  const kinds = kindsAt(row).filter((kind) => !OPERATORS.has(kind));
  moments += (await exploreRate({ row, sizes: [4], kinds })).moments;
});

test('the searches above came to as many moments as there are', () => {
  expect(moments).toBeGreaterThan(1_000_000);
});
