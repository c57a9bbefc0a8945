/** Every order in which five actors can meet at a row, each killed once or not, each write arriving once or twice. */
import { afterAll, describe, expect, test } from 'vitest';
import { IS_SHORT } from '../shared/soak-seeds.ts';
import type { Kind } from './actors.ts';
import { explore, type Search } from './explore.ts';
import { startAt, STARTS } from './starts.ts';

/**
 * Requests that were routed before and during the meeting, the tick, and an operator. The short form takes fewer
 * of them, and one of the rows: all of it is a quarter of an hour.
 */
const MET: Kind[] = IS_SHORT
  ? ['error', 'success', 'heal']
  : ['error', 'success', 'lateError', 'heal', 'reset'];

/** One row before each threshold, and one of each that a crash left. */
const ROWS = STARTS.filter(([title]) => /one below|left undone|missing/.test(title));

let moments = 0;

const search = async (given: Search) => {
  moments += (await explore({ ...given, repeats: true, pins: [1] })).moments;
};

describe('the protocol keeps its promises in every order of five actors', () => {
  const rows = IS_SHORT ? ROWS.filter(([title]) => title.includes('one below')).slice(0, 1) : ROWS;
  test.each(rows)('%s', async (_title, start) => {
    await search({ start, kinds: MET, sizes: [5] });
  });
});

test('five of one kind are told apart by nothing but how far they are', async () => {
  const { moments: ofOne } = await explore({
    start: startAt(1, 4, 9),
    kinds: ['error'],
    sizes: [5],
    pins: [1],
    repeats: true,
  });
  // Five that were told apart would be at more than a hundred thousand.
  expect(ofOne).toBeLessThan(2_000);
});

afterAll(() => {
  process.stdout.write(
    `explorer: ${moments.toLocaleString('en')} distinct moments of five actors\n`,
  );
});
