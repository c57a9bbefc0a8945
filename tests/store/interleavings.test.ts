/** Every order in which up to three actors can meet at a row, around each threshold. */
import { describe, expect, test } from 'vitest';
import { KINDS } from './actors.ts';
import { explore, type Search } from './explore.ts';
import { EXPIRED, STARTS } from './starts.ts';

const happened = new Set<string>();
let moments = 0;

const search = async (given: Search) => {
  const found = await explore(given);
  for (const happening of found.happened) happened.add(happening);
  moments += found.moments;
};

describe('the protocol keeps its promises in every order of', () => {
  test.each(STARTS)('one to three of all kinds: %s', async (_title, start) => {
    await search({ start, kinds: KINDS, sizes: [1, 2, 3] });
  });
});

describe('the same where an override has run out', () => {
  test.each(EXPIRED)('%s', async (_title, start) => {
    await search({ start, kinds: KINDS, sizes: [1, 2, 3] });
  });
});

describe('the searches above', () => {
  test('came across everything that can happen, and nothing else', () => {
    const outcomes = KINDS.slice(0, 4);
    const refusals = KINDS.map((kind) => `${kind} refused`);
    const moves = [...outcomes, 'heal', 'release'].map((kind) => `${kind} moves the level`);
    const operators = ['reset', 'pin', 'release', 'changePolicy'];
    const levels = ['1 -> 2', '2 -> 3', '3 -> 2', '2 -> 1'];
    const rest = ['clear', 'override expired', 'a crash left something'];
    const expected = [...outcomes, ...refusals, ...moves, ...operators, ...levels, ...rest];
    expect([...happened].toSorted()).toEqual(expected.toSorted());
    expect(moments).toBeGreaterThan(500_000);
  });
});
