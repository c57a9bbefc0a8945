/** The contract of the write protocol on a store: outcomes, the tick, and what the row costs. */
import { describe, expect, test } from 'vitest';
import { production } from '../../lib/level/policy.ts';
import { slotAt, slotName, SLOTS } from '../../lib/level/window.ts';
import { RowMalformedError } from '../../lib/store/errors.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { OPTIONAL_ATTRIBUTES } from '../../lib/store/row-optionals.ts';
import { stateOf } from '../../lib/store/row.ts';
import { itemBytes } from '../../lib/simulation/item-bytes.ts';
import { EARLIER, NOW, NOW_MS, type Fence, type Given } from './steps.ts';

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

/** What the protocol does with outcomes and ticks. */
export function describeProtocol(given: Given): void {
  describeOutcomes(given);
  describeHealing(given);
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
        changedFrom: 1,
        changedBy: 'errors',
      });
      expect(await row.history()).toEqual([change(1, 1, 2, 'errors')]);
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
        changedFrom: 2,
        changedBy: 'override-expired',
      });
      expect(await row.history()).toEqual([change(7, 2, 2, 'override-expired')]);
    });

    test('a malformed row is named', async () => {
      const row = await given({ currentLevel: 7 });
      await expect(row.heal()).rejects.toThrow(/currentLevel must be 1, 2 or 3, got 7/);
    });
  });
}

function describeSize(given: Given): void {
  const epoch = Number.MAX_SAFE_INTEGER - 99;
  const expired = { reason: 'r'.repeat(120), untilMs: NOW_MS };
  const isTime = (name: string) => /(At|Until|Since)Ms$/.test(name);
  const texts = {
    judge: 'counts',
    shield: 'safe',
    countStatuses: JSON.stringify(Array.from({ length: 10 }, (_, index) => 400 + index)),
    exerciseBelow: '0ccccccc',
    sampleBelow: '00000fff',
    rampBelow: '0ccccccc',
  };
  const everything: Item = {
    ...Object.fromEntries(
      OPTIONAL_ATTRIBUTES.map((name) => [name, isTime(name) ? NOW_MS : 999_999]),
    ),
    ...texts,
  };
  const slot = slotAt(production, NOW_MS);
  const slots = Array.from({ length: SLOTS + 2 }, (_, age) => {
    const counts = { [slotName('E', slot - age)]: 9_999, [slotName('O', slot - age)]: 9_999 };
    const meter = { [slotName('W', slot - age)]: 9_999_999, [slotName('F', slot - age)]: NOW_MS };
    return { ...counts, ...(age < 2 && meter) };
  });
  /** Every number with all its digits, every code the longest. */
  const longest: Item = {
    ...everything,
    ...Object.assign({}, ...slots),
    currentLevel: 2,
    errorCount: Number.MAX_SAFE_INTEGER - 1,
    successCount: Number.MAX_SAFE_INTEGER - 1,
    epoch,
    lastUpdated: NOW,
    lastTransition: NOW,
    transitionReason: '\u2602'.repeat(40),
    changedFrom: 2,
    changedBy: 'c'.repeat(24),
    notifiedEpoch: epoch,
  };
  const OF_LEVEL_2 = /^(ramp|step|canary|nextCanary|retry)/;
  const OF_LEVEL_3 = /^(probe|nextProbe)/;
  const OF_A_POLICY = /^(judge|shield|slowAfterMs|countStatuses|exerciseBelow)$/;
  const OF_A_REPLICA = /^cautionFromMs$/;
  const without = (...patterns: RegExp[]): Item => {
    const isKept = (name: string) => !patterns.some((pattern) => pattern.test(name));
    return Object.fromEntries(Object.entries(longest).filter(([name]) => isKept(name)));
  };

  describe('the size of the longest row', () => {
    test.each([
      ['level 2', without(OF_A_POLICY, OF_A_REPLICA, OF_LEVEL_3)],
      ['level 3', without(OF_A_POLICY, OF_A_REPLICA, OF_LEVEL_2)],
    ])('is one write unit without override and policy: %s', async (_level, attributes) => {
      const row = await given(attributes);
      const item = await row.read();
      // It is a good row.
      expect(stateOf('row', item).slots).toHaveLength(SLOTS + 2);
      expect(itemBytes(item)).toBeGreaterThan(800);
      expect(itemBytes(item)).toBeLessThanOrEqual(1_024);
    });

    test('is under 2 KB with them', async () => {
      const policy = { ...production, errorsToDegrade: 999_999, errorsToMaintenance: 1_000_000 };
      const row = await given({ ...longest, override: expired, policy });
      expect(itemBytes(await row.read())).toBeLessThan(2_048);
    });

    test('of a history is under 1 KB', async () => {
      const changes = Array.from({ length: 9 }, (_, index) => ({
        epoch: epoch + index,
        from: 2,
        to: 2,
        at: NOW,
        reason: 'c'.repeat(24),
      }));
      const row = await given({ ...longest, epoch: epoch + 8, history: changes.slice(0, 8) });
      await row.reset();
      expect(await row.history()).toHaveLength(8);
      expect(itemBytes(await row.historyItem())).toBeLessThan(1_024);
    });
  });
}
