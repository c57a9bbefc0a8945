/** Understanding a row: absent attributes have defaults, malformed ones are named, none is fatal. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INITIAL_STATE } from '../../lib/level/state.ts';
import { RowMalformedError } from '../../lib/store/errors.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { parseRow, stateOf } from '../../lib/store/row.ts';
import { EARLIER, NOW, NOW_MS } from './steps.ts';

const change = { epoch: 4, from: 1, to: 2, at: EARLIER, reason: 'errors' };

describe('a good row', () => {
  test.each([
    ['a missing one', undefined],
    ['an empty one', {}],
    ['one with only its key', { PK: 'SYSTEM_STATE' }],
  ])('%s is the initial state', (_title, item) => {
    expect(parseRow(item)).toMatchObject({ state: INITIAL_STATE, problems: [] });
  });

  test('a minimal one has defaults for the rest', () => {
    const item = { PK: 'x', currentLevel: 2, errorCount: 7, lastUpdated: EARLIER };
    const state = { ...INITIAL_STATE, currentLevel: 2, errorCount: 7, lastUpdated: EARLIER };
    expect(stateOf('x', item)).toEqual(state);
  });

  test('a full one is taken as it stands, foreign attributes left out', () => {
    const state = {
      currentLevel: 3,
      errorCount: 10,
      successCount: 2,
      epoch: 4,
      lastUpdated: NOW,
      lastTransition: EARLIER,
      transitionReason: 'errors',
      history: [change],
      override: { reason: 'drill', untilMs: NOW_MS },
      policy: { successesToFull: 3, unknown: true },
    };
    expect(stateOf('x', { ...state, PK: 'x', extra: 1 })).toEqual(state);
  });

  test('an override needs no reason and no end', () => {
    expect(stateOf('x', { override: {} }).override).toEqual({ reason: '' });
  });

  test('changes that cannot be read are left out of the history', () => {
    const history = [null, 'x', { ...change, epoch: -1 }, { ...change, to: 4 }, change, {}];
    expect(stateOf('x', { history }).history).toEqual([change]);
    expect(stateOf('x', { history: 'none' }).history).toEqual([]);
  });
});

const MALFORMED: [string, Item, string][] = [
  ['a level that does not exist', { currentLevel: 4 }, 'currentLevel must be 1, 2 or 3, got 4'],
  ['a level in words', { currentLevel: '1' }, 'currentLevel must be 1, 2 or 3, got "1"'],
  ['a broken count', { errorCount: 0.5 }, 'errorCount must be an integer from 0, got 0.5'],
  ['a negative count', { successCount: -1 }, 'successCount must be an integer from 0, got -1'],
  [
    'an epoch past the safe integers',
    { epoch: 2 ** 53 },
    `epoch must be an integer from 0, got ${2 ** 53}`,
  ],
  ['an epoch that is null', { epoch: null }, 'epoch must be an integer from 0, got null'],
  ['an override that is no map', { override: [] }, 'override must be a map, got []'],
  [
    'an override whose end is no number',
    { override: { untilMs: NOW } },
    `override.untilMs must be epoch milliseconds, got "${NOW}"`,
  ],
];

describe('a malformed row', () => {
  test.each(MALFORMED)('%s is named, and how to heal it', (_title, item, problem) => {
    expect(parseRow(item).problems).toEqual([problem]);
    expect(() => stateOf('SYSTEM_STATE', item)).toThrow(RowMalformedError);
    const message = `row SYSTEM_STATE is malformed (${problem}); POST /circuit-breaker/reset heals it`;
    expect(() => stateOf('SYSTEM_STATE', item)).toThrow(message);
  });

  test('keeps what was read, so that a reset can be fenced by it', () => {
    const { fence } = parseRow({ currentLevel: 'two', epoch: [4] });
    expect(fence).toEqual({ kind: 'as-read', currentLevel: 'two', epoch: [4] });
  });

  test('a level that is null is named: no outcome meets its fence', () => {
    expect(parseRow({ currentLevel: null }).problems).toHaveLength(1);
  });
});

test('whatever an item says, it is understood or named, and its state is a good one', () => {
  const names = ['currentLevel', 'errorCount', 'epoch', 'history', 'override', 'policy'] as const;
  const values = Object.fromEntries(names.map((name) => [name, fc.anything()]));
  const property = fc.property(fc.record(values, { requiredKeys: [] }), (item) => {
    const { state } = parseRow(item);
    expect([1, 2, 3]).toContain(state.currentLevel);
    for (const count of [state.errorCount, state.successCount, state.epoch]) {
      expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    }
  });
  fc.assert(property, { numRuns: 1_000, seed: 20_260_102 });
});
