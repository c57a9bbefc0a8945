/** Retry-After: a wait is at least what the server asks for, and too long a wait is none. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { retry } from '../../../lib/breaker/index.ts';
import { callTimes, failsFirst, gaps, RESET } from './given.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const header = (value: unknown) => ({
  status: 503,
  response: { headers: { 'Retry-After': value } },
});
const AT = Date.UTC(2026, 0, 1);
const inSeconds = (seconds: number) => new Date(AT + seconds * 1_000).toUTCString();
const ASKS: readonly [title: string, error: unknown, waits: readonly number[]][] = [
  ['seconds', header('2'), [2_000]],
  ['seconds as a number', header(2), [2_000]],
  ['an HTTP date', header(inSeconds(3)), [3_000]],
  ['a date in the past', header(inSeconds(-3)), [100]],
  ['a date as of RFC 850', header('Thursday, 01-Jan-26 00:00:03 GMT'), [3_000]],
  ['one of 49 years ahead', header('Tuesday, 01-Jan-75 00:00:03 GMT'), []],
  ['one of 49 years ago', header('Saturday, 01-Jan-77 00:00:03 GMT'), [100]],
  ['a date as of asctime', header('Thu Jan  1 00:00:03 2026'), [3_000]],
  ['one of two digits', header('Thu Jan 01 00:00:04 2026'), [4_000]],
  ['a Headers', { status: 503, headers: new Headers({ 'retry-after': '1' }) }, [1_000]],
  ['retryAfterMs', Object.assign(new Error('x', { cause: RESET }), { retryAfterMs: 700 }), [700]],
  ['a retryAfterMs that is none, beside a header', { ...header('2'), retryAfterMs: -1 }, [2_000]],
  ['the header of a cause', new Error('x', { cause: header('1') }), [1_000]],
  ['less than the wait', header('0'), [100]],
  ['exactly the longest wait', header('5'), [5_000]],
  ['more than the longest wait', header('6'), []],
  ['what is no delay', header('-1'), [100]],
  ['another date', header('tomorrow'), [100]],
  ['a date of another zone', header('Thu, 01 Jan 2026 00:00:03 CET'), [100]],
  ['no date at all', header('Day, 99 Nox 2026 00:00:03 GMT'), [100]],
  ['no value', header(undefined), [100]],
  ['headers that throw', { status: 503, headers: { get: () => BigInt('x') } }, [100]],
];

describe('Retry-After', () => {
  test.each(ASKS)('%s', async (_title, error, waits) => {
    vi.setSystemTime(AT);
    const policy = retry({ attempts: 2, jitter: false });
    expect(gaps(await callTimes(policy, failsFirstOf(error)))).toEqual(waits);
  });

  test('is the least wait under jitter too', async () => {
    const policy = retry({ attempts: 3, random: () => 0.99 });
    const error = Object.assign(new Error('busy'), { status: 503, retryAfterMs: 120 });
    expect(gaps(await callTimes(policy, () => Promise.reject(error)))).toEqual([120, 198]);
  });

  function failsFirstOf(error: unknown) {
    const fn = failsFirst(1, error);
    return () => fn({ attempt: 1 });
  }
});
