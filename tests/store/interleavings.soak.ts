/** Every order in which four actors can meet at a row, around each threshold. */
import { describe, expect, test } from 'vitest';
import { KINDS, type Kind } from './actors.ts';
import { explore, type Search } from './explore.ts';
import { STARTS } from './starts.ts';

/** All but the late outcomes: four of all nine kinds would take five times as long. */
const EARLY = KINDS.filter((kind) => kind !== 'lateError' && kind !== 'lateSuccess');

/** Four requests that were routed before or during the change, with the tick and one operator. */
const CROWDED: Kind[] = ['error', 'success', 'lateError', 'lateSuccess', 'heal', 'reset'];

let moments = 0;

const search = async (given: Search) => {
  moments += (await explore(given)).moments;
};

describe('the protocol keeps its promises in every order of', () => {
  test.each(STARTS)('four of all kinds, all read before: %s', async (_title, start) => {
    await search({ start, kinds: EARLY, sizes: [4], pins: [1, 3] });
  });

  test.each(STARTS)('four outcomes, ticks and resets: %s', async (_title, start) => {
    await search({ start, kinds: CROWDED, sizes: [4], pins: [1] });
  });
});

test('the searches above came to as many moments as there are', () => {
  expect(moments).toBeGreaterThan(1_900_000);
});
