/** The ladder's middleware by itself: what it answers in place of the handler, what it leaves, and what is counted. */
import { describe, expect, test } from 'vitest';
import type { Item } from '../../lib/store/level-store.ts';
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

describe('the full face', () => {
  test.each<[string, Item, Faces, Answer | Error, object, string[], number]>([
    ['that succeeds', {}, {}, FULL, headed(FULL, 1), [told('1', 1, 0, 11)], 0],
    ['that fails', {}, {}, FAILED, headed(FAILED, 1), [told('1', 0, 1, 11)], 1],
    [
      'that fails, with another in its place',
      SHIELD,
      {},
      FAILED,
      headed(LESS, 2, SHIELDED),
      [told('1', 0, 1, 11), told('shield', 1, 0, 7)],
      1,
    ],
    [
      'that throws, with another in its place',
      SHIELD,
      {},
      DOWN,
      headed(LESS, 2, SHIELDED),
      [told('1', 0, 1, 11), told('shield', 1, 0, 7)],
      1,
    ],
    [
      'that fails, and no better one in its place',
      SHIELD,
      { degraded: FAILED },
      { ...FAILED, body: 'own' },
      headed({ ...FAILED, body: 'own' }, 1),
      [told('1', 0, 1, 11), told('shield', 0, 1, 7)],
      1,
    ],
    [
      'that fails, and one that throws',
      SHIELD,
      { degraded: DOWN },
      FAILED,
      headed(FAILED, 1),
      [told('1', 0, 1, 11), told('shield', 0, 1, 7)],
      1,
    ],
    [
      'that rejects its input, in whose place nobody serves',
      SHIELD,
      {},
      { statusCode: 400, body: '' },
      headed({ statusCode: 400, body: '' }, 1),
      [told('1', 0, 0, 11)],
      0,
    ],
  ])('%s', async (_what, row, faces, full, answer, served, errors) => {
    const { run, telemetry, item } = given(row, faces);
    expect(await run(full)).toEqual(answer);
    expect(telemetry.served).toEqual(served);
    expect((await item())['errorCount'] ?? 0).toBe(errors);
  });

  test.each<[string, Item, Error, number]>([
    ['counts', {}, DOWN, 1],
    ['counts where nothing better stands in its place', { shield: 'all' }, DOWN, 1],
    ['shows nothing by its status', {}, Object.assign(new Error('no'), { status: 404 }), 0],
  ])('what it throws is thrown, and %s', async (_what, row, error, errors) => {
    const { run, item } = given(row, { degraded: DOWN });
    await expect(run(error)).rejects.toBe(error);
    expect((await item())['errorCount'] ?? 0).toBe(errors);
  });

  test('is heard of once, and of no request that did not begin', async () => {
    const { levels, request, telemetry, run } = given();
    expect(await levels.onError({ ...request, error: DOWN })).toBeUndefined();
    await levels.after({ ...request, response: FULL });
    expect(telemetry.served).toEqual([]);
    await run(FULL);
    await levels.after(request);
    expect(telemetry.served).toHaveLength(1);
  });
});

describe('the degraded face', () => {
  test('serves at level 2', async () => {
    const { run, telemetry } = given({ currentLevel: 2 });
    expect(await run(FULL)).toEqual(headed(LESS, 2));
    expect(telemetry.served).toEqual([told('2', 1, 0, 7)]);
  });

  test('that fails there is an error of its own', async () => {
    const { run, item, telemetry } = given({ currentLevel: 2 }, { degraded: DOWN });
    await expect(run(FULL)).rejects.toBe(DOWN);
    expect(await item()).toMatchObject({ errorCount: 1 });
    expect(telemetry.served).toEqual([told('2', 0, 1, 7)]);
    const failed = given({ currentLevel: 2 }, { degraded: FAILED });
    expect(await failed.run(FULL)).toEqual(headed(FAILED, 2));
  });

  test.each<[string, Answer | Error, Answer, object, string[]]>([
    ['serves in an exercise', LESS, FULL, headed(LESS, 2), [told('exercise', 1, 0, 7)]],
    [
      'leaves the full one where it fails',
      FAILED,
      FULL,
      headed(FULL, 1, SHIELDED),
      [told('exercise', 0, 1, 7), told('exercise', 1, 0, 11)],
    ],
    [
      'leaves it where it throws',
      DOWN,
      FULL,
      headed(FULL, 1, SHIELDED),
      [told('exercise', 0, 1, 7), told('exercise', 1, 0, 11)],
    ],
    [
      'leaves it where it knows nothing',
      { statusCode: 404, body: '' },
      FULL,
      headed(FULL, 1, SHIELDED),
      [told('exercise', 0, 0, 7), told('exercise', 1, 0, 11)],
    ],
    [
      'leaves it where it fails itself, which is no evidence',
      FAILED,
      { ...FAILED, body: 'own' },
      headed({ ...FAILED, body: 'own' }, 1, SHIELDED),
      [told('exercise', 0, 1, 7), told('exercise', 0, 1, 11)],
    ],
  ])('%s', async (_what, degraded, full, answer, served) => {
    const { run, item, telemetry } = given({ exerciseBelow: 'g' }, { degraded });
    expect(await run(full)).toEqual(answer);
    expect(telemetry.served).toEqual(served);
    expect(await item()).not.toHaveProperty('errorCount');
  });

  test('was only exercised: what the full one throws is thrown, and is no evidence', async () => {
    const { run, item, telemetry, seen } = given({ exerciseBelow: 'g' }, { degraded: FAILED });
    await expect(run(DOWN)).rejects.toBe(DOWN);
    expect(telemetry.served).toEqual([told('exercise', 0, 1, 7), told('exercise', 0, 1, 11)]);
    expect(await item()).not.toHaveProperty('errorCount');
    expect(seen()).toEqual({ probes: 0, calls: 1 });
  });

  test('was only exercised: how long the full one took then is no evidence either', async () => {
    const row = { exerciseBelow: 'g', slowAfterMs: 9 };
    const { run, telemetry, item } = given(row, { degraded: FAILED });
    await run(FULL);
    expect(telemetry.served).toEqual([told('exercise', 0, 1, 7), told('exercise', 1, 0, 11)]);
    expect(await item()).not.toHaveProperty('errorCount');
  });

  test('of what is not safe stands by its exercise', async () => {
    const options = { isSafe: () => false };
    const { run } = given({ exerciseBelow: 'g' }, { degraded: FAILED }, options);
    expect(await run(FULL)).toEqual(headed(FAILED, 2));
    const thrown = given({ exerciseBelow: 'g' }, { degraded: DOWN }, options);
    await expect(thrown.run(FULL)).rejects.toBe(DOWN);
  });
});

describe('maintenance', () => {
  test('is the page, beside a probe', async () => {
    const { run, seen, telemetry, item } = given({ currentLevel: 3 });
    expect(await run(FULL)).toMatchObject({
      statusCode: 503,
      headers: { 'X-Service-Level': '3', 'Retry-After': '60' },
    });
    expect(seen()).toEqual({ probes: 1, calls: 0 });
    expect(telemetry.served).toEqual([told('3', 0, 0, 0)]);
    expect(await item()).toMatchObject({ successCount: 1 });
  });

  test('is a face of its own', async () => {
    const maintenance = { statusCode: 503, body: 'back soon' };
    const { run } = given({ currentLevel: 3 }, { maintenance });
    expect(await run(FULL)).toEqual(headed(maintenance, 3));
  });
});

test('an operator passes, and what is open says so', async () => {
  const past = given({ currentLevel: 3 }, {}, { bypass: () => true });
  expect(await past.run(FULL)).toEqual(headed(FULL, 1));
  const open = given();
  open.common.store.fails = { read: DOWN };
  expect(await open.run(FULL)).toEqual(headed(FULL, 1, { 'X-Service-Fail-Open': 'true' }));
});
