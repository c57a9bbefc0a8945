/** When refused clients may come again: by how many wait, and how many are served. */
import { expect, test } from 'vitest';
import { Returns } from '../../../lib/local/admission/returns.ts';

test.each([
  [1_600, 1_152, 4],
  [300, 1_152, 10],
  [300, 100, 2],
  [1_600, 300, 1],
  [1_600, 0, 1],
  [0, 1_152, 1],
])('%d served in the second before and %d waiting: %d s', (served, waiting, seconds) => {
  let nowMs = 500;
  const returns = new Returns(() => nowMs);
  for (let count = 0; count < served; count += 1) returns.served();
  for (let count = 0; count < waiting; count += 1) returns.begin();
  expect(returns.seconds()).toBe(1);
  nowMs = 1_200;
  expect(returns.seconds()).toBe(seconds);
  for (let count = 0; count < waiting; count += 1) returns.end();
  expect(returns.seconds()).toBe(1);
});

test('what was served longer ago says nothing', () => {
  let nowMs = 0;
  const returns = new Returns(() => nowMs);
  returns.served();
  for (let count = 0; count < 100; count += 1) returns.begin();
  nowMs = 1_000;
  expect(returns.seconds()).toBe(10);
  nowMs = 2_000;
  expect(returns.seconds()).toBe(1);
});
