/** Understanding a row: absent attributes have defaults, malformed ones are named, none is fatal. */
import { NumberValue } from '@aws-sdk/lib-dynamodb';
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
    expect(stateOf('x', { ...state, PK: 'x', extra: 1 })).toEqual({ ...state, slots: [] });
  });

  test('an override needs no reason and no end', () => {
    expect(stateOf('x', { override: {} }).override).toEqual({ reason: '' });
  });

  test.each([
    ['null', null],
    ['a word', 'x'],
    ['nothing in it', {}],
    ['a negative epoch', { ...change, epoch: -1 }],
    ['a level that does not exist', { ...change, to: 4 }],
    ['a time in words', { ...change, at: 'now' }],
    ['a time on no day', { ...change, at: '2026-13-01T00:00:00.000Z' }],
    ['a date without a time', { ...change, at: '2026-01-01' }],
    ['a time that goes on', { ...change, at: `${EARLIER} or so` }],
    ['a reason of 25 characters', { ...change, reason: 'r'.repeat(25) }],
  ])('a change that is %s is left out of the history', (_title, other) => {
    expect(stateOf('x', { history: [other, change, other] }).history).toEqual([change]);
  });

  test.each(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z'])('a change at %s is kept', (at) => {
    const kept = { ...change, at, reason: 'r'.repeat(24) };
    expect(stateOf('x', { history: [kept] }).history).toEqual([kept]);
  });

  test('a history that is no list is empty', () => {
    expect(stateOf('x', { history: 'none' }).history).toEqual([]);
  });

  test('of a history that is too long, the last changes are kept', () => {
    const history = Array.from({ length: 20 }, (_, index) => ({ ...change, epoch: index }));
    expect(stateOf('x', { history }).history).toEqual(history.slice(-8));
  });

  test.each([['bank'], [null], [[3, 6]], [7], [new Set(['errorsToDegrade'])]])(
    'a policy that is no map (%o) is kept as it is, for the validation to refuse',
    (policy) => {
      expect(stateOf('x', { policy }).policy).toBe(policy);
    },
  );

  test.each([0, Number.MAX_SAFE_INTEGER])('an override may end at %i', (untilMs) => {
    expect(stateOf('x', { override: { untilMs } }).override).toEqual({ reason: '', untilMs });
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
  ...[0.5, -1, 2 ** 53].map((untilMs): [string, Item, string] => [
    `an override that ends at ${untilMs}`,
    { override: { untilMs } },
    `override.untilMs must be epoch milliseconds, got ${untilMs}`,
  ]),
  [
    'a number that no double holds',
    { epoch: NumberValue.from('9007199254740993') },
    'epoch must be an integer from 0, got 9007199254740993',
  ],
  [
    'a number of many digits',
    { epoch: NumberValue.from(`1${'0'.repeat(125)}`) },
    `epoch must be an integer from 0, got 1${'0'.repeat(39)}…`,
  ],
  ['a set', { currentLevel: new Set([1, 2]) }, 'currentLevel must be 1, 2 or 3, got [object Set]'],
  ['bytes', { currentLevel: Uint8Array.of(1, 2) }, 'currentLevel must be 1, 2 or 3, got 1,2'],
  ['a long text', { override: 'x'.repeat(99) }, `override must be a map, got "${'x'.repeat(39)}…`],
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

  test('an epoch that is malformed goes on from the last of a history that is too long', () => {
    const history = [9, 1, 2, 3, 4, 5, 6, 7, 8].map((epoch) => ({ ...change, epoch }));
    expect(parseRow({ epoch: 'nine', history }).state.epoch).toBe(9);
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
