/** What each kind of an option takes, by its bounds, and the words in which another value is refused. */
import { describe, expect, test, vi } from 'vitest';
import { BreakerOptionsError } from '../../lib/breaker/errors.ts';
import { nearest } from '../../lib/breaker/nearest.ts';
import { asks } from '../../lib/breaker/predicate.ts';
import {
  aboveZero,
  anything,
  callable,
  clockOf,
  flag,
  from,
  isMap,
  maybe,
  nameOf,
  no,
  notAFunction,
  oneOf,
  or,
  read,
  refused,
  whole,
  type Kind,
} from '../../lib/breaker/read-options.ts';

const REQUIRED: Kind<number> = from(1, 2_000);

type Case = readonly [
  what: string,
  kind: Kind<unknown>,
  takes: readonly unknown[],
  refuses: readonly unknown[],
  words: string,
];

const fn = (): number => 1;

describe('a kind', () => {
  test.each<Case>([
    [
      'a number',
      from(1, 2_000),
      [1, 1.5, 2_000],
      [0.9, 2_001, '1', NaN],
      'a number from 1 to 2,000',
    ],
    ['an integer', whole(1, 2_000), [1, 2_000], [0, 1.5, 2_001, '1'], 'an integer from 1 to 2,000'],
    [
      'a number above 0',
      aboveZero(2_000),
      [0.001, 2_000],
      [0, -1, 2_001, '1'],
      'a number above 0 and at most 2,000',
    ],
    ['a name', nameOf('x'), ['a'], ['', 7, null], 'a string that is not empty'],
    ['a flag', flag(true), [true, false], [0, 'true', null], 'true or false'],
    ['a function', callable(), [fn], [null, 'fn', {}], 'a function'],
    ['false', no, [false], [true, 0, null], 'false'],
    ['one of two', or(from(1, 2), no), [1, false], [3, true], 'a number from 1 to 2 or false'],
    ['one or none', maybe(from(1, 2)), [1, null], [3, 'x'], 'a number from 1 to 2'],
  ])('%s', (_what, kind, takes, refuses, words) => {
    for (const it of takes) expect(read({ it }, 'options', { it: kind })).toEqual({ it });
    for (const it of refuses) {
      const reading = () => read({ it }, 'options', { it: kind });
      expect(reading).toThrow(BreakerOptionsError);
      expect(reading).toThrow(`expected it to be ${words}, got `);
    }
  });

  test.each<[string, Kind<unknown>, unknown]>([
    ['a number', from(1, 2, 1.5), 1.5],
    ['a number that is none', aboveZero(2, NaN), NaN],
    ['an integer', whole(1, 2, 2), 2],
    ['a name', nameOf('x'), 'x'],
    ['a flag', flag(false), false],
    ['one of two', or(from(1, 2, 1), no), 1],
    ['one or none', maybe(callable()), null],
    ['anything', anything, null],
  ])('has what stands for an absent one: %s', (_what, kind, absent) => {
    expect(read({}, 'options', { it: kind })).toEqual({ it: absent });
    expect(read({ it: undefined }, 'options', { it: kind })).toEqual({ it: absent });
  });

  test('without it must be given', () => {
    const reading = () => read({}, 'options', { it: REQUIRED });
    expect(reading).toThrow('expected it to be a number from 1 to 2,000, got undefined');
    expect(read({ it: 'x' }, 'options', { it: anything })).toEqual({ it: 'x' });
  });

  test.each([null, 7, 'text', [], undefined])('is read of an object alone: %j', (options) => {
    expect(() => read(options, 'the options', {})).toThrow('expected the options to be an object');
  });

  test('that nobody knows is refused with the nearest', () => {
    expect(() => read({ ti: 1 }, 'the options', { it: REQUIRED, to: REQUIRED })).toThrow(
      'expected the options to be of it, to, got ti; did you mean to?',
    );
  });
});

test.each<[unknown, string]>([
  ['text', "got 'text'"],
  ['x'.repeat(101), `got '${'x'.repeat(100)}'`],
  [7, 'got 7'],
  [undefined, 'got undefined'],
  [null, 'got [object Null]'],
  [{ toString: 7 }, 'got [object Object]'],
  [Symbol('own'), 'got Symbol(own)'],
])('what came is shown, whatever it is: %s', (value, shown) => {
  expect(refused('it', 'that', value).message).toBe(`expected it to be that, ${shown}`);
});

test('a promise in the place of a function is told how to be one', () => {
  expect(notAFunction('fn', Promise.resolve()).message).toBe(
    'expected fn to be a function, got [object Promise]; give () => it, what makes the promise',
  );
  expect(notAFunction('fn', 7).message).toBe('expected fn to be a function, got 7');
});

test('a word is of those that are known', () => {
  expect(oneOf('rate', 'trip', ['rate', 'count'])).toBe('rate');
  expect(() => oneOf(7, 'trip', ['rate', 'count'])).toThrow(
    'expected trip to be of rate, count, got 7; did you mean rate?',
  );
  const long = 'y'.repeat(150);
  expect(() => oneOf(long, 'trip', ['rate'])).toThrow(`got ${long.slice(0, 100)}; did`);
});

test.each([
  ['rte', ['count', 'rate', 'rates'], 'rate'],
  ['rates', ['rate', 'rates'], 'rates'],
  ['', ['rate', 'on'], 'on'],
  ['xyz', ['rate', 'date'], 'rate'],
  ['kitten', ['mittens', 'sitting', 'kit'], 'mittens'],
  ['ab', ['ba', 'abcd', 'b'], 'b'],
  ['timeot', ['timer', 'timeout'], 'timeout'],
])('of %j nearest among %j is %s', (word, known, best) => {
  expect(nearest(word, known)).toBe(best);
});

test.each<[unknown, boolean]>([
  [{}, true],
  [new Map(), true],
  [[], false],
  [null, false],
  ['text', false],
  [fn, false],
])('%o has fields: %s', (value, is) => {
  expect(isMap(value)).toBe(is);
});

describe('a clock', () => {
  test('is that of the process where there is none', () => {
    const before = performance.now();
    expect(clockOf(null)()).toBeGreaterThanOrEqual(before);
  });

  test('stands still while it throws, or tells no time', () => {
    const told: unknown[] = [5, NaN, Infinity, '7', 9];
    const clock = clockOf(() => {
      if (told.length === 0) throw new Error('no time');
      return told.shift();
    });
    expect([clock(), clock(), clock(), clock(), clock(), clock()]).toEqual([5, 5, 5, 5, 9, 9]);
    expect(clockOf(() => NaN)()).toBe(0);
  });
});

describe('a predicate', () => {
  test.each<[unknown, boolean]>([
    [true, true],
    [1, true],
    [false, false],
    [undefined, false],
  ])('that answers %j says %s', (answer, says) => {
    expect(asks(() => answer, !says)).toBe(says);
  });

  test.each([true, false])('that throws, or promises, is taken for %s', async (otherwise) => {
    const unhandled = vi.fn<() => void>();
    process.on('unhandledRejection', unhandled);
    const thrower = () => {
      throw new Error('trap');
    };
    expect(asks(thrower, otherwise)).toBe(otherwise);
    expect(asks(async () => !otherwise, otherwise)).toBe(otherwise);
    expect(asks(async () => thrower(), otherwise)).toBe(otherwise);
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
