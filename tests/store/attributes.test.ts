/** The attributes of a row one by one: what each may be, what a wrong one is called, and what is left out in silence. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { INITIAL_STATE } from '../../lib/level/state.ts';
import { exactNumber } from '../../lib/store/dynamo-client.ts';
import { historyKeyOf, stateKeyOf, type Item } from '../../lib/store/level-store.ts';
import { OPTIONAL_ATTRIBUTES } from '../../lib/store/row-optionals.ts';
import { isChange, parseRow, stateOf } from '../../lib/store/row.ts';
import { seenRow } from '../../lib/store/seen-row.ts';
import { shortened, shown } from '../../lib/store/shown.ts';
import { EARLIER, NOW } from './steps.ts';

const problemsOf = (item: Item) => parseRow(item).problems;

describe('an optional attribute', () => {
  const TEXTS: Record<string, readonly [good: string[], bad: unknown[], form: string]> = {
    judge: [['counts', 'rate'], ['xrate', 'ratex', 7], '/^(?:counts|rate)$/'],
    shield: [['off', 'safe', 'all'], ['xall', 'allx', 7], '/^(?:off|safe|all)$/'],
    countStatuses: [
      ['[]', '[429]', '[429,408]'],
      ['[42]', '[4290]', '[429,]', 'x[]', '[]x', 7],
      String.raw`/^\[(?:\d{3}(?:,\d{3})*)?\]$/`,
    ],
    ...Object.fromEntries(
      ['exerciseBelow', 'sampleBelow', 'rampBelow'].map((name) => [
        name,
        [
          ['0', 'g', '0ccccccc'],
          ['00', 'gg', '0cccccc', '0ccccccc0', 'x0', '0x', 0],
          '/^(?:[0-9a-f]{8}|0|g)$/',
        ],
      ]),
    ),
  };
  const NUMBERS = OPTIONAL_ATTRIBUTES.filter((name) => !(name in TEXTS));

  test('is a number from 0, or named', () => {
    expect(NUMBERS.length).toBeGreaterThan(20);
    for (const name of NUMBERS) {
      for (const good of [0, 7]) expect(stateOf('x', { [name]: good })).toHaveProperty(name, good);
      for (const bad of [-1, 0.5, '7', null]) {
        const words = `${name} must be an integer from 0, got ${JSON.stringify(bad)}`;
        expect(problemsOf({ [name]: bad })).toEqual([words]);
        expect(parseRow({ [name]: bad }).state).not.toHaveProperty(name);
      }
    }
  });

  test.each(Object.entries(TEXTS))(
    '%s is a word of its form, or named',
    (name, [good, bad, form]) => {
      for (const each of good) expect(stateOf('x', { [name]: each })).toHaveProperty(name, each);
      for (const each of bad) {
        const words = `${name} must match ${form}, got ${JSON.stringify(each)}`;
        expect(problemsOf({ [name]: each })).toEqual([words]);
      }
    },
  );

  test('that is not there is nothing', () => {
    expect(parseRow({}).state).toEqual(INITIAL_STATE);
    expect(problemsOf({})).toEqual([]);
  });
});

describe('a slot', () => {
  test('is of its four attributes, in the order of time', () => {
    const item = { E2: 1, O2: 2, W2: 3, F2: 4, O1: 5, Ez: 6 };
    expect(stateOf('x', item).slots).toEqual([
      { number: 1, errors: 0, successes: 5 },
      { number: 2, errors: 1, successes: 2, weight: 3, firstMs: 4 },
      { number: 35, errors: 6, successes: 0 },
    ]);
  });

  test.each([-1, 0.5, '1'])('that counts %j is named', (value) => {
    const { problems, state } = parseRow({ E1: value, O1: 0 });
    expect(problems).toEqual([`E1 must be an integer from 0, got ${JSON.stringify(value)}`]);
    expect(state.slots).toEqual([{ number: 1, errors: 0, successes: 0 }]);
  });
});

describe('what began an epoch', () => {
  const BEGUN = {
    changedFrom: 1,
    changedBy: 'errors',
    lastTransition: NOW,
    by: 'ana',
    levelSince: EARLIER,
  };
  const NONE = { changedFrom: undefined, changedBy: undefined, by: undefined };

  test.each<[string, Item, object]>([
    ['is told whole', {}, { changedFrom: 1, changedBy: 'errors', by: 'ana', levelSince: EARLIER }],
    ['not without its level', { changedFrom: 4 }, NONE],
    ['not without its code', { changedBy: 7 }, NONE],
    ['not with a code that is too long', { changedBy: 'r'.repeat(25) }, NONE],
    ['not without its time', { lastTransition: 'then' }, NONE],
    ['without who it was, where that is no name', { by: 7 }, { changedFrom: 1, by: undefined }],
    ['without who it was, where that is too long', { by: 'x'.repeat(201) }, { by: undefined }],
    ['with a name as long as may be', { by: 'x'.repeat(200) }, { by: 'x'.repeat(200) }],
    ['without a time that is none', { levelSince: 'then' }, { levelSince: undefined }],
  ])('%s', (_what, row, told) => {
    const { changedFrom, changedBy, by, levelSince } = stateOf('x', { ...BEGUN, ...row });
    expect({ changedFrom, changedBy, by, levelSince }).toMatchObject(told);
  });
});

describe('a change', () => {
  const CHANGE = { epoch: 4, from: 1, to: 2, at: EARLIER, reason: 'errors' };

  test.each<[object, boolean]>([
    [{}, true],
    [{ note: 'drill', by: 'ana' }, true],
    [{ by: 'x'.repeat(200) }, true],
    [{ reason: 'r'.repeat(24) }, true],
    [{ at: '2026-01-01T00:00:00.123Z' }, true],
    [{ note: 7 }, false],
    [{ by: 7 }, false],
    [{ by: 'x'.repeat(201) }, false],
    [{ epoch: -1 }, false],
    [{ epoch: Number.MAX_SAFE_INTEGER }, false],
    [{ epoch: Number.MAX_SAFE_INTEGER - 1 }, true],
    [{ from: 0 }, false],
    [{ to: 4 }, false],
    [{ reason: 'r'.repeat(25) }, false],
    [{ reason: 7 }, false],
    [{ at: 7 }, false],
    [{ at: [EARLIER] }, false],
    [{ at: '+002026-01-01T00:00:00Z' }, false],
    [{ reason: [] }, false],
    [{ at: `x${EARLIER}` }, false],
    [{ at: `${EARLIER}x` }, false],
    [{ at: '2026-13-01T00:00:00Z' }, false],
    [{ at: '2026-01-01T00:00:00.1234Z' }, false],
  ])('with %j is one: %s', (more, is) => {
    expect(isChange({ ...CHANGE, ...more })).toBe(is);
  });

  test.each([undefined, null, 'text', []])('is not %j', (value) => {
    expect(isChange(value)).toBe(false);
  });
});

describe('the rest of a row', () => {
  test('has a mark only where it is one', () => {
    expect(stateOf('x', { notifiedEpoch: 4 })).toHaveProperty('notifiedEpoch', 4);
    for (const item of [{}, { notifiedEpoch: 'four' }]) {
      expect(parseRow(item).state).not.toHaveProperty('notifiedEpoch');
    }
  });

  test('has a policy only where it says one', () => {
    expect(parseRow({}).state).not.toHaveProperty('policy');
    expect(parseRow({}).state).not.toHaveProperty('override');
  });

  test('has texts only where they are texts', () => {
    const item = { lastUpdated: 7, lastTransition: null, transitionReason: ['x'] };
    expect(parseRow(item).state).toEqual(INITIAL_STATE);
    const texts = { lastUpdated: 'a', lastTransition: 'b', transitionReason: 'c' };
    expect(parseRow(texts).state).toMatchObject(texts);
    expect(stateOf('x', { override: { reason: 7 } }).override).toEqual({ reason: '' });
  });

  test('keeps the reason of an override whose end is none, and names its attribute', () => {
    const { state, malformed } = parseRow({ override: { reason: 'drill', untilMs: 'x' }, run: -1 });
    expect(state.override).toEqual({ reason: 'drill' });
    expect(malformed).toEqual(['override', 'run']);
  });

  test('of which the epoch is lost goes on from the last that was told', () => {
    expect(parseRow({ epoch: 'x', notifiedEpoch: 7 }).state.epoch).toBe(7);
    expect(parseRow({ epoch: 'x' }).state.epoch).toBe(0);
    expect(parseRow({ epoch: Number.MAX_SAFE_INTEGER }).malformed).toEqual(['epoch']);
  });
});

describe('the row that a workflow has read', () => {
  const FENCE = { level: 2, epoch: 9 } as const;

  test('is understood, with the level and epoch that the workflow took', () => {
    const item = marshall({ currentLevel: 1, epoch: 4, errorCount: 3, run: 1 });
    expect(seenRow(item, FENCE)).toEqual({
      ...INITIAL_STATE,
      currentLevel: 2,
      epoch: 9,
      errorCount: 3,
      run: 1,
    });
  });

  test('is the initial one where nothing came, or nothing that can be read', () => {
    const initial = { ...INITIAL_STATE, currentLevel: 2, epoch: 9 };
    expect(seenRow(undefined, FENCE)).toEqual(initial);
    expect(seenRow({ errorCount: 7 }, FENCE)).toEqual(initial);
  });

  test('keeps a number that no double holds out of its counts', () => {
    expect(
      seenRow({ errorCount: { N: '9007199254740993' }, run: { N: '1' } }, FENCE),
    ).toMatchObject({
      errorCount: 0,
      run: 1,
    });
  });
});

test('a number that a double holds is one, any other is its digits', () => {
  expect(exactNumber('7')).toBe(7);
  expect(exactNumber('0.5')).toBe(0.5);
  expect(exactNumber('9007199254740993')).toBeInstanceOf(NumberValue);
  expect(String(exactNumber('9007199254740993'))).toBe('9007199254740993');
});

test.each<[unknown, string]>([
  ['text', '"text"'],
  [7, '7'],
  [Infinity, 'Infinity'],
  [undefined, 'nothing'],
  [null, 'null'],
  [{ a: 1 }, '{"a":1}'],
  [[1, 2], '[1,2]'],
  [new Set(), '[object Set]'],
  [NumberValue.from('9007199254740993'), '9007199254740993'],
])('%o is shown as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});

test('a text is shown up to forty characters, in its own words', () => {
  expect(shortened('x'.repeat(40))).toBe('x'.repeat(40));
  expect(shortened('x'.repeat(41))).toBe(`${'x'.repeat(40)}…`);
  expect(shown({ a: 1 }, 'a map')).toBe('a map');
});

test('the keys of a scope', () => {
  expect(stateKeyOf('default')).toBe('SYSTEM_STATE');
  expect(stateKeyOf('orders')).toBe('SYSTEM_STATE#orders');
  expect(historyKeyOf('orders')).toBe('HISTORY#SYSTEM_STATE#orders');
});
