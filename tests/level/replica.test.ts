/** When a replica is behind its row, and when it has to be careful: at the bounds of each rule. */
import { describe, expect, test } from 'vitest';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import { isBehind, writeReplica } from '../../lib/level/replica.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { AT_MS, rowAt } from './rows.ts';

describe('who acts by a row of before is behind', () => {
  // Under production a watch lasts 20 s, and a share 30 s.
  test.each<[string, Partial<LevelState>, Partial<LevelState>, Policy, boolean]>([
    ['not where nothing changed', {}, {}, production, false],
    ['where a watch has begun', {}, { watchUntilMs: AT_MS + 1 }, production, true],
    ['not of one that is over', {}, { watchUntilMs: AT_MS }, production, false],
    [
      'where half of one is over',
      { watchUntilMs: AT_MS + 10_000 },
      { watchUntilMs: AT_MS + 15_000 },
      production,
      true,
    ],
    [
      'not before',
      { watchUntilMs: AT_MS + 10_001 },
      { watchUntilMs: AT_MS + 15_000 },
      production,
      false,
    ],
    [
      'where half of a share is over',
      { sampleUntilMs: AT_MS + 15_000 },
      { sampleUntilMs: AT_MS + 20_000 },
      production,
      true,
    ],
    [
      'not where its end went back',
      { sampleUntilMs: AT_MS + 2 },
      { sampleUntilMs: AT_MS + 1 },
      production,
      false,
    ],
    ['by a first error that is counted', {}, { errorCount: 1 }, classic, true],
    ['not by a second one', { errorCount: 1 }, { errorCount: 2 }, classic, false],
    ['where all were cleared', { errorCount: 1 }, {}, classic, true],
    ['not by what a rate does not count', {}, { errorCount: 1 }, production, false],
    ['by another step', { rampBelow: 'g' }, { rampBelow: '0' }, production, true],
  ])('%s', (_what, seen, row, policy, is) => {
    expect(isBehind(rowAt(1, seen), rowAt(1, row), policy, AT_MS)).toBe(is);
  });
});

test.each([
  ['before its row is watched', production, {}, 0],
  ['as soon as its watch is over', production, { watchUntilMs: AT_MS + 1 }, AT_MS + 1],
  ['never where counts decide', classic, { watchUntilMs: AT_MS }, undefined],
])('a replica is careful %s', (_when, policy, row, cautionFromMs) => {
  const { set } = writeReplica(rowAt(1, row), policy, AT_MS);
  expect(set['cautionFromMs']).toBe(cautionFromMs);
});
