/** The ladder around a handler by itself: it says the same as the middleware, and serves on its own. */
import { describe, expect, test } from 'vitest';
import { withLevels } from '../../lib/entries/guard.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { requestOf } from './given.ts';
import {
  DOWN,
  FAILED,
  FULL,
  given,
  headed,
  LESS,
  SHIELD,
  SHIELDED,
  told,
  type Answer,
  type Faces,
} from './given-faces.ts';

describe('the handler of its own says the same', () => {
  const call = async (row: Item, full: Answer | Error, faces: Faces = {}, options = {}) => {
    const { common, telemetry, seen, item } = given(row, faces, options);
    const handler = withLevels<object, object, Answer>({
      ...common,
      full: async () => {
        common.clock.on(11);
        if (full instanceof Error) throw full;
        return full;
      },
    });
    const answer = await handler(requestOf('GET'), {}).catch((error: unknown) => error);
    return { answer, served: telemetry.served, seen: seen(), item: await item() };
  };

  test.each<[string, Item, Answer | Error, Faces, unknown, string[]]>([
    ['of a success', {}, FULL, {}, headed(FULL, 1), [told('1', 1, 0, 11)]],
    ['of an error', {}, FAILED, {}, headed(FAILED, 1), [told('1', 0, 1, 11)]],
    ['of what is thrown', {}, DOWN, {}, DOWN, [told('1', 0, 1, 11)]],
    [
      'of a shield',
      SHIELD,
      DOWN,
      {},
      headed(LESS, 2, SHIELDED),
      [told('1', 0, 1, 11), told('shield', 1, 0, 7)],
    ],
    [
      'of none that is better',
      SHIELD,
      DOWN,
      { degraded: FAILED },
      DOWN,
      [told('1', 0, 1, 11), told('shield', 0, 1, 7)],
    ],
    ['of level 2', { currentLevel: 2 }, FULL, {}, headed(LESS, 2), [told('2', 1, 0, 7)]],
    [
      'of an exercise',
      { exerciseBelow: 'g' },
      FULL,
      {},
      headed(LESS, 2),
      [told('exercise', 1, 0, 7)],
    ],
    [
      'of one that knew nothing',
      { exerciseBelow: 'g' },
      FULL,
      { degraded: { statusCode: 404, body: '' } },
      headed(FULL, 1, SHIELDED),
      [told('exercise', 0, 0, 7), told('exercise', 1, 0, 11)],
    ],
  ])('%s', async (_what, row, full, faces, answer, served) => {
    const ended = await call(row, full, faces);
    expect(ended.answer).toEqual(answer);
    expect(ended.served).toEqual(served);
  });

  test('that a good answer stands, whatever would serve in its place', async () => {
    const { answer, seen } = await call(SHIELD, FULL);
    expect(answer).toEqual(headed(FULL, 1));
    expect(seen).toEqual({ probes: 0, calls: 0 });
  });

  test('of maintenance', async () => {
    const page = await call({ currentLevel: 3 }, FULL);
    expect(page.answer).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '60' } });
    expect(page.served).toEqual([told('3', 0, 0, 0)]);
    expect(page.seen).toEqual({ probes: 1, calls: 0 });
    expect(page.item).toMatchObject({ successCount: 1 });
    const maintenance = { statusCode: 503, body: 'back soon' };
    const own = await call({ currentLevel: 3 }, FULL, { maintenance });
    expect(own.answer).toEqual(headed(maintenance, 3));
  });

  test('of an operator, of what its user judges, and of what is open', async () => {
    const past = await call({ currentLevel: 3 }, FULL, {}, { bypass: () => true });
    expect(past.answer).toEqual(headed(FULL, 1));
    const judged = await call({}, FULL, {}, { outcomeOf: () => 'error' });
    expect(judged.served).toEqual([told('1', 0, 1, 11)]);
    const unsafe = await call(SHIELD, DOWN, {}, { isSafe: () => false });
    expect(unsafe.answer).toEqual(headed(LESS, 2, SHIELDED));
    const alone = await call({ shield: 'safe' }, DOWN, {}, { isSafe: () => false });
    expect(alone.answer).toBe(DOWN);
  });
});
