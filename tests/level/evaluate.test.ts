/** The rules of policies that count: the table of the design, row by row, then what must hold for every row and policy. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, type Verdict } from '../../lib/level/evaluate.ts';
import { atLeast } from '../../lib/level/fence.ts';
import type { Level } from '../../lib/level/level.ts';
import { bank, classic, entryErrorCount, type Policy } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';

const stay: Verdict = { kind: 'stay' };
const clear: Verdict = { kind: 'clear', evidence: [atLeast('successCount', 10)] };
const errors = (to: Level, count: number): Verdict => ({
  kind: 'move',
  to,
  reason: 'errors',
  evidence: [atLeast('errorCount', count)],
});
const climb = (to: Level, reason: 'successes' | 'probes', count: number): Verdict => ({
  kind: 'move',
  to,
  reason,
  evidence: [atLeast('successCount', count)],
});

type Case = readonly [level: Level, errorCount: number, successCount: number, verdict: Verdict];

const CLASSIC: readonly Case[] = [
  [1, 0, 0, stay],
  [1, 4, 0, stay],
  [1, 5, 0, errors(2, 5)],
  [1, 6, 0, errors(2, 5)],
  [1, 200, 0, errors(2, 5)],
  [1, 1, 9, stay],
  [1, 1, 10, clear],
  [1, 4, 11, clear],
  [1, 0, 10, stay],
  [1, 5, 10, errors(2, 5)],
  [2, 5, 0, stay],
  [2, 9, 9, stay],
  [2, 10, 0, errors(3, 10)],
  [2, 11, 0, errors(3, 10)],
  [2, 5, 10, climb(1, 'successes', 10)],
  [2, 9, 12, climb(1, 'successes', 10)],
  [2, 10, 10, errors(3, 10)],
  [3, 10, 0, stay],
  [3, 10, 9, stay],
  [3, 10, 10, climb(2, 'probes', 10)],
  [3, 999, 11, climb(2, 'probes', 10)],
];

const BANK: readonly Case[] = [
  [1, 4, 0, stay],
  [1, 5, 0, errors(2, 5)],
  [2, 5, 4, stay],
  [2, 5, 5, climb(1, 'successes', 5)],
  [2, 10, 0, errors(3, 10)],
  [3, 10, 2, stay],
  [3, 10, 3, climb(2, 'probes', 3)],
];

const row = (currentLevel: Level, errorCount: number, successCount: number): LevelState => ({
  ...INITIAL_STATE,
  currentLevel,
  errorCount,
  successCount,
});

const anyLevel = fc.constantFrom<Level>(1, 2, 3);
const anyCount = fc.nat(30);
const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    errorsToDegrade: fc.integer({ min: 1, max: 10 }),
    more: fc.integer({ min: 1, max: 10 }),
    successesToClear: fc.integer({ min: 1, max: 20 }),
    successesToFull: fc.integer({ min: 1, max: 20 }),
    probesToDegraded: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ more, ...policy }) => ({
    ...classic,
    ...policy,
    errorsToMaintenance: policy.errorsToDegrade + more,
  }));

describe('the table of the level rules', () => {
  test.each(CLASSIC)('classic: level %i, %i errors, %i successes', (level, e, s, verdict) => {
    expect(evaluate({ state: row(level, e, s), policy: classic, atMs: 0 })).toEqual(verdict);
  });

  test.each(BANK)('bank: level %i, %i errors, %i successes', (level, e, s, verdict) => {
    expect(evaluate({ state: row(level, e, s), policy: bank, atMs: 0 })).toEqual(verdict);
  });

  test.each([
    [1, 0],
    [2, 5],
    [3, 10],
  ] as const)('level %i is entered with %i errors, from either side', (level, count) => {
    expect(entryErrorCount(level, classic)).toBe(count);
  });
});

describe('for every row and policy', () => {
  const judge = (level: Level, e: number, s: number, policy: Policy) =>
    evaluate({ state: row(level, e, s), policy, atMs: 0 });

  test('a move goes to a neighbouring level', () => {
    fc.assert(
      fc.property(anyLevel, anyCount, anyCount, anyPolicy, (level, e, s, policy) => {
        const verdict = judge(level, e, s, policy);
        if (verdict.kind === 'move') expect(Math.abs(verdict.to - level)).toBe(1);
      }),
    );
  });

  test('the evidence of a verdict stands in the row it was made of', () => {
    fc.assert(
      fc.property(anyLevel, anyCount, anyCount, anyPolicy, (level, e, s, policy) => {
        const verdict = judge(level, e, s, policy);
        if (verdict.kind === 'stay') return;
        const counts: Record<string, number> = { errorCount: e, successCount: s };
        expect(verdict.evidence).toHaveLength(1);
        for (const { attribute, is, value } of verdict.evidence) {
          expect(is).toBe('>=');
          expect(counts[attribute]).toBeGreaterThanOrEqual(value ?? Infinity);
        }
      }),
    );
  });

  test('a level that was just entered stays until new evidence comes', () => {
    fc.assert(
      fc.property(anyLevel, anyPolicy, (level, policy) => {
        expect(judge(level, entryErrorCount(level, policy), 0, policy)).toEqual(stay);
      }),
    );
  });

  test('no number of successes moves down and no number of errors moves up', () => {
    fc.assert(
      fc.property(anyLevel, anyCount, anyPolicy, (level, count, policy) => {
        const afterErrors = judge(level, count, 0, policy);
        const afterSuccesses = judge(level, entryErrorCount(level, policy), count, policy);
        if (afterErrors.kind === 'move') expect(afterErrors.to).toBeGreaterThan(level);
        if (afterSuccesses.kind === 'move') expect(afterSuccesses.to).toBeLessThan(level);
      }),
    );
  });
});
