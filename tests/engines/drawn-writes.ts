/** Rows and writes by chance: every kind of fence and demand, on attributes that are there, absent or of another type. */
import fc from 'fast-check';
import type { Condition, ConditionalWrite } from '../../lib/level/fence.ts';
import type { Demand, RowWrite } from '../../lib/shared/row-write.ts';

const NUMBERS = [
  'errorCount',
  'successCount',
  'run',
  'epoch',
  'notifiedEpoch',
  'sampleOneIn',
] as const;
const small = fc.nat(4);
const attribute = fc.constantFrom(...NUMBERS);
const time = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z');

/** Null is a missing one; a hand may have written anything. */
export const rows = fc.option(
  fc.record(
    {
      currentLevel: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 3 }) },
        fc.constant('2'),
      ),
      errorCount: fc.oneof({ weight: 8, arbitrary: small }, fc.constantFrom('many', null, true)),
      successCount: small,
      run: small,
      epoch: fc.oneof(
        { weight: 8, arbitrary: small },
        fc.constantFrom<unknown>('one', [1], {}, null),
      ),
      notifiedEpoch: fc.oneof({ weight: 4, arbitrary: small }, fc.constant('one')),
      sampleOneIn: small,
      sampleUntilMs: small,
      lastUpdated: fc.oneof({ weight: 4, arbitrary: time }, small),
      override: fc.oneof(
        fc.record({ untilMs: fc.oneof(small, fc.constant('soon')) }),
        fc.constantFrom<unknown>({ reason: 'drill' }, 'drill', [1], null),
      ),
      members: fc.constantFrom(new Set([1, 2]), new Set([3])),
    },
    { requiredKeys: [] },
  ),
  { freq: 8 },
);

/** Each attribute of the type that the product writes. */
export const tidyRows = fc.option(
  fc.record(
    {
      currentLevel: fc.integer({ min: 1, max: 3 }),
      errorCount: small,
      successCount: small,
      run: small,
      epoch: small,
      notifiedEpoch: small,
      sampleOneIn: small,
      sampleUntilMs: small,
      lastUpdated: time,
      override: fc.oneof(fc.record({ untilMs: small }), fc.constant({ reason: 'drill' })),
    },
    { requiredKeys: [] },
  ),
  { freq: 8 },
);

const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ attribute, is: fc.constant('>=' as const), value: small }),
  fc.record({ attribute, is: fc.constant('<=' as const), value: small }),
  fc.record({
    attribute,
    is: fc.constant('=' as const),
    value: fc.option(small, { nil: undefined }),
  }),
);

const evidence = fc.record(
  {
    kind: fc.constant('evidence' as const),
    level: fc.constantFrom(1 as const, 2 as const, 3 as const),
    epoch: small,
    atMs: small,
    // Bounds of one attribute do not meet.
    evidence: fc.uniqueArray(conditions, { maxLength: 2, selector: ({ attribute: of }) => of }),
    mostOneIn: small,
    updatedBy: time,
  },
  { requiredKeys: ['kind', 'level', 'epoch', 'atMs', 'evidence'] },
);

const asRead = fc.record(
  {
    kind: fc.constant('as-read' as const),
    currentLevel: fc.constantFrom<unknown>(undefined, 1, 2, 3, '2'),
    epoch: fc.constantFrom<unknown>(undefined, 0, 1, 2, 'one', [1], {}, null),
    updatedBy: time,
  },
  { requiredKeys: ['kind', 'currentLevel', 'epoch'] },
);

const fences = fc.oneof(
  { weight: 3, arbitrary: evidence },
  { weight: 2, arbitrary: asRead },
  fc.record({ kind: fc.constant('not-notified' as const), epoch: small }),
  fc.constant({ kind: 'none' as const }),
);

const toSet = fc.oneof(
  small,
  time,
  fc.constantFrom<unknown>('x', null, true, [1, 'a'], { a: { b: [] } }, 'ñ☂💥'),
);

/** What a write does to each attribute: no attribute stands in two parts, and something is done. */
const parts = fc
  .dictionary(
    fc.constantFrom(...NUMBERS, 'lastUpdated', 'override', 'extra', 'members'),
    fc.oneof(
      fc.record({ part: fc.constant('set' as const), value: toSet }),
      fc.record({ part: fc.constant('setIfAbsent' as const), value: small }),
      fc.record({ part: fc.constant('add' as const), value: fc.integer({ min: -2, max: 3 }) }),
      fc.record({ part: fc.constant('remove' as const), value: fc.constant(0) }),
    ),
    { minKeys: 1, maxKeys: 4 },
  )
  .map((chosen) => {
    const of = (wanted: string) =>
      Object.entries(chosen).flatMap(([name, { part, value }]) =>
        part === wanted ? [[name, value] as const] : [],
      );
    return {
      set: Object.fromEntries(of('set')),
      setIfAbsent: Object.fromEntries(of('setIfAbsent')) as Record<string, number>,
      add: Object.fromEntries(of('add')) as Record<string, number>,
      remove: of('remove').map(([name]) => name),
    };
  });

/** Writes to the row of a level. */
export const levelWrites: fc.Arbitrary<ConditionalWrite> = fc
  .record({ expect: fences, does: parts })
  .map(({ expect, does }) => ({ expect, ...does }));

const demands: fc.Arbitrary<Demand> = fc.oneof(
  fc.record({
    attribute,
    is: fc.constant('=' as const),
    value: fc.oneof(small, fc.constant('one')),
    orAbsent: fc.boolean(),
  }),
  fc.record({ attribute, is: fc.constant('<' as const), value: small }),
);

/** Writes to the row of a breaker, which add members to sets too. */
export const breakerWrites: fc.Arbitrary<RowWrite> = fc
  .record({
    expect: fc.uniqueArray(demands, { maxLength: 2, selector: ({ attribute: of }) => of }),
    does: parts,
    members: fc.option(fc.constantFrom(new Set([1]), new Set([2, 3]))),
  })
  .map(({ expect, does, members }) => {
    const { members: _set, ...set } = does.set;
    const isFree = ![
      ...Object.keys(does.add),
      ...Object.keys(does.setIfAbsent),
      ...does.remove,
    ].includes('members');
    const add = members !== null && isFree ? { ...does.add, members } : does.add;
    return { expect, ...does, set, add };
  });
