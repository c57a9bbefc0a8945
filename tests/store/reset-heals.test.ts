/** A reset heals a row, whatever a hand has written into it. */
import { NumberValue } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Item } from '../../lib/store/level-store.ts';
import { parseRow } from '../../lib/store/row.ts';
import { openDynamo, type DynamoBackend } from './backends.ts';
import { givenRow } from './steps.ts';

let backend: DynamoBackend;

beforeAll(async () => {
  backend = await openDynamo();
  return () => backend.close();
});

const expectHealed = async (attributes: Item) => {
  const row = await givenRow(backend, attributes);
  await row.reset();
  const { state, problems } = parseRow(await row.read());
  expect(problems).toEqual([]);
  expect(state).toMatchObject({ currentLevel: 1, errorCount: 0, successCount: 0 });
  expect(state).not.toHaveProperty('override');
  expect(state.epoch).toBeGreaterThan(parseRow(attributes).state.epoch);
};

// Scalars where the fence compares: the embedded table takes no two maps or lists for equal.
const scalar = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.integer({ min: -9, max: 1e9 }),
  fc.integer({ min: -9, max: 9 }).map((tenths) => tenths / 10),
  fc.boolean(),
  fc.constant(null),
);
const anything = fc.oneof(scalar, fc.array(scalar), fc.dictionary(fc.string(), scalar));

test('any attributes that a hand may write', async () => {
  const compared = { currentLevel: scalar, epoch: scalar };
  const others = {
    errorCount: anything,
    successCount: anything,
    override: anything,
    policy: anything,
    history: anything,
    lastUpdated: anything,
    lastTransition: anything,
    transitionReason: anything,
  };
  const items = fc.record({ ...compared, ...others }, { requiredKeys: [] });
  await fc.assert(fc.asyncProperty(items, expectHealed), { numRuns: 200, seed: 20_260_102 });
});

describe('numbers that a double does not hold', () => {
  test.each([
    ['an error count', { errorCount: NumberValue.from('9007199254740993') }],
    ['an end of an override', { override: { untilMs: NumberValue.from('9007199254740993') } }],
  ])('%s', async (_title, attributes) => {
    await expectHealed(attributes);
  });

  test.each([
    ['a level past the safe integers', { currentLevel: NumberValue.from('9007199254740993') }],
    ['an epoch past the safe integers', { epoch: NumberValue.from('9007199254740993') }],
    ['the last safe epoch', { epoch: NumberValue.from('9007199254740991') }],
    [
      'an epoch with more digits than a double',
      { epoch: NumberValue.from('1.23456789012345678901') },
    ],
  ])('%s', async (_title, attributes) => {
    await expectHealed(attributes);
  });
});
