/** The slots of a window: how their attributes are named, what is looked at, and what goes. */
import { describe, expect, test } from 'vitest';
import { production } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState, type Slot } from '../../lib/level/state.ts';
import {
  counted,
  readSlotName,
  slotNamesAround,
  staleNames,
  trailing,
} from '../../lib/level/window.ts';
import { moveLevel, reset } from '../../lib/level/writes.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const NOW = AT_MS / 1_000;

const full = (number: number): Slot => {
  return { number, errors: 1, successes: 2, weight: 3, firstMs: number * 1_000 };
};
const rowOf = (...slots: Slot[]): LevelState => ({ ...INITIAL_STATE, slots });
const named = (letters: string, number: number) =>
  letters.split('').map((letter) => `${letter}${number.toString(36)}`);

describe('the name of a slot', () => {
  test.each([
    ['E1', ['E', 1]],
    ['Oz', ['O', 35]],
    ['W10', ['W', 36]],
    ['F00000000', ['F', 0]],
  ])('%s is read', (name, read) => {
    expect(readSlotName(name)).toEqual(read);
  });

  test.each(['E', 'PK', 'E123456789', 'E12 ', 'E1-2', 'X1', 'epoch', 'xE1'])(
    '%s is none',
    (name) => {
      expect(readSlotName(name)).toBeNull();
    },
  );
});

test('a row without slots has counted nothing', () => {
  expect(counted(rowOf(), production, AT_MS)).toEqual({ errors: 0, requests: 0 });
});

test('the whole window is counted, and no more', () => {
  const row = rowOf(full(NOW), full(NOW - 9), full(NOW - 10));
  expect(counted(row, production, AT_MS)).toEqual({ errors: 2, requests: 6 });
});

test('so is each part of it that ends now', () => {
  const parts = trailing(rowOf(full(NOW - 1)), production, AT_MS);
  expect(parts.map(({ requests }) => requests)).toEqual([0, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
});

describe('what nobody looks at any more goes', () => {
  test.each([
    ['of the slot that is now: nothing', NOW, ''],
    ['of the one before: nothing, by which the share is set', NOW - 1, ''],
    ['of an older one: what the share is measured by', NOW - 2, 'WF'],
    ['of the oldest of the window: the same', NOW - 9, 'WF'],
    ['of one beyond it: all', NOW - 10, 'EOWF'],
    ['of the next one, by a clock that is ahead: nothing', NOW + 1, ''],
    ['of one of another time: all', NOW + 2, 'EOWF'],
  ])('%s', (_title, number, letters) => {
    expect(staleNames(rowOf(full(number)), production, AT_MS)).toEqual(named(letters, number));
  });

  test('but what is not there', () => {
    const empty = { number: NOW - 20, errors: 0, successes: 0 };
    expect(staleNames(rowOf(empty), production, AT_MS)).toEqual([]);
  });
});

test('what may be counted beside is named for the window, and two slots ahead', () => {
  const names = slotNamesAround(production, AT_MS);
  const expected = Array.from({ length: 12 }, (_, index) => named('EO', NOW + 2 - index)).flat();
  expect(names.toSorted()).toEqual(expected.toSorted());
});

describe('a write that begins a level', () => {
  const dwelling = { ...INITIAL_STATE, currentLevel: 2, epoch: 3 } as const;

  test('remembers a climb to level 1, where a dwell depends on it, and no other move', () => {
    const climb = { to: 1, reason: 'ramp' } as const;
    const fall = { to: 3, reason: 'error-rate' } as const;
    expect(moveLevel(dwelling, climb, production, AT_MS).set).toMatchObject({ climbedAtMs: AT_MS });
    expect(moveLevel(dwelling, fall, production, AT_MS).set).not.toHaveProperty('climbedAtMs');
    const without = { ...production, dwellMs: 0 };
    expect(moveLevel(dwelling, climb, without, AT_MS).set).not.toHaveProperty('climbedAtMs');
  });

  test('holds a row that can be read to its time, and heals one that cannot whenever it was written', () => {
    const fence = { kind: 'as-read', currentLevel: 2, epoch: 3 } as const;
    const good = { state: dwelling, fence, malformed: [] };
    expect(reset(good, {}, production, AT_MS).expect).toEqual({
      ...fence,
      updatedBy: '2026-01-02T03:04:07.000Z',
    });
    const bad = { ...good, malformed: ['lastUpdated'] };
    expect(reset(bad, {}, production, AT_MS).expect).toEqual(fence);
    expect(reset(good, {}, production, AT_MS).remove).not.toContain('policy');
  });
});
