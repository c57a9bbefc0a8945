/** Every order in which up to four actors can meet at a row, around each threshold. */
import { describe, expect, test } from 'vitest';
import { KINDS, type Kind } from './actors.ts';
import { explore, type Search } from './explore.ts';
import { EXPIRED, STARTS } from './starts.ts';

/** All but the late outcomes: four of all nine kinds would take five times as long. */
const EARLY = KINDS.filter((kind) => kind !== 'lateError' && kind !== 'lateSuccess');

/** Four requests that were routed before or during the change, with the tick and one operator. */
const CROWDED: Kind[] = ['error', 'success', 'lateError', 'lateSuccess', 'heal', 'reset'];

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

  test.each(STARTS)(
    'four of all kinds whose outcomes were read before: %s',
    async (_title, start) => {
      await search({ start, kinds: EARLY, sizes: [4], pins: [1, 3] });
    },
  );

  test.each(STARTS)('four outcomes, ticks and resets: %s', async (_title, start) => {
    await search({ start, kinds: CROWDED, sizes: [4], pins: [1] });
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
    expect(moments).toBeGreaterThan(2_000_000);
  });
});
