/** The policy for real traffic against a model of it, and what must be true of it whatever happens. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { adaptive, production, type Policy } from '../../lib/level/policy.ts';
import { itemBytes } from '../../lib/simulation/item-bytes.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { Drive, START_MS } from './drive.ts';
import { Model, type Shown } from './model.ts';

// Beside other tests a walk waits for its turn.
vi.setConfig({ testTimeout: 60_000 });

const MINUTE_MS = 60_000;
const WAITS_MS = [1, 20, 150, 1_000, 4_900, 10_000, 31_000, MINUTE_MS];

/** One request or tick, so long after the one before. */
interface Event {
  readonly shown: Shown;
  readonly waitMs: number;
  readonly isTick: boolean;
}

const shown: fc.Arbitrary<Shown> = fc.record({
  fullOk: fc.boolean(),
  degradedOk: fc.boolean(),
  tookMs: fc.constantFrom(3, 12, 90, 400),
  safe: fc.boolean(),
  chosen: fc.boolean(),
});

/** So many events of one kind, of which some show the opposite: what a level lives by comes in a row. */
const phase: fc.Arbitrary<readonly Event[]> = fc
  .record({
    usual: shown,
    otherEach: fc.constantFrom(0, 0, 2, 3, 4, 10),
    times: fc.integer({ min: 1, max: 45 }),
    waitMs: fc.constantFrom(...WAITS_MS),
    isTick: fc.constantFrom(false, false, false, true),
  })
  .map(({ usual, otherEach, times, waitMs, isTick }) => {
    const other = { ...usual, fullOk: !usual.fullOk, degradedOk: !usual.degradedOk };
    return Array.from({ length: times }, (_, index) => {
      const isOther = otherEach > 0 && index % otherEach === 0;
      return { shown: isOther ? other : usual, waitMs, isTick };
    });
  });

const events = fc
  .array(phase, { minLength: 1, maxLength: 14 })
  .map((phases): readonly Event[] => phases.flat());

/** What a model tells of a row, as the row has it. */
const seenOf = async (drive: Drive) => {
  const { currentLevel: level, epoch, transitionReason: reason, ...state } = await drive.state();
  const { quietUntilMs, nextProbeAtMs } = state;
  const step = level === 2 ? state.rampStep : undefined;
  return { level, epoch, reason, step, quietUntilMs, nextProbeAtMs };
};

const happen = (drive: Drive, { shown: now, waitMs, isTick }: Event) => {
  drive.nowMs += waitMs;
  return isTick ? drive.tick(now) : drive.request(now);
};

const EVERYTHING = [
  '1 -> 2 consecutive-errors',
  '1 -> 2 error-rate',
  '2 -> 1 ramp',
  '2 -> 3 consecutive-errors',
  '2 -> 3 error-rate',
  '3 -> 2 probes',
  'a first step failed',
  'step 0 -> 1',
  'step 1 -> 0',
  'step 1 -> 2',
  'step 2 -> 0',
];

/** What an adaptive row has learned before: 0.2 % of 3,000 are errors. */
const USUAL = { errors: 6, requests: 3_000 };
const LEARNED: Item = { learnedErrors: USUAL.errors, learnedRequests: USUAL.requests };

type Learning = [name: string, policy: Policy, row: Item | undefined];

const BOTH: Learning[] = [
  ['production', production, undefined],
  ['adaptive', adaptive, LEARNED],
];

test.each<[string, Policy, Item | undefined, { seed?: number }, readonly string[]]>([
  ['whatever comes', production, undefined, {}, []],
  ['and all of it comes', production, undefined, { seed: 11 }, EVERYTHING],
  ['under a policy that learns', adaptive, LEARNED, {}, []],
  [
    'and falls by what it has learned',
    adaptive,
    LEARNED,
    { seed: 11 },
    ['1 -> 2 error-deviation', '2 -> 1 ramp', '1 -> 2 consecutive-errors', 'step 0 -> 1'],
  ],
])('each step is what a model says that keeps all outcomes, %s', async (...args) => {
  const [, policy, row, seed, all] = args;
  const happened = new Set<string>();
  const walk = fc.asyncProperty(events, async (given) => {
    const drive = new Drive(policy, row);
    const model = new Model(policy, row && USUAL);
    for (const event of given) {
      const before = model.expected;
      const atMs = drive.nowMs + event.waitMs;
      if (event.isTick) model.tick(event.shown, atMs);
      else model.request(event.shown, atMs);
      await happen(drive, event);
      const { level, step, reason, quietUntilMs } = model.expected;
      expect(await seenOf(drive)).toEqual(model.expected);
      if (level !== before.level) happened.add(`${before.level} -> ${level} ${reason}`);
      else if (step !== before.step) happened.add(`step ${before.step} -> ${step}`);
      else if (quietUntilMs !== before.quietUntilMs) happened.add('a first step failed');
    }
  });
  await fc.assert(walk, { numRuns: 40, ...seed });
  expect([...happened]).toEqual(expect.arrayContaining([...all]));
});

test.each<Learning>(BOTH)(
  'an outcome is at most two writes and its claim, and the row stays one write unit: %s',
  async (...both) => {
    const [, policy, row] = both;
    const walk = fc.asyncProperty(events, async (given) => {
      const drive = new Drive(policy, row);
      for (const event of given) {
        const before = drive.writes.length;
        await happen(drive, event);
        const written = drive.writes.slice(before);
        const counted = written.filter(({ add = {} }) =>
          Object.keys(add).some((name) => /^(?:[EO]|canary(?:Ok|Errors)$|successCount)/.test(name)),
        );
        // The tick probes, and then finishes what is left.
        expect(written.length).toBeLessThanOrEqual(event.isTick ? 4 : 3);
        expect(counted.length).toBeLessThanOrEqual(1);
        expect(itemBytes(await drive.item())).toBeLessThanOrEqual(1_024);
      }
    });
    await fc.assert(walk, { numRuns: 30 });
  },
);

test.each<Learning>(BOTH)(
  'a level 1 that has seen no error for two windows writes nothing: %s',
  async (...both) => {
    const [, policy, row] = both;
    const walk = fc.asyncProperty(events, async (given) => {
      const drive = new Drive(policy, row);
      let lastErrorMs = -Infinity;
      for (const event of given) {
        const { currentLevel: level, run = 0 } = await drive.state();
        const before = drive.writes.length;
        await happen(drive, event);
        const beganMs = drive.nowMs - event.shown.tookMs;
        const isQuiet = beganMs - lastErrorMs > 2 * production.windowMs && run === 0;
        if (level > 1 || !event.shown.fullOk) lastErrorMs = drive.nowMs;
        else if (isQuiet) expect(drive.writes.slice(before)).toEqual([]);
      }
    });
    await fc.assert(walk, { numRuns: 30 });
  },
);

test('level 1 begins on what the full face showed after the last fall, at each step', async () => {
  const walk = fc.asyncProperty(events, async (given) => {
    const drive = new Drive(production);
    let successes: number[] = [];
    for (const event of given) {
      const [before, written] = [await drive.state(), drive.writes.length];
      await happen(drive, event);
      const after = await drive.state();
      const canaries = drive.writes.slice(written).filter(({ add }) => add?.['canaryOk'] === 1);
      const step = before.rampStep ?? 0;
      successes[step] = (successes[step] ?? 0) + canaries.length;
      if (before.currentLevel === 2 && after.currentLevel === 1) {
        expect(successes).toHaveLength(production.ramp.length);
        for (const count of successes) expect(count).toBeGreaterThanOrEqual(3);
      }
      if (after.currentLevel !== before.currentLevel) successes = [];
    }
  });
  await fc.assert(walk, { numRuns: 40, seed: 11 });
});

test('at level 3 there is at most one probe in an interval, by requests and ticks together', async () => {
  const walk = fc.asyncProperty(events, async (given) => {
    const drive = new Drive(production);
    for (const event of given) await happen(drive, event);
    const gaps = drive.probes.map((atMs, index) => atMs - (drive.probes[index - 1] ?? -Infinity));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(production.probeIntervalMs);
  });
  await fc.assert(walk, { numRuns: 30, seed: 11 });
});

const WELL: Shown = { fullOk: true, degradedOk: true, tookMs: 12, safe: true, chosen: false };

test.each([2 * MINUTE_MS, 24 * 60 * MINUTE_MS])(
  'a row that a clock %i ms ahead has watched falls by the errors of today, and learns',
  async (aheadMs) => {
    const drive = new Drive(adaptive);
    const bad = { ...WELL, fullOk: false };
    drive.nowMs = START_MS + aheadMs;
    for (let second = 0; second < 6; second += 1) {
      await drive.request(second === 0 ? bad : WELL);
      drive.nowMs += 1_000;
    }
    const ahead = await drive.state();
    expect(ahead.learnedUntilMs).toBeGreaterThan(START_MS + aheadMs);
    drive.nowMs = START_MS;
    await drive.request(bad);
    for (let second = 0; second < 6; second += 1) {
      await drive.request(WELL);
      drive.nowMs += 1_000;
    }
    const back = await drive.state();
    expect(back.learnedUntilMs).toBeLessThan(drive.nowMs);
    expect(back.learnedRequests).toBeGreaterThan(ahead.learnedRequests ?? 0);
    for (let second = 0; second < 20; second += 1) {
      await drive.request(bad);
      drive.nowMs += 500;
    }
    expect((await drive.state()).currentLevel).toBe(2);
  },
);

const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const within = (ms: number) => sometimes(fc.integer({ min: START_MS - ms, max: START_MS + ms }));

/** Rows of any policy and any time, as whoever may have left them. */
const anyRow = fc
  .record({
    currentLevel: fc.constantFrom(1, 2, 3),
    epoch: fc.nat(9),
    errorCount: fc.nat(20),
    successCount: fc.nat(20),
    run: sometimes(fc.nat(9)),
    watchSinceMs: within(MINUTE_MS),
    watchUntilMs: within(MINUTE_MS),
    cautionUntilMs: within(2_000),
    okMs: sometimes(fc.nat(2_000)),
    sampleOneIn: sometimes(fc.integer({ min: 1, max: 4_096 })),
    sampleBelow: sometimes(fc.constantFrom('0', '00010000', '80000000', 'g')),
    sampleUntilMs: within(MINUTE_MS),
    dwellMs: sometimes(fc.nat(300_000)),
    climbedAtMs: within(10 * MINUTE_MS),
    quietUntilMs: within(5 * MINUTE_MS),
    retryMs: sometimes(fc.nat(120_000)),
    rampStep: sometimes(fc.nat(9)),
    stepSinceMs: within(5 * MINUTE_MS),
    canaryOk: sometimes(fc.nat(60)),
    canaryErrors: sometimes(fc.nat(60)),
    canaryRun: sometimes(fc.nat(20)),
    nextCanaryAtMs: within(5 * MINUTE_MS),
    nextProbeAtMs: within(MINUTE_MS),
    probeIntervalMs: sometimes(fc.constantFrom(0, 5_000, 30_000)),
    probeFailures: sometimes(fc.nat(2_000)),
    learnedErrors: sometimes(fc.nat(2_000)),
    learnedRequests: sometimes(fc.nat(200_000)),
    learnedUntilMs: within(MINUTE_MS),
    [`E${Math.floor(START_MS / 1_000).toString(36)}`]: sometimes(fc.nat(500)),
    [`O${Math.floor(START_MS / 1_000).toString(36)}`]: sometimes(fc.nat(500)),
  })
  .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)));

test.each([
  ['by ticks alone where the full face has a probe', production, true],
  ['by one safe request a minute and ticks where it has none', production, false],
  ['the same, under a policy that learns', adaptive, false],
])('every row is back at level 1 within an hour, %s', async (_title, policy, hasProbe) => {
  const way = fc.asyncProperty(anyRow, async (row) => {
    const drive = new Drive(policy, row);
    for (let minute = 0; minute < 60; minute += 1) {
      drive.nowMs = START_MS + minute * MINUTE_MS;
      await drive.tick(WELL, hasProbe);
      if (!hasProbe) await drive.request(WELL);
    }
    expect((await drive.state()).currentLevel).toBe(1);
  });
  await fc.assert(way, { numRuns: 100 });
});
