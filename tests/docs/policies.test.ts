/** docs/POLICIES.md says of every field what the code says of it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { POLICY_NAMES } from '../../lib/runtime/policy-schema.ts';
import { readBlock } from './block.ts';
import { POLICY_REASONS } from '../../lib/runtime/policy-reasons.ts';
import { POLICIES_FILE, policiesBlock } from './policies.ts';

const text = readFileSync(POLICIES_FILE, 'utf8');

test('the table is the one of the code (npm run docs writes it)', () => {
  expect(readBlock(text, 'fields')).toBe(policiesBlock());
});

test('every field has its reason', () => {
  expect(Object.keys(POLICY_REASONS)).toEqual(POLICY_NAMES);
});
