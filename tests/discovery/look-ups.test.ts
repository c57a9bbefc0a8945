/** The cache of look-ups: how often it asks, when it asks ahead, and what it tells when nobody answers. */
import { expect, test } from 'vitest';
import { LookUps } from '../../lib/discovery/look-ups.ts';
import { givenClock } from './given.ts';

function givenLookUps(ttlMs = 10_000, limit = 10) {
  const clock = givenClock();
  const lookUps = new LookUps<string>({ ttlMs: () => ttlMs, limit, clock: clock.read });
  const asked: string[] = [];
  let answer: () => Promise<string> = async () => 'found';
  const get = (key = 'key') =>
    lookUps.get(key, () => {
      asked.push(key);
      return answer();
    });
  return { clock, asked, get, answers: (next: typeof answer) => (answer = next) };
}

test('10,000 look-ups, all at once and over a second, ask once', async () => {
  const { clock, asked, get } = givenLookUps();
  const found = await Promise.all(Array.from({ length: 5_000 }, () => get()));
  expect(new Set(found)).toEqual(new Set(['found']));
  for (let at = 0; at < 5_000; at += 1) {
    clock.atMs += 0.2;
    await get();
  }
  expect(asked).toHaveLength(1);
});

test('it asks ahead from four fifths of its time on, and tells what it has meanwhile', async () => {
  const { clock, asked, get, answers } = givenLookUps();
  await get();
  clock.atMs += 7_999;
  await get();
  expect(asked).toHaveLength(1);
  const late = Promise.withResolvers<string>();
  answers(() => late.promise);
  clock.atMs += 1;
  expect(await Promise.all([get(), get()])).toEqual(['found', 'found']);
  expect(asked).toHaveLength(2);
  late.resolve('anew');
  await late.promise;
  expect(await get()).toBe('anew');
});

test('after its time it waits for the answer, and takes the old one where there is none', async () => {
  const { clock, asked, get, answers } = givenLookUps();
  await get();
  clock.atMs += 10_000;
  answers(async () => 'anew');
  expect(await get()).toBe('anew');
  clock.atMs += 3_600_000;
  answers(() => Promise.reject(new Error('throttled')));
  expect(await Promise.all([get(), get()])).toEqual(['anew', 'anew']);
  expect(asked).toHaveLength(3);
});

test('who does not answer is asked again after 1 s, 2 s, 4 s, at most 30 s', async () => {
  const { clock, asked, get, answers } = givenLookUps();
  answers(() => Promise.reject(new Error('down')));
  const pauses = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  await expect(get()).rejects.toThrow('down');
  for (const [index, pauseMs] of pauses.entries()) {
    clock.atMs += pauseMs - 1;
    await expect(get()).rejects.toThrow('down');
    expect(asked).toHaveLength(index + 1);
    clock.atMs += 1;
    await expect(get()).rejects.toThrow('down');
    expect(asked).toHaveLength(index + 2);
  }
  clock.atMs += 30_000;
  answers(async () => 'up');
  expect(await get()).toBe('up');
});

test('it holds so many keys, the ones that were used last', async () => {
  const { asked, get } = givenLookUps(10_000, 2);
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key);
  expect(asked).toEqual(['a', 'b', 'c', 'b']);
});
