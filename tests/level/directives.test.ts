/** The words that the workflow acts on: those of a policy, and those that a row has of its own. */
import { describe, expect, test } from 'vitest';
import { directivesOf, ownDirectives } from '../../lib/level/directives.ts';
import { FACE_OF, isLevel, LEVEL_OF } from '../../lib/level/level.ts';
import { classic, production, UPSTREAM_PRESET, type Policy } from '../../lib/level/policy.ts';
import { INITIAL_STATE, isMap } from '../../lib/level/state.ts';

const policy: Policy = {
  ...production,
  slowAfterMs: 900,
  countStatuses: [408, 429],
  exerciseDegradedPercent: 25,
};

describe('the words', () => {
  test('of a policy', () => {
    expect(directivesOf(policy)).toEqual({
      judge: 'rate',
      shield: 'safe',
      slowAfterMs: 900,
      countStatuses: '[408,429]',
      exerciseBelow: '40000000',
      rampBelow: '0ccccccc',
      probeIntervalMs: 5_000,
    });
    expect(directivesOf(classic)).toEqual({
      judge: 'counts',
      shield: 'off',
      slowAfterMs: 0,
      countStatuses: '[]',
      exerciseBelow: '0',
      rampBelow: '0',
      probeIntervalMs: 0,
    });
  });

  test.each([
    ['judge', { judge: 'rate' }],
    ['shield', { shield: 'safe' }],
    ['slowAfterMs', { slowAfterMs: 900 }],
    ['countStatuses', { countStatuses: '[408,429]' }],
    ['exerciseDegradedPercent', { exerciseBelow: '40000000' }],
    ['ramp', {}],
  ])('of a row that overrides %s alone', (field, words) => {
    expect(ownDirectives(policy, { [field]: 1 })).toEqual(words);
  });
});

test.each([
  [1, true],
  [2, true],
  [3, true],
  [0, false],
  [4, false],
  ['1', false],
  [undefined, false],
])('%j is a level: %s', (value, is) => {
  expect(isLevel(value)).toBe(is);
});

test('what stands for what is not said', () => {
  expect(UPSTREAM_PRESET).toBe('production');
  expect(INITIAL_STATE).toEqual({
    currentLevel: 1,
    errorCount: 0,
    successCount: 0,
    epoch: 0,
    lastUpdated: null,
    lastTransition: null,
    transitionReason: null,
    history: [],
    slots: [],
  });
});

test('faces and levels say the same', () => {
  expect(Object.values(FACE_OF).map((face) => LEVEL_OF[face])).toEqual([1, 2, 3]);
  expect(FACE_OF).toEqual({ 1: 'full', 2: 'degraded', 3: 'maintenance' });
});

test.each<[unknown, boolean]>([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [new Set(), false],
  [null, false],
  [undefined, false],
  ['text', false],
  [() => {}, false],
])('%o is a map: %s', (value, is) => {
  expect(isMap(value)).toBe(is);
});
