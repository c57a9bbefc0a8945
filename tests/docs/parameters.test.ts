/** The runbook's table of parameters is the code's, and serverless.yml has a default for each. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkParameters, PARAMETER_NAMES } from '../../lib/runtime/parameters.ts';
import { readBlock } from './block.ts';
import { parameterDefaults, parametersBlock, RUNBOOK_FILE } from './parameters.ts';

test('the table is the one of the code (npm run docs writes it)', () => {
  expect(readBlock(readFileSync(RUNBOOK_FILE, 'utf8'), 'parameters')).toBe(parametersBlock());
});

test('serverless.yml has a default for every parameter, prod for some, and no other', () => {
  const { default: every, prod } = parameterDefaults();
  expect(Object.keys(every).toSorted()).toEqual(PARAMETER_NAMES.toSorted());
  expect(PARAMETER_NAMES).toEqual(expect.arrayContaining(Object.keys(prod)));
});

test.each(['dev', 'prod', 'a-stage-of-26-characters-x'])('what %s is given is right', (stage) => {
  const { default: every, prod } = parameterDefaults();
  const values = stage === 'prod' ? { ...every, ...prod } : every;
  expect(() => checkParameters({ stage, named: [], values })).not.toThrow();
});
