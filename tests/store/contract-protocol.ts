/** The contract of the write protocol on a store: outcomes, the tick, and what the row costs. */
import { describe, expect, test } from 'vitest';
import { observe } from '../../lib/level/writes.ts';
import { RowMalformedError } from '../../lib/store/errors.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { itemBytes } from './item-bytes.ts';
import { EARLIER, NOW, NOW_MS, outcomeAt, type Fence, type Given } from './steps.ts';

const FULL: Fence = { level: 1, epoch: 0 };
const DEGRADED: Fence = { level: 2, epoch: 6 };
const MAINTENANCE: Fence = { level: 3, epoch: 6 };

const change = (epoch: number, from: number, to: number, reason: string) => {
  return { epoch, from, to, at: NOW, reason };
};

/** A row as the protocol writes it. */
function rowAt(fence: Fence, counts: Item): Item {
  const { level: currentLevel, epoch } = fence;
  return { currentLevel, epoch, errorCount: 0, successCount: 0, lastUpdated: EARLIER, ...counts };
}

/** What the protocol does with outcomes, ticks and crowds. */
export function describeProtocol(given: Given): void {
  describeOutcomes(given);
  describeHealing(given);
  describeCrowd(given);
  describeSize(given);
}

function describeOutcomes(given: Given): void {
  describe('recording an outcome', () => {
    test('the first error of all creates the row, and the fifth moves it to level 2', async () => {
      const row = await given(null);
      await row.recordTimes(4, 'error', FULL);
      expect(await row.read()).toMatchObject({ errorCount: 4, successCount: 0, lastUpdated: NOW });
      const recorded = await row.record('error', FULL);
      expect(recorded).toMatchObject({ kind: 'counted', changes: [change(1, 1, 2, 'errors')] });
      expect(await row.read()).toEqual({
        PK: row.stateKey,
        currentLevel: 2,
        errorCount: 5,
        successCount: 0,
        epoch: 1,
        lastUpdated: NOW,
        lastTransition: NOW,
        transitionReason: 'errors',
        history: [change(1, 1, 2, 'errors')],
      });
    });

    test('a minimal row counts, degrades and begins its first epoch', async () => {
      const row = await given({ currentLevel: 1, errorCount: 4, lastUpdated: EARLIER });
      await row.record('error', FULL);
      expect(await row.read()).toMatchObject({ currentLevel: 2, errorCount: 5, epoch: 1 });
    });

    test('a success where no error is counted writes nothing', async () => {
      const row = await given(null);
      expect(await row.record('success', FULL)).toEqual({ kind: 'stale' });
      expect(await row.read()).toBeUndefined();
    });

    test('ten successes clear the errors of level 1 and begin no epoch', async () => {
      const row = await given(rowAt(FULL, { errorCount: 4 }));
      await row.recordTimes(9, 'success', FULL);
      expect(await row.read()).toMatchObject({ errorCount: 4, successCount: 9 });
      expect(await row.record('success', FULL)).toMatchObject({ kind: 'counted', changes: [] });
      expect(await row.read()).toMatchObject({ errorCount: 0, successCount: 0, epoch: 0 });
    });

    test.each([
      ['errors at level 2', DEGRADED, { errorCount: 9, successCount: 9 }, 'error', 3, 10, 'errors'],
      [
        'successes at level 2',
        DEGRADED,
        { errorCount: 9, successCount: 9 },
        'success',
        1,
        0,
        'successes',
      ],
      [
        'probes at level 3',
        MAINTENANCE,
        { errorCount: 10, successCount: 9 },
        'success',
        2,
        5,
        'probes',
      ],
    ] as const)(
      'the tenth of the %s moves the level',
      async (_title, fence, counts, result, to, errorCount, reason) => {
        const row = await given(rowAt(fence, counts));
        const recorded = await row.record(result, fence);
        expect(recorded).toMatchObject({ changes: [change(7, fence.level, to, reason)] });
        const expected = { currentLevel: to, errorCount, successCount: 0, epoch: 7 };
        expect(await row.read()).toMatchObject(expected);
      },
    );

    test('a failed probe only ends the streak', async () => {
      const row = await given(rowAt(MAINTENANCE, { errorCount: 10, successCount: 9 }));
      await row.record('error', MAINTENANCE);
      expect(await row.read()).toMatchObject({ currentLevel: 3, errorCount: 10, successCount: 0 });
    });

    test.each([
      ['an earlier epoch', { ...DEGRADED, epoch: 5 }],
      ['another level', { ...DEGRADED, level: 1 as const }],
    ])('an outcome of %s is stale and changes nothing', async (_title, fence) => {
      const row = await given(rowAt(DEGRADED, { errorCount: 9 }));
      const before = await row.read();
      expect(await row.record('error', fence)).toEqual({ kind: 'stale' });
      expect(await row.read()).toEqual(before);
    });

    test("the row's own policy decides", async () => {
      const row = await given(
        rowAt(FULL, { policy: { errorsToDegrade: 2, errorsToMaintenance: 3 } }),
      );
      await row.recordTimes(2, 'error', FULL);
      expect(await row.read()).toMatchObject({ currentLevel: 2, errorCount: 2 });
    });

    test('a move takes an expired override with it', async () => {
      const override = { reason: 'over', untilMs: NOW_MS };
      const row = await given(rowAt(DEGRADED, { errorCount: 9, override }));
      await row.record('error', DEGRADED);
      expect(await row.read()).not.toHaveProperty('override');
    });

    test('a malformed count is named', async () => {
      const row = await given(rowAt(FULL, { successCount: -1, errorCount: 1.5 }));
      await expect(row.record('error', FULL)).rejects.toThrow(RowMalformedError);
    });
  });
}

function describeHealing(given: Given): void {
  describe('healing', () => {
    test('it finishes what a crash between the two writes left, once', async () => {
      const row = await given(rowAt(FULL, { errorCount: 6 }));
      expect(await row.heal()).toMatchObject({ changes: [change(1, 1, 2, 'errors')] });
      expect(await row.heal()).toMatchObject({ changes: [] });
      expect(await row.read()).toMatchObject({ currentLevel: 2, errorCount: 5, epoch: 1 });
    });

    test('it finishes a clear', async () => {
      const row = await given(rowAt(FULL, { errorCount: 2, successCount: 10 }));
      expect(await row.heal()).toMatchObject({ changes: [] });
      expect(await row.read()).toMatchObject({ errorCount: 0, successCount: 0, epoch: 0 });
    });

    test.each([
      ['a missing row', null],
      ['a row with nothing to do', rowAt(DEGRADED, { errorCount: 9, successCount: 9 })],
      ['a pinned row', rowAt(FULL, { errorCount: 6, override: { reason: 'drill' } })],
    ])('it leaves %s alone', async (_title, attributes) => {
      const row = await given(attributes);
      const before = await row.read();
      expect(await row.heal()).toMatchObject({ changes: [] });
      expect(await row.read()).toEqual(before);
    });

    test('it removes an expired override in an epoch of its own, level and counters untouched', async () => {
      const override = { reason: 'over', untilMs: NOW_MS };
      const row = await given(rowAt(DEGRADED, { errorCount: 7, successCount: 2, override }));
      expect(await row.heal()).toMatchObject({ changes: [change(7, 2, 2, 'override-expired')] });
      expect(await row.read()).toEqual({
        ...rowAt(DEGRADED, { errorCount: 7, successCount: 2 }),
        PK: row.stateKey,
        epoch: 7,
        lastUpdated: NOW,
        lastTransition: NOW,
        transitionReason: 'override-expired',
        history: [change(7, 2, 2, 'override-expired')],
      });
    });

    test('a malformed row is named', async () => {
      const row = await given({ currentLevel: 7 });
      await expect(row.heal()).rejects.toThrow(/currentLevel must be 1, 2 or 3, got 7/);
    });
  });
}

function describeCrowd(given: Given): void {
  test('2,000 errors at once are all counted', async () => {
    const row = await given(null);
    const write = observe(outcomeAt(FULL, 'error'), NOW_MS);
    const items = await Promise.all(Array.from({ length: 2_000 }, () => row.write(write)));
    const counts = new Set(items.map((item) => item?.['errorCount']));
    expect(counts.size).toBe(2_000);
    expect(await row.read()).toMatchObject({ errorCount: 2_000 });
  });
}

function describeSize(given: Given): void {
  /** The longest that a row can be: every number has all its digits, every code is the longest. */
  const epoch = Number.MAX_SAFE_INTEGER - 9;
  const expired = { reason: 'r'.repeat(120), untilMs: NOW_MS };
  const longest = {
    currentLevel: 2,
    errorCount: Number.MAX_SAFE_INTEGER - 1,
    successCount: Number.MAX_SAFE_INTEGER - 1,
    epoch,
    history: Array.from({ length: 8 }, () => change(epoch, 2, 2, 'c'.repeat(24))),
  };

  describe('the size of the longest row', () => {
    test('it is under 1 KB without override and policy', async () => {
      const row = await given({ ...longest, override: expired });
      await row.reset('☂'.repeat(40));
      const bytes = itemBytes(await row.read());
      expect(bytes).toBeGreaterThan(900);
      expect(bytes).toBeLessThan(1_024);
    });

    test('it is under 2 KB with them', async () => {
      const policy = {
        errorsToDegrade: 999_999,
        errorsToMaintenance: 1_000_000,
        successesToClear: 999_999,
        successesToFull: 999_999,
        probesToDegraded: 999_999,
      };
      const row = await given({ ...longest, policy });
      await row.pin(3, { reason: '☂'.repeat(40), untilMs: NOW_MS + 1 });
      const item = await row.read();
      expect(item).toMatchObject({ policy, transitionReason: '☂'.repeat(40) });
      expect(itemBytes(item)).toBeLessThan(2_048);
    });
  });
}
