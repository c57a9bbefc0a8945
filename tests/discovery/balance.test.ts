/** Which instance is called: spread, drawn to the quick, away from the failing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choose, endCall, newLoad, type Load } from '../../lib/discovery/balance.ts';
import { givenRandom } from './given.ts';

/** Calls one after the other, each as long as its instance takes and as well as it does. */
function simulate(
  latenciesMs: readonly number[],
  calls: number,
  fails: (index: number, call: number) => boolean = () => false,
) {
  const random = givenRandom();
  const loads = latenciesMs.map(newLoad);
  const counts = latenciesMs.map(() => 0);
  const failures: number[] = [];
  let atMs = 0;
  for (let call = 0; call < calls; call += 1) {
    const index = choose(loads, atMs, random);
    const load = loads[index] as Load;
    counts[index] = (counts[index] ?? 0) + 1;
    load.inFlight += 1;
    atMs += latenciesMs[index] ?? 0;
    const failed = fails(index, call);
    if (failed) failures.push(atMs);
    endCall(load, failed, latenciesMs[index] ?? 0, atMs);
  }
  return { loads, counts, failures, atMs };
}

describe('the choice', () => {
  test('is spread over equals', () => {
    const { counts } = simulate([10, 10, 10, 10], 4_000);
    for (const count of counts) expect(count).toBeGreaterThan(500);
  });

  test('prefers the quick, and still tries the slow', () => {
    const { counts } = simulate([10, 10, 200], 3_000);
    expect(counts[2]).toBeLessThan(600);
    expect(counts[2]).toBeGreaterThan(0);
  });

  test('prefers the idle', () => {
    const busy = { ...newLoad(), inFlight: 9, latencyMs: 10, endedAtMs: 0 };
    const idle = { ...newLoad(), inFlight: 0, latencyMs: 10, endedAtMs: 0 };
    const random = givenRandom();
    const chosen = Array.from({ length: 100 }, () => choose([busy, idle], 0, random));
    expect(new Set(chosen)).toEqual(new Set([1]));
  });

  test('is one of those that are there, whatever is known of them', () => {
    const load = fc.record({
      inFlight: fc.nat(1_000),
      latencyMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      endedAtMs: fc.constantFrom(-Infinity, 0, 1_000),
      failureRun: fc.nat(10),
      ejections: fc.nat(10),
      ejectedUntilMs: fc.constantFrom(-Infinity, 0, 500, 10_000, 20_000),
    });
    const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(load, { minLength: 1, maxLength: 6 }), anyRandom, (loads, random) => {
        const index = choose(loads, 1_000, () => random);
        expect(loads[index]).toBeDefined();
        const open = loads.filter(({ ejectedUntilMs }) => ejectedUntilMs <= 1_000);
        // Where half or more may be called, nobody calls another.
        if (open.length >= loads.length / 2) expect(open).toContain(loads[index]);
      }),
    );
  });
});

describe('an instance that fails', () => {
  test('is left out after 3 failures in a row, for 30 s, then after one for a minute', () => {
    const load = newLoad();
    const fail = (atMs: number) => endCall(load, true, 5, atMs);
    fail(1_000);
    fail(1_001);
    expect(load.ejectedUntilMs).toBe(-Infinity);
    fail(1_002);
    expect(load.ejectedUntilMs).toBe(31_002);
    fail(2_000);
    expect(load.ejectedUntilMs).toBe(31_002);
    fail(31_003);
    expect(load.ejectedUntilMs).toBe(91_003);
    for (let more = 0; more < 20; more += 1) fail(load.ejectedUntilMs + 1);
    expect(load.ejectedUntilMs - 300_000).toBeGreaterThan(0);
  });

  test('that is well again for as long as it was left out begins anew', () => {
    const load = newLoad();
    for (const atMs of [0, 1, 2]) endCall(load, true, 5, atMs);
    endCall(load, false, 5, 40_000);
    expect(load.ejections).toBe(1);
    endCall(load, false, 5, 60_002);
    expect(load.ejections).toBe(0);
    endCall(load, true, 5, 60_003);
    expect(load.ejectedUntilMs).toBe(30_002);
  });

  test('attracts nobody by failing at once: dead for good, it gets under 1 % of the calls', () => {
    const { failures, atMs } = simulate([10, 10, 1], 30_000, (index) => index === 2);
    expect(atMs).toBeGreaterThan(60_000);
    expect(failures.filter((failedAtMs) => failedAtMs > 1_000).length / 30_000).toBeLessThan(0.01);
  });

  test('takes no other one with it: where all fail, half are called', () => {
    const { counts } = simulate([10, 10, 10, 10], 400, () => true);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(2);
  });
});
