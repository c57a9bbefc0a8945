/** Where a Retry-After is looked for, and which texts are one: what is nearly a date is none. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { retryAfterMs } from '../../../lib/breaker/index.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

const FORMS: readonly [value: unknown, delayMs: number | null][] = [
  [0, 0],
  [-1, null],
  [1.5, 1_500],
  [true, null],
  ['12', 12_000],
  [' 2 ', 2_000],
  ['1.25', 1_250],
  ['1.', null],
  ['x1', null],
  ['1x', null],
  ['1.5x', null],
  ['Thu, 01 Jan 2026 00:00:03 GMT', 3_000],
  ['xThu, 01 Jan 2026 00:00:03 GMT', null],
  ['Thu, 01 Jan 2026 00:00:03 GMTx', null],
  ['Thursday, 01-Jan-26 00:00:03 GMT', 3_000],
  ['xThursday, 01-Jan-26 00:00:03 GMT', null],
  ['Thursday, 01-Jan-26 00:00:03 GMTx', null],
  ['Wednesday, 01-Jan-76 00:00:00 GMT', Date.UTC(2076, 0, 1) - NOW_MS],
  ['Saturday, 01-Jan-77 00:00:00 GMT', Date.UTC(1977, 0, 1) - NOW_MS],
  ['Thu Jan  1 00:00:03 2026', 3_000],
  ['Thu Jan 10 00:00:00 2026', 9 * 86_400_000],
  ['xThu Jan  1 00:00:03 2026', null],
  ['Thu Jan  1 00:00:03 2026x', null],
  ['2026-01-01T00:00:03Z', null],
];

test.each(FORMS)('%j is %j ms', (value, delayMs) => {
  expect(retryAfterMs({ headers: { 'retry-after': value } })).toBe(delayMs);
});

const TWO = { 'RETRY-After': '2' };

test.each<[string, unknown, number | null]>([
  ['of its own', { headers: TWO }, 2_000],
  ['of its response', { response: { headers: TWO } }, 2_000],
  ['of the response of the AWS SDK', { $response: { headers: TWO } }, 2_000],
  ['of its result', { result: { headers: TWO } }, 2_000],
  ['of a cause', { cause: { headers: TWO } }, 2_000],
  [
    'of its own before that of its response',
    { headers: TWO, response: { headers: { 'retry-after': '3' } } },
    2_000,
  ],
  ['beside a get that is none', { headers: { ...TWO, get: 1 } }, 2_000],
  ['by a get', { headers: { get: (name: string) => (name === 'retry-after' ? '2' : '9') } }, 2_000],
  ['of headers that are none', { headers: 'retry-after: 2' }, null],
  ['of headers that are null', { headers: null }, null],
  ['of headers without it', { headers: { 'x-retry-after': '2' } }, null],
  ['in milliseconds', { retryAfterMs: 0, headers: TWO }, 0],
  ['in milliseconds that are a text', { retryAfterMs: '7', headers: TWO }, 2_000],
  ['of nothing', undefined, null],
])('the wait %s', (_what, error, delayMs) => {
  expect(retryAfterMs(error)).toBe(delayMs);
});
