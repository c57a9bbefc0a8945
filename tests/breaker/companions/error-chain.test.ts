/** What was thrown is looked at without trusting it: how deep, what has properties, which status is one. */
import { describe, expect, test } from 'vitest';
import { chainOf, read, readText, statusOf } from '../../../lib/breaker/companions/error-chain.ts';

describe('a chain', () => {
  test('is the error and its causes, the nearest first', () => {
    const cause = new Error('cause');
    const error = new Error('error', { cause });
    expect(chainOf(error)).toEqual([error, cause]);
    expect(chainOf({ cause: null })).toEqual([{ cause: null }]);
    expect(chainOf('text')).toEqual(['text']);
    expect(chainOf(undefined)).toEqual([]);
    expect(chainOf(null)).toEqual([]);
  });

  test('ends after 8, also where it is a circle', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    expect(chainOf(circle)).toHaveLength(8);
  });
});

describe('a property', () => {
  const thrower = {
    get key() {
      throw new Error('no');
    },
  };

  test.each<[string, unknown, string, unknown]>([
    ['of an object', { key: 1 }, 'key', 1],
    ['of a function', () => {}, 'length', 0],
    ['of a text is none', 'abc', 'length', undefined],
    ['of nothing is none', undefined, 'key', undefined],
    ['of null is none', null, 'key', undefined],
    ['that throws is none', thrower, 'key', undefined],
  ])('%s', (_what, value, key, is) => {
    expect(read(value, key)).toBe(is);
  });

  test('that is no text is an empty one', () => {
    expect(readText({ key: 'a' }, 'key')).toBe('a');
    expect(readText({ key: 1 }, 'key')).toBe('');
    expect(readText({}, 'key')).toBe('');
  });
});

test.each([
  [99, null],
  [100, 100],
  [599, 599],
  [600, null],
  [200.5, null],
  ['200', null],
])('a status of %j is %j', (status, is) => {
  expect(statusOf([{ status }])).toBe(is);
});
