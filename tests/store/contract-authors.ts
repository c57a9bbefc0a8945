/** The contract of a store on who changed a row, with what words, and since when its level is. */
import { describe, expect, test } from 'vitest';
import { EARLIER, NOW, NOW_MS, type Given } from './steps.ts';

const ROW = { currentLevel: 2, errorCount: 7, successCount: 3, epoch: 4, lastUpdated: EARLIER };
const OVERRIDE = { reason: 'drill', untilMs: NOW_MS + 60_000 };

/** What an operator leaves behind. */
export function describeAuthors(given: Given): void {
  describe('who changes a row', () => {
    const ANA = 'arn:aws:iam::123456789012:user/ana';

    test('stands on the row with its words, and in the history after others came', async () => {
      const row = await given(ROW);
      await row.pin(3, OVERRIDE, ANA);
      expect(await row.read()).toMatchObject({ by: ANA, transitionReason: 'drill' });
      await row.release({ note: 'over', by: 'bob@laptop' });
      expect(await row.read()).toMatchObject({ by: 'bob@laptop', transitionReason: 'over' });
      expect(await row.history()).toEqual([
        { epoch: 5, from: 2, to: 3, at: NOW, reason: 'pin', note: 'drill', by: ANA },
        { epoch: 6, from: 3, to: 3, at: NOW, reason: 'release', note: 'over', by: 'bob@laptop' },
      ]);
    });

    test('is forgotten by the row with what the row does by itself', async () => {
      const row = await given({ ...ROW, currentLevel: 3, successCount: 9 });
      await row.pin(3, { reason: 'drill' }, ANA);
      await row.release({ by: ANA });
      for (let probe = 0; probe < 10; probe += 1)
        await row.record('success', { level: 3, epoch: 6 });
      const item = await row.read();
      expect(item).toMatchObject({ currentLevel: 2, epoch: 7 });
      expect(item).not.toHaveProperty('by');
    });
  });

  describe('since when a level is', () => {
    const moved = { changedFrom: 1, changedBy: 'errors', lastTransition: EARLIER };

    test('survives what begins at the same level, and goes with the level', async () => {
      const row = await given({ ...ROW, ...moved });
      await row.pin(2, OVERRIDE);
      await row.release();
      await row.changePolicy({ successesToFull: 3 });
      expect(await row.read()).toMatchObject({ levelSince: EARLIER, lastTransition: NOW });
      await row.reset();
      expect(await row.read()).not.toHaveProperty('levelSince');
    });

    test('is unknown where nobody saw the level entered', async () => {
      const row = await given(null);
      await row.pin(1, OVERRIDE);
      await row.release();
      expect(await row.read()).not.toHaveProperty('levelSince');
    });
  });
}
