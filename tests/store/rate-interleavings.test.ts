/** Every order in which two or three can meet at a row under a rate: slots, shares, steps, canaries, claims. */
import { describe, expect, test } from 'vitest';
import { RATE_KINDS } from './rate-actors.ts';
import { exploreRate } from './rate-oracle.ts';
import { RATE_STARTS } from './rate-starts.ts';

const happened = new Set<string>();
let moments = 0;

describe('the protocol keeps its promises in every order of', () => {
  // Three at every second row: the soak has them at all.
  const cases = RATE_STARTS.map(([title, row], at) => [title, row, at % 2 === 0 ? 3 : 2] as const);
  test.each(cases)('all kinds: %s', async (_title, row, most) => {
    const found = await exploreRate({ row, sizes: [1, 2, 3].slice(0, most) });
    for (const happening of found.happened) happened.add(happening);
    moments += found.moments;
  });
});

test('the searches above came across everything that can happen', () => {
  const counted = RATE_KINDS.slice(0, -3).map((kind) => `${kind} counted`);
  const refused = ['count', 'claim', 'control', 'expire', 'move', 'share', 'step'];
  const levels = ['1 -> 2', '2 -> 3', '3 -> 2', '2 -> 1'];
  const rest = ['claim', 'control', 'expire', 'next step', 'retreat', 'share'];
  const expected = [
    ...counted,
    ...refused.map((purpose) => `${purpose} refused`),
    ...levels,
    ...rest,
  ];
  expect([...happened].toSorted()).toEqual([...expected, 'a crash left something'].toSorted());
  expect(moments).toBeGreaterThan(400_000);
});
