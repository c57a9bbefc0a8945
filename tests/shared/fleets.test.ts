/** Fleets in virtual time: when they open, what it costs, and who probes. */
import { describe, expect, test } from 'vitest';
import { Simulator, type World } from './simulator.ts';

const REFRESH_MS = 5_000;

const play = async (world: Omit<World, 'seed'>, ms: number, seed = 1): Promise<Simulator> => {
  const simulator = new Simulator({ seed, ...world });
  await simulator.play({ ms });
  return simulator;
};

const seeds = Array.from({ length: 5 }, (_, at) => at + 1);

describe.each(seeds)('seed %i', (seed) => {
  test('50 environments that all fail: one opening within two intervals, and one probe at a time after it', async () => {
    const failFrom = 12_000;
    const simulator = await play(
      {
        environments: 50,
        perSecond: 1,
        rules: { minimumRequests: 5, resetTimeout: 20_000 },
        fails: (_environment, elapsedMs) => (elapsedMs >= failFrom ? 1 : 0),
      },
      failFrom + 2 * REFRESH_MS,
      seed,
    );
    const { tally } = simulator;
    expect(tally.openedAtMs).toHaveLength(1);
    await simulator.play({ ms: 60_000 });
    expect(tally.mostProbes).toBe(1);
    // It reopens after each probe that fails: three times in a minute, not fifty.
    expect(tally.probes).toBeLessThanOrEqual(4);
    expect(tally.probes).toBeGreaterThanOrEqual(2);
  });

  test('two bad environments among a hundred do not open it', async () => {
    const { tally } = await play(
      { environments: 100, perSecond: 1, fails: (environment) => (environment < 2 ? 1 : 0) },
      60_000,
      seed,
    );
    expect(tally.openedAtMs).toEqual([]);
  });

  test('30 % failures everywhere open it at a threshold of 25 %', async () => {
    const { tally } = await play(
      { environments: 20, perSecond: 2, rules: { failureThreshold: 0.25 }, fails: () => 0.3 },
      40_000,
      seed,
    );
    expect(tally.openedAtMs.length).toBeGreaterThanOrEqual(1);
  });

  test('20 % failures everywhere do not', async () => {
    const { tally } = await play(
      { environments: 20, perSecond: 5, rules: { failureThreshold: 0.4 }, fails: () => 0.2 },
      60_000,
      seed,
    );
    expect(tally.openedAtMs).toEqual([]);
  });
});

test('10,000 healthy calls in 10 environments: no write, and one read for each interval at most', async () => {
  const { tally, readsOf, elapsedMs } = await play(
    { environments: 10, perSecond: 10, fails: () => 0 },
    100_000,
  );
  expect(tally.calls).toBeGreaterThan(9_500);
  expect(tally.writes).toBe(0);
  const most = Math.ceil(elapsedMs / REFRESH_MS);
  for (const reads of readsOf) {
    expect(reads).toBeGreaterThan(most / 2);
    expect(reads).toBeLessThanOrEqual(most);
  }
});

test('after it closes the herd comes back step by step', async () => {
  const simulator = await play(
    {
      environments: 50,
      perSecond: 4,
      rules: { resetTimeout: 10_000 },
      fails: (_environment, elapsedMs) => (elapsedMs < 15_000 ? 1 : 0),
    },
    60_000,
  );
  const [closedAtMs = 0] = simulator.tally.closedAtMs;
  expect(closedAtMs).toBeGreaterThan(0);
  const again = new Simulator({
    seed: 1,
    environments: 50,
    perSecond: 4,
    rules: { resetTimeout: 10_000 },
    fails: (_environment, elapsedMs) => (elapsedMs < 15_000 ? 1 : 0),
  });
  // By then every environment has read that it closed.
  await again.play({ ms: closedAtMs + 6_100 });
  const shares: number[] = [];
  for (const stepMs of [3_000, 10_000, 10_000, 10_000]) {
    const { calls, passed } = again.tally;
    await again.play({ ms: stepMs });
    shares.push((again.tally.passed - passed) / (again.tally.calls - calls));
    // The steps begin at the closing; each of these spans one.
  }
  const [first = 0, second = 0, third = 0, last = 0] = shares;
  expect(first).toBeLessThan(0.1);
  expect(second).toBeGreaterThan(0.1);
  expect(second).toBeLessThan(0.45);
  expect(third).toBeGreaterThan(0.4);
  expect(third).toBeLessThan(0.75);
  expect(last).toBeGreaterThan(0.8);
});
