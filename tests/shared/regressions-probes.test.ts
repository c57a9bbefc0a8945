/** Where the probes of other breakers break, each by the name of whom it happens to, and that a fleet's do not. */
import { describe, expect, test } from 'vitest';
import type { SharedCircuitBreaker } from '../../lib/entries/shared.ts';
import { givenFleet } from './given.ts';

type Breaker = SharedCircuitBreaker;

describe('opossum', () => {
  test('an environment that is made while it is OPEN refuses until its end, and no longer', async () => {
    const { make, call, opened, clock } = givenFleet(2, { minimumRequests: 5 });
    await opened();
    const fresh = make();
    expect(await call(fresh)).toBe('refused by open');
    clock.on(61_000);
    expect(await call(make())).toBe('ok');
  });

  test('a probe that hangs wedges nothing: its permit is taken over', async () => {
    const { at, call, opened, clock, row } = givenFleet(2, {
      minimumRequests: 2,
      lease: 10_000,
    });
    await opened();
    clock.on(61_000);
    void at(0).execute(() => new Promise(() => {}));
    while (row()['state'] !== 'HALF_OPEN') await new Promise(setImmediate);
    expect(await call(at(1))).toBe('refused by half-open');
    clock.on(10_100);
    expect(await call(at(1))).toBe('ok');
    expect(row()).toMatchObject({ state: 'CLOSED' });
  });

  test('a probe whose error is filtered neither closes nor opens, and gives its permit back', async () => {
    const { at, call, opened, clock, row } = givenFleet(2, {
      minimumRequests: 2,
      failsOn: { error: (error) => (error as Error).message !== 'not found' },
    });
    await opened();
    clock.on(61_000);
    await expect(
      at(0).execute(() => {
        throw new Error('not found');
      }),
    ).rejects.toThrow('not found');
    await at(0).settled();
    expect(row()).toMatchObject({ state: 'HALF_OPEN', taken: 0, ok: 0 });
    expect(await call(at(0))).toBe('ok');
    expect(row()).toMatchObject({ state: 'CLOSED' });
  });
});

describe('cockatiel', () => {
  test('four failures, and one more an hour later, open nothing', async () => {
    const { at, call, clock, row } = givenFleet(2, { minimumRequests: 5, window: 5_000 });
    for (let calls = 0; calls < 4; calls += 1) await call(at(calls % 2), true);
    clock.on(3_600_000);
    await call(at(0), true);
    clock.on(7_000);
    await call(at(1));
    expect(row()['state'] ?? 'CLOSED').toBe('CLOSED');
  });
});

describe('resilience4j and Sentinel: a permit does not leak', () => {
  test.each([
    ['what is no function', (breaker: Breaker) => breaker.execute('no function' as never)],
    [
      'a signal that is none',
      (breaker: Breaker) => breaker.execute(async () => 1, { signal: 1 as never }),
    ],
    [
      'a caller that has gone',
      (breaker: Breaker) => breaker.execute(async () => 1, { signal: AbortSignal.abort() }),
    ],
    [
      'a fallback that is none',
      (breaker: Breaker) => breaker.execute(async () => 1, { fallback: 1 as never }),
    ],
  ])('by %s', async (_title, bad) => {
    const { at, call, opened, clock, row } = givenFleet(1, { minimumRequests: 2, quorum: 1 });
    await opened();
    clock.on(61_000);
    await expect(bad(at(0))).rejects.toBeDefined();
    await at(0).settled();
    expect(await call(at(0))).toBe('ok');
    expect(row()).toMatchObject({ state: 'CLOSED' });
  });
});

test('one bad environment stops itself, and nobody else', async () => {
  const { at, fleet, call, row, clock } = givenFleet(20, { minimumRequests: 5 });
  const told = new Set<string>();
  for (let seconds = 0; seconds < 30; seconds += 1) {
    told.add(await call(at(0), true));
    for (const breaker of fleet.slice(1)) expect(await call(breaker)).toBe('ok');
    clock.on(1_000);
  }
  expect([...told]).toEqual(['down', 'refused by itself']);
  expect(row()['state'] ?? 'CLOSED').toBe('CLOSED');
});
