/** The writes as data: what each demands of the row and what it makes of it. */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../lib/level/evaluate.ts';
import { classic } from '../../lib/level/policy.ts';
import { HISTORY_LIMIT, INITIAL_STATE, isPinned, type LevelState } from '../../lib/level/state.ts';
import { applyVerdict, observe } from '../../lib/level/writes.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const AT = '2026-01-02T03:04:05.000Z';

const outcome = (readLevel: 1 | 2 | 3, result: 'success' | 'error') =>
  ({ readLevel, servedLevel: readLevel, epoch: 7, result, durationMs: 3 }) as const;

describe('observing an outcome', () => {
  test.each([
    [1, 'error', { errorCount: 1 }, { successCount: 0, lastUpdated: AT }],
    [2, 'error', { errorCount: 1 }, { successCount: 0, lastUpdated: AT }],
    [3, 'error', undefined, { successCount: 0, lastUpdated: AT }],
    [1, 'success', { successCount: 1 }, { lastUpdated: AT }],
    [2, 'success', { successCount: 1 }, { lastUpdated: AT }],
    [3, 'success', { successCount: 1 }, { lastUpdated: AT }],
  ] as const)('level %i, %s', (level, result, add, set) => {
    const write = observe(outcome(level, result), AT_MS);
    expect(write.add).toEqual(add);
    expect(write.set).toEqual(set);
    expect(write.expect).toMatchObject({ kind: 'evidence', level, epoch: 7, atMs: AT_MS });
  });

  test('a success at level 1 is only worth a write where errors are counted', () => {
    expect(observe(outcome(1, 'success'), AT_MS).expect).toMatchObject({ minErrorCount: 1 });
    expect(observe(outcome(2, 'success'), AT_MS).expect).not.toHaveProperty('minErrorCount');
  });
});

describe('applying a verdict', () => {
  const apply = (state: LevelState) =>
    applyVerdict(state, evaluate({ state, policy: classic, atMs: AT_MS }), classic, AT_MS);

  test('a move begins an epoch with the entry values of its level', () => {
    const state: LevelState = { ...INITIAL_STATE, errorCount: 16, epoch: 4 };
    expect(apply(state)).toEqual({
      expect: { kind: 'evidence', level: 1, epoch: 4, atMs: AT_MS, minErrorCount: 5 },
      set: {
        currentLevel: 2,
        errorCount: 5,
        successCount: 0,
        epoch: 5,
        lastUpdated: AT,
        lastTransition: AT,
        transitionReason: 'errors',
        history: [{ epoch: 5, from: 1, to: 2, at: AT, reason: 'errors' }],
      },
      remove: ['override'],
    });
  });

  test('a clear begins no epoch and demands its evidence', () => {
    const state: LevelState = { ...INITIAL_STATE, errorCount: 4, successCount: 10, epoch: 4 };
    expect(apply(state)).toEqual({
      expect: { kind: 'evidence', level: 1, epoch: 4, atMs: AT_MS, minSuccessCount: 10 },
      set: { errorCount: 0, successCount: 0, lastUpdated: AT },
    });
  });

  test('nothing to do is no write', () => {
    expect(apply(INITIAL_STATE)).toBeNull();
  });

  test('the history keeps the last changes, oldest first', () => {
    const history = Array.from({ length: HISTORY_LIMIT }, (_, index) => ({
      epoch: index + 1,
      from: 1,
      to: 2,
      at: AT,
      reason: 'errors',
    })) as LevelState['history'];
    const state: LevelState = { ...INITIAL_STATE, errorCount: 5, epoch: HISTORY_LIMIT, history };
    const epochs = apply(state)?.set.history?.map((change) => change.epoch);
    expect(epochs).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('a pin', () => {
  test.each([
    [undefined, false],
    [{ reason: 'forever' }, true],
    [{ reason: 'later', untilMs: AT_MS + 1 }, true],
    [{ reason: 'now', untilMs: AT_MS }, false],
    [{ reason: 'past', untilMs: AT_MS - 1 }, false],
  ] as const)('%o is in force: %s', (override, inForce) => {
    expect(isPinned({ ...INITIAL_STATE, ...(override && { override }) }, AT_MS)).toBe(inForce);
  });
});
