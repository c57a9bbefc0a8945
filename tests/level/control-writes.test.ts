/** The writes of operators as data: what each sets and takes away, and what they leave of who was there before. */
import { describe, expect, test } from 'vitest';
import { classic, production } from '../../lib/level/policy.ts';
import type { LevelState, Said } from '../../lib/level/state.ts';
import {
  changePolicy,
  expireOverride,
  markNotified,
  pin,
  release,
  reset,
  type ReadRow,
} from '../../lib/level/writes.ts';
import { AT_MS, NAME, rowAt } from './rows.ts';

const NOW = '2026-01-02T03:04:05.000Z';
const FENCE = { kind: 'as-read', currentLevel: 2, epoch: 7 } as const;

const readAs = (more: Partial<LevelState> = {}, malformed: readonly string[] = []): ReadRow => ({
  state: rowAt(2, more),
  fence: FENCE,
  malformed,
});

/** What every change says of itself. */
const markOf = (changedBy: string, transitionReason = changedBy) => ({
  epoch: 8,
  lastUpdated: NOW,
  lastTransition: NOW,
  transitionReason,
  changedFrom: 2,
  changedBy,
});

describe('a release', () => {
  test('takes the override, and leaves the level and what was counted', () => {
    expect(release(readAs(), {}, AT_MS)).toEqual({
      expect: FENCE,
      set: markOf('release'),
      remove: ['history', 'override'],
    });
  });

  test.each<[string, Partial<LevelState>, Said, object, string[]]>([
    ['a note', {}, { note: 'over' }, { transitionReason: 'over' }, []],
    ['a note of nothing', {}, { note: '' }, {}, []],
    ['who it was', {}, { by: 'ana' }, { by: 'ana' }, []],
    ['who it was, after another', { by: 'bob' }, { by: 'ana' }, { by: 'ana' }, []],
    ['nobody, after another', { by: 'bob' }, {}, {}, ['by']],
    ['since when the level is', { levelSince: 'then' }, {}, { levelSince: 'then' }, []],
    ['the time of the change before', { lastTransition: 'then' }, {}, { levelSince: 'then' }, []],
  ])('says %s', (_what, row, said, set, gone) => {
    const write = release(readAs(row), said, AT_MS);
    expect(write.set).toEqual({ ...markOf('release'), ...set });
    expect(write.remove).toEqual(['history', ...gone, 'override']);
  });
});

test('an override that has run out goes under the fence of evidence', () => {
  expect(expireOverride(rowAt(2), AT_MS)).toEqual({
    expect: { kind: 'evidence', level: 2, epoch: 7, atMs: AT_MS, evidence: [] },
    set: markOf('override-expired'),
    remove: ['history', 'override'],
  });
});

test('a mark of an announcement begins no epoch', () => {
  expect(markNotified(4)).toEqual({
    expect: { kind: 'not-notified', epoch: 4 },
    set: { notifiedEpoch: 4 },
  });
});

test('a pin of another level forgets since when the old one was, and replaces who was there', () => {
  const row = readAs({ by: 'bob', levelSince: 'then', lastTransition: 'then' });
  const override = { reason: 'drill' };
  expect(pin(row, { level: 3, override, by: 'ana' }, classic, AT_MS)).toEqual({
    expect: FENCE,
    set: {
      currentLevel: 3,
      errorCount: 10,
      successCount: 0,
      ...markOf('pin', 'drill'),
      by: 'ana',
      override,
    },
    remove: ['history', 'levelSince'],
  });
});

const COUNTS = { currentLevel: 2, errorCount: 5, successCount: 0 };
const WORDS = ['judge', 'shield', 'slowAfterMs', 'countStatuses', 'exerciseBelow'];

describe('a change of policy', () => {
  const change = (overrides: Readonly<Record<string, unknown>>, row = readAs()) =>
    changePolicy(row, overrides, { ...classic, ...overrides }, { by: 'ana' }, AT_MS);

  test('says what it overrides, and the words of that alone', () => {
    const { set, remove } = change({ shield: 'all' });
    expect(set).toEqual({
      ...COUNTS,
      ...markOf('policy'),
      by: 'ana',
      policy: { shield: 'all' },
      shield: 'all',
    });
    expect(remove).toEqual(expect.arrayContaining(WORDS.filter((word) => word !== 'shield')));
    expect(remove).not.toContain('shield');
    expect(remove).not.toContain('policy');
  });

  test('of nothing takes away what was overridden', () => {
    const { set, remove = [] } = change({}, readAs({ policy: { ramp: [] } }));
    expect(set).toEqual({ ...COUNTS, ...markOf('policy'), by: 'ana' });
    expect(remove).toEqual(expect.arrayContaining([...WORDS, 'policy', 'okMs', 'dwellMs']));
    expect(new Set(remove).size).toBe(remove.length);
  });

  test('begins the level by what the row then overrides', () => {
    expect(change({ ramp: [] }).set).toMatchObject({ rampBelow: '0' });
    expect(change({}, readAs({ policy: { ramp: [] } })).set).not.toHaveProperty('rampBelow');
  });

  test('takes away what others count beside it', () => {
    const write = changePolicy(readAs(), {}, production, {}, AT_MS);
    expect(write.remove).toContain(`E${NAME}`);
    expect(write.expect).toEqual({ ...FENCE, updatedBy: '2026-01-02T03:04:07.000Z' });
  });
});

describe('a reset', () => {
  const resetOf = (row: ReadRow) => reset(row, { note: 'again' }, classic, AT_MS);

  test('begins level 1 with nothing of before', () => {
    const { set, remove = [] } = resetOf(readAs({ okMs: 9, policy: { ramp: [] } }, ['run']));
    expect(set).toEqual({
      currentLevel: 1,
      errorCount: 0,
      successCount: 0,
      ...markOf('reset', 'again'),
    });
    expect(remove).toEqual(
      expect.arrayContaining(['history', 'run', 'okMs', 'dwellMs', 'sampleBelow', 'override']),
    );
    expect(remove).not.toContain('policy');
    expect(new Set(remove).size).toBe(remove.length);
  });

  test('takes away a policy that is none, and no attribute that it sets', () => {
    expect(resetOf(readAs({ policy: 'classic' })).remove).toContain('policy');
    const { set, remove = [] } = resetOf(readAs({}, ['epoch', 'lastUpdated', 'slots']));
    expect(remove.filter((name) => name in set)).toEqual([]);
    expect(remove).toContain('slots');
  });

  test('takes away nothing else of a row that has no policy', () => {
    const names = resetOf(readAs()).remove ?? [];
    expect(names.filter((name) => !/^[a-z]+[A-Za-z]*$/.test(name))).toEqual([]);
  });
});
