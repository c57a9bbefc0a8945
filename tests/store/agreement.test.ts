/** The simulated store and DynamoDB make the same of any write to any row, malformed ones included. */
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { isLevel, type Level } from '../../lib/level/level.ts';
import {
  asSeen,
  atLeast,
  atMost,
  type ConditionalWrite,
  type EvidenceFence,
} from '../../lib/level/fence.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { openDynamo } from './backends.ts';
import { openSimulated, type Backend } from './simulated-store.ts';
import { EARLIER, givenRow, NOW, NOW_MS, type GivenRow } from './steps.ts';

let dynamo: Backend;
let simulated: Backend;

beforeAll(async () => {
  dynamo = await openDynamo();
  simulated = await openSimulated();
  return () => dynamo.close();
});

const level = fc.constantFrom<Level>(1, 2, 3);
const epoch = fc.nat(3);
const malformed = fc.constantFrom<unknown>('2', null, 1.5, -1, true);
const untilMs = fc.constantFrom<unknown>(NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW);

const attributes: fc.Arbitrary<Item> = fc.record(
  {
    currentLevel: fc.oneof({ weight: 8, arbitrary: level }, malformed),
    epoch: fc.oneof({ weight: 8, arbitrary: epoch }, malformed),
    errorCount: fc.oneof({ weight: 8, arbitrary: fc.nat(12) }, malformed),
    successCount: fc.oneof({ weight: 8, arbitrary: fc.nat(12) }, malformed),
    override: fc.oneof(
      { weight: 6, arbitrary: fc.constant({ untilMs: NOW_MS }) },
      { weight: 4, arbitrary: fc.record({ untilMs }, { requiredKeys: [] }) },
      malformed,
    ),
    sampleOneIn: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(3, 4, 5) }, malformed),
    sampleUntilMs: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(NOW_MS, NOW_MS + 1) },
      malformed,
    ),
    stepSinceMs: fc.constant(NOW_MS),
    policy: fc.constant({ successesToFull: 3 }),
    lastUpdated: fc.constantFrom(EARLIER, EARLIER, NOW),
  },
  { requiredKeys: [] },
);

const item = fc.option(attributes, { nil: null });

const evidence = fc
  .record({
    kind: fc.constant('evidence' as const),
    level,
    epoch,
    atMs: fc.constant(NOW_MS),
    evidence: fc.subarray([
      atLeast('errorCount', 5),
      atLeast('successCount', 5),
      atMost('successCount', 6),
      asSeen('errorCount', 5),
      asSeen('stepSinceMs', undefined),
    ]),
    share: fc.constantFrom({}, {}, { mostOneIn: 4 }, { updatedBy: EARLIER }),
  })
  .map(({ share, ...fence }): EvidenceFence => ({ ...fence, ...share }));

/** The fence of who has just read the row, so far as the row is a good one. */
const justRead = (row: Item | null, fence: EvidenceFence): EvidenceFence => {
  const current = row?.['currentLevel'] ?? 1;
  const begun = row?.['epoch'] ?? 0;
  const { level: otherwise, epoch: other } = fence;
  return {
    ...fence,
    level: isLevel(current) ? current : otherwise,
    epoch: typeof begun === 'number' ? begun : other,
  };
};

const change = fc.record(
  {
    add: fc.constantFrom({ errorCount: 1 } as const, { successCount: 1 } as const),
    setIfAbsent: fc.constant({ sampleOneIn: 9, run: 1 }),
    remove: fc.subarray(['override', 'policy'] as const),
  },
  { requiredKeys: [] },
);

const applyTo = async (row: GivenRow, write: ConditionalWrite) => {
  const result = await row.write(write).catch((error: unknown) => {
    expect(error).toBeInstanceOf(StoreUnavailableError);
    return 'refused' as const;
  });
  const { PK: _key, ...after } = (await row.read()) ?? {};
  return { result: typeof result === 'string' ? result : result && 'applied', after };
};

/** @returns Whether the write was applied. */
const madeTheSame = async (before: Item | null, write: ConditionalWrite): Promise<boolean> => {
  const real = await applyTo(await givenRow(dynamo, before), write);
  const model = await applyTo(await givenRow(simulated, before), write);
  expect(real).toEqual(model);
  return real.result === 'applied';
};

const options = { numRuns: 250, seed: 20_260_102 };

test('under the fence of evidence', async () => {
  let applied = 0;
  const just = fc.nat(3);
  const property = fc.asyncProperty(
    item,
    evidence,
    change,
    just,
    async (before, fence, what, n) => {
      const expected = n === 0 ? fence : justRead(before, fence);
      const made = await madeTheSame(before, {
        expect: expected,
        set: { lastUpdated: NOW },
        ...what,
      });
      applied += Number(made);
    },
  );
  await fc.assert(property, options);
  expect(applied).toBeGreaterThan(30);
});

test('under the fence of a control write', async () => {
  let applied = 0;
  const property = fc.asyncProperty(item, item, fc.boolean(), async (before, other, unchanged) => {
    const read = unchanged ? before : other;
    const fence = {
      kind: 'as-read' as const,
      currentLevel: read?.['currentLevel'],
      epoch: read?.['epoch'],
    };
    const made = await madeTheSame(before, { expect: fence, set: { epoch: 9, errorCount: 0 } });
    if (unchanged) expect(made).toBe(true);
    applied += Number(made);
  });
  await fc.assert(property, options);
  expect(applied).toBeGreaterThan(100);
});

test('under the fences of read replicas', async () => {
  let applied = 0;
  const version = fc.option(fc.nat(2), { nil: undefined });
  const held = fc.record(
    {
      epoch: fc.oneof({ weight: 8, arbitrary: epoch }, malformed),
      replicaVersion: fc.oneof({ weight: 8, arbitrary: fc.nat(2) }, malformed),
      freshUntilMs: fc.oneof({ weight: 8, arbitrary: untilMs }, malformed),
    },
    { requiredKeys: [] },
  );
  const fence = fc.oneof(
    fc.record({ kind: fc.constant('replica-version' as const), version }),
    fc.record({
      kind: fc.constant('replica' as const),
      epoch,
      version: fc.nat(2),
      atMs: fc.constant(NOW_MS),
    }),
  );
  const property = fc.asyncProperty(held, fence, async (before, expected) => {
    applied += Number(await madeTheSame(before, { expect: expected, set: { currentLevel: 2 } }));
  });
  await fc.assert(property, options);
  expect(applied).toBeGreaterThan(100);
});
