/** A token bucket by itself: what is there at which time, what is owed, and what another rate makes of it. */
import { expect, test } from 'vitest';
import { TokenBucket } from '../../../lib/breaker/companions/token-bucket.ts';

test('is full at first, and fills evenly', () => {
  const bucket = new TokenBucket(2, 1_000);
  expect(bucket.tokensAt(7)).toBe(2);
  expect([bucket.take(7, 0), bucket.take(7, 0), bucket.take(7, 0)]).toEqual([0, 0, 500]);
  expect(bucket.tokensAt(7)).toBe(0);
  expect(bucket.tokensAt(506)).toBe(0);
  expect(bucket.tokensAt(507)).toBe(1);
  expect(bucket.tokensAt(9_000)).toBe(2);
});

test('is in debt to who waits', () => {
  const bucket = new TokenBucket(1, 1_000);
  expect([bucket.take(0, 9_000), bucket.take(0, 9_000), bucket.take(0, 9_000)]).toEqual([
    0, 1_000, 2_000,
  ]);
  expect(bucket.tokensAt(0)).toBe(-2);
  expect(bucket.tokensAt(1_500)).toBe(-1);
});

test('of none has none, and never will', () => {
  const bucket = new TokenBucket(0, 1_000);
  expect(bucket.take(0, Infinity)).toBeNaN();
  expect(bucket.tokensAt(9_000)).toBe(0);
  const emptied = new TokenBucket(1, 1_000);
  emptied.change(0, 1_000, 0);
  expect(emptied.take(500, Infinity)).toBeNaN();
  expect(emptied.tokensAt(500)).toBe(0);
  emptied.change(3, 1_000, 500);
  expect(emptied.tokensAt(500)).toBe(3);
});

test('goes on at another rate with what it has by then', () => {
  const bucket = new TokenBucket(2, 1_000);
  for (let taken = 0; taken < 2; taken += 1) bucket.take(0, 0);
  bucket.change(10, 1_000, 500);
  expect(bucket.tokensAt(500)).toBe(1);
  expect(bucket.tokensAt(600)).toBe(2);
  bucket.change(1, 1_000, 600);
  expect(bucket.tokensAt(600)).toBe(1);
});

test('is not filled by a clock that goes back', () => {
  const bucket = new TokenBucket(1, 1_000);
  bucket.take(1_000, 0);
  expect(bucket.tokensAt(0)).toBe(0);
  expect(bucket.tokensAt(1_999)).toBe(0);
  expect(bucket.tokensAt(2_000)).toBe(1);
});
