/** The writes as data: what each demands of the row and what it makes of it. */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../lib/level/evaluate.ts';
import { atLeast } from '../../lib/level/fence.ts';
import { observe, type Observed } from '../../lib/level/observe.ts';
import { classic } from '../../lib/level/policy.ts';
import { INITIAL_STATE, isPinned, type LevelState } from '../../lib/level/state.ts';
import { applyVerdict } from '../../lib/level/writes.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const AT = '2026-01-02T03:04:05.000Z';

const observed = (readLevel: 1 | 2 | 3, result: 'success' | 'error'): Observed => ({
  outcome: { readLevel, servedLevel: readLevel, epoch: 7, result, durationMs: 3 },
  seen: { ...INITIAL_STATE, currentLevel: readLevel, epoch: 7 },
  readAtMs: AT_MS,
  atMs: AT_MS,
  random: 0,
});

describe('observing an outcome', () => {
  test.each([
    [1, 'error', { errorCount: 1 }, { successCount: 0, lastUpdated: AT }],
    [2, 'error', { errorCount: 1 }, { successCount: 0, lastUpdated: AT }],
    [3, 'error', undefined, { successCount: 0, lastUpdated: AT }],
    [1, 'success', { successCount: 1 }, { lastUpdated: AT }],
    [2, 'success', { successCount: 1 }, { lastUpdated: AT }],
    [3, 'success', { successCount: 1 }, { lastUpdated: AT }],
  ] as const)('level %i, %s', (level, result, add, set) => {
    const write = observe(observed(level, result), classic);
    expect(write?.add).toEqual(add);
    expect(write?.set).toEqual(set);
    expect(write?.expect).toMatchObject({ kind: 'evidence', level, epoch: 7, atMs: AT_MS });
  });

  test('a success at level 1 is only worth a write where errors are counted', () => {
    const fenceAt = (level: 1 | 2) => observe(observed(level, 'success'), classic)?.expect;
    expect(fenceAt(1)).toMatchObject({ evidence: [atLeast('errorCount', 1)] });
    expect(fenceAt(2)).toMatchObject({ evidence: [] });
  });
});

describe('applying a verdict', () => {
  const apply = (state: LevelState) =>
    applyVerdict(state, evaluate({ state, policy: classic, atMs: AT_MS }), classic, AT_MS);

  test('a move begins an epoch with the entry values of its level', () => {
    const state: LevelState = { ...INITIAL_STATE, errorCount: 16, epoch: 4 };
    expect(apply(state)).toEqual({
      expect: {
        kind: 'evidence',
        level: 1,
        epoch: 4,
        atMs: AT_MS,
        evidence: [atLeast('errorCount', 5)],
      },
      set: {
        currentLevel: 2,
        errorCount: 5,
        successCount: 0,
        epoch: 5,
        lastUpdated: AT,
        lastTransition: AT,
        transitionReason: 'errors',
        changedFrom: 1,
        changedBy: 'errors',
      },
      remove: ['history', 'override'],
    });
  });

  test('a clear begins no epoch and demands its evidence', () => {
    const state: LevelState = { ...INITIAL_STATE, errorCount: 4, successCount: 10, epoch: 4 };
    expect(apply(state)).toEqual({
      expect: {
        kind: 'evidence',
        level: 1,
        epoch: 4,
        atMs: AT_MS,
        evidence: [atLeast('successCount', 10)],
      },
      set: { errorCount: 0, successCount: 0, lastUpdated: AT },
    });
  });

  test('nothing to do is no write', () => {
    expect(apply(INITIAL_STATE)).toBeNull();
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
