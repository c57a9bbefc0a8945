/** The open time from the error: Retry-After of what opened the breaker, within bounds. */
import { describe, expect, test } from 'vitest';
import {
  exponential,
  isRetryableResponse,
  openForRetryAfter,
  retryAfterMs,
  type CircuitBreakerOptions,
} from '../../../lib/breaker/index.ts';
import { given } from '../given.ts';

const ONE: CircuitBreakerOptions = {
  trip: 'consecutive',
  failureThreshold: 1,
  minimumRequests: 0,
};

/** How long a breaker stays open after one failure of a call. */
async function openFor(options: CircuitBreakerOptions, fn: () => unknown): Promise<unknown> {
  const { breaker } = given({ ...ONE, ...options });
  await breaker.tryExecute(fn);
  const refused = await breaker.execute(() => 1).catch((error: unknown) => error);
  return (refused as { readonly retryAfterMs: unknown }).retryAfterMs;
}

const asking = (seconds: number) => () => {
  throw Object.assign(new Error('busy'), {
    response: { status: 503, headers: { 'Retry-After': String(seconds) } },
  });
};
const saysNothing = () => {
  throw new Error('down');
};

describe('openForRetryAfter', () => {
  test.each([
    ['an error asks for it', asking(7), 7_000],
    ['an error asks for more than maxDelay', asking(9_999), 300_000],
    ['nobody asks', saysNothing, 60_000],
  ])('where %s', async (_what, fn, expected) => {
    expect(await openFor({ resetTimeout: openForRetryAfter() }, fn)).toBe(expected);
  });

  test('reads a result that counts as a failure', async () => {
    const response = new Response('busy', { status: 503, headers: { 'retry-after': '5' } });
    const options = { resetTimeout: openForRetryAfter(), failsOn: { result: isRetryableResponse } };
    expect(await openFor(options, () => response)).toBe(5_000);
    await response.body?.cancel();
  });

  test('asks the function that stands for the rest', async () => {
    const otherwise = exponential({ delay: 800, random: () => 0.5 });
    const resetTimeout = openForRetryAfter({ otherwise, maxDelay: 10_000 });
    expect(await openFor({ resetTimeout }, saysNothing)).toBe(400);
    expect(await openFor({ resetTimeout }, asking(20))).toBe(10_000);
  });
});

test("a resetTimeout of one's own is given the openings and the error", async () => {
  const resetTimeout = (openings: number, error: unknown) =>
    openings * (retryAfterMs(error) ?? 1_000);
  expect(await openFor({ resetTimeout }, asking(3))).toBe(3_000);
});

test('where nobody asks, it is what is wished', () => {
  const error = new Error('down');
  expect(openForRetryAfter()(1, error)).toBe(60_000);
  expect(openForRetryAfter({ otherwise: 5 })(1, error)).toBe(5);
  expect(openForRetryAfter({ otherwise: (openings) => openings * 7 })(2, error)).toBe(14);
});
