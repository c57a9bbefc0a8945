/** What fails a folder of mutants: a survivor without a reason, a reason without a survivor, too few that are killed. */
import { expect, test } from 'vitest';
import { checked, rowOf, type Mutant, type Reasons } from './judge.ts';

const FILE = 'lib/level/window.ts';
const mutant = (status: string, was = 'a > b', file = FILE): Mutant => {
  return { file, line: 7, was, becomes: 'a >= b', kind: 'EqualityOperator', status };
};
const KILLED = Array.from({ length: 19 }, () => mutant('Killed'));
const reason = (was: string, becomes = 'a >= b'): Reasons => {
  return { [FILE]: [{ was, becomes, why: 'both say the same' }] };
};

test.each<[string, readonly Mutant[], Reasons, RegExp | null]>([
  ['all are killed', KILLED, {}, null],
  ['one is left, with a reason', [...KILLED, mutant('Survived')], reason('a > b'), null],
  ['white space does not matter', [...KILLED, mutant('Survived')], reason('a  >\n b'), null],
  [
    'one is left, without a reason',
    [...KILLED, mutant('Survived')],
    {},
    /^lib\/level\/window\.ts:7 Survived EqualityOperator: a > b => a >= b$/,
  ],
  ['one that nothing reaches', [...KILLED, mutant('NoCoverage')], {}, /:7 NoCoverage/],
  ['one with the reason of another', [...KILLED, mutant('Survived', 'c')], reason('a > b'), /c =>/],
  ['a reason of what is killed', KILLED, reason('a > b'), /^survivors\.json names .*a > b/],
  ['a reason of a file that was not mutated', [mutant('Killed', 'a', 'b.ts')], reason('a'), null],
  ['too few are killed', [mutant('Timeout'), mutant('Survived')], reason('a > b'), /got 50\.0 %$/],
  ['what does not load is no mutant', [...KILLED, mutant('RuntimeError')], {}, null],
])('%s', (_what, mutants, reasons, words) => {
  const problems = checked(mutants, reasons, false);
  if (words === null) expect(problems).toEqual([]);
  else expect(problems).toContainEqual(expect.stringMatching(words));
});

test('of a part of a folder no share is asked for', () => {
  const mutants = [mutant('Killed'), mutant('Survived')];
  expect(checked(mutants, reason('a > b'), true)).toEqual([]);
});

test('a folder is a row of the table', () => {
  const mutants = [...KILLED, mutant('Timeout'), mutant('Survived'), mutant('RuntimeError')];
  expect(rowOf('level', mutants, 61)).toBe('| level | 21 | 20 | 1 | 95.2 % | 1 | 2 min |');
});
