/** Policies from outside: what is taken, what is refused, and in which words. */
import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { bank, classic } from '../../lib/level/policy.ts';
import { MAX_COUNT, overridePolicy } from '../../lib/runtime/policy-schema.ts';

describe('overriding a policy', () => {
  test.each([
    ['an empty map', {}, classic],
    ['one number', { errorsToDegrade: 3 }, { ...classic, errorsToDegrade: 3 }],
    ['a whole preset', bank, bank],
  ])('%s', (_what, overrides, policy) => {
    expect(overridePolicy(classic, overrides)).toMatchObject({ ok: true, policy });
  });

  test.each([
    [{ errorsToDegrade: 0 }, `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got 0`],
    [
      { errorsToDegrade: 1.5 },
      `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got 1.5`,
    ],
    [
      { successesToFull: '5' },
      `successesToFull must be an integer from 1 to ${MAX_COUNT}, got "5"`,
    ],
    [
      { probesToDegraded: MAX_COUNT + 1 },
      `probesToDegraded must be an integer from 1 to ${MAX_COUNT}, got ${MAX_COUNT + 1}`,
    ],
    [
      { errorsToDegrade: NumberValue.from('9007199254740993') },
      `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got 9007199254740993`,
    ],
    [
      { errorsToDegrade: 'x'.repeat(99) },
      `errorsToDegrade must be an integer from 1 to ${MAX_COUNT}, got "${'x'.repeat(39)}…`,
    ],
    [{ errorsToDegrade: 10 }, 'errorsToDegrade must be below errorsToMaintenance, got 10 and 10'],
    [
      { errorsToDegrad: 3 },
      'errorsToDegrad is not a field of a policy; did you mean errorsToDegrade?',
    ],
    [{ errorWindowMs: 1_000 }, 'errorWindowMs is not supported yet; leave it out'],
    [{ minDwellMs: 1_000 }, 'minDwellMs is not supported yet; leave it out'],
    [{ probeIntervalMs: 1_000 }, 'probeIntervalMs is not supported yet; leave it out'],
    [{ ramp: [5, 25] }, 'ramp is not supported yet; leave it out'],
    [{ exerciseDegradedPercent: 1 }, 'exerciseDegradedPercent is not supported yet; leave it out'],
    [null, 'a policy must be an object, got null'],
    ['classic', 'a policy must be an object, got "classic"'],
    [[3, 4], 'a policy must be an object, got Array'],
    [new Set(['errorsToDegrade']), 'a policy must be an object, got [object Set]'],
    [NumberValue.from('9007199254740993'), 'a policy must be an object, got 9007199254740993'],
  ])('%o is refused', (overrides, problem) => {
    expect(overridePolicy(classic, overrides)).toEqual({ ok: false, problem });
  });
});
