/** The search under a rate is worth its time: it finds each hole of the fences, once it is opened. */
import { describe, expect, test } from 'vitest';
import type { Condition, ConditionalWrite } from '../../lib/level/fence.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import type { RateKind } from './rate-actors.ts';
import { exploreRate } from './rate-oracle.ts';
import { RATE_STARTS } from './rate-starts.ts';

type Table = typeof applyWrite;

const startOf = (title: string): Item | undefined => {
  const found = RATE_STARTS.find(([name]) => name === title);
  if (found === undefined) throw new Error(`expected a start, got ${title}`);
  return found[1];
};

/** A table that overlooks some conditions of evidence. */
const without =
  (isOverlooked: (condition: Condition, write: ConditionalWrite) => boolean): Table =>
  (item, write) => {
    const { expect: fence } = write;
    if (fence.kind !== 'evidence') return applyWrite(item, write);
    const evidence = fence.evidence.filter((condition) => !isOverlooked(condition, write));
    return applyWrite(item, { ...write, expect: { ...fence, evidence } });
  };

const noEpoch: Table = (item, write) => {
  const { expect: fence } = write;
  if (fence.kind !== 'evidence') return applyWrite(item, write);
  return applyWrite(item, { ...write, expect: { ...fence, epoch: Number(item['epoch'] ?? 0) } });
};

const anyShare: Table = (item, write) => {
  const { expect: fence } = write;
  if (fence.kind !== 'evidence') return applyWrite(item, write);
  return applyWrite(item, { ...write, expect: { ...fence, mostOneIn: Infinity } });
};

const keepingSlots: Table = (item, write) =>
  applyWrite(item, { ...write, remove: write.remove?.filter((name) => !/^[EO]/.test(name)) ?? [] });

const counts = ({ add }: ConditionalWrite) => add !== undefined;
const endsIn =
  (...names: string[]) =>
  (condition: Condition) =>
    names.includes(condition.attribute);

const HOLES: [hole: string, Table, start: string, RateKind[], rule: string][] = [
  [
    'a claim does not look at the time it saw',
    without(endsIn('nextProbeAtMs')),
    'level 3, a probe is due and is the last that is missing',
    ['probeError', 'tick'],
    'a claim is won by one of those who saw the same time',
  ],
  [
    'a climb does not look at late errors',
    without(endsIn('canaryErrors')),
    'level 2, the last step, with as many errors as may be',
    ['canarySuccess', 'canaryError'],
    'a climb or a next step rests on its own step',
  ],
  [
    'a canary does not look at its step',
    without((condition, write) => counts(write) && condition.attribute === 'stepSinceMs'),
    'level 2, a first step one outcome short',
    ['canarySuccess', 'canaryError'],
    'evidence counts only under the level and epoch it was read at, a canary in its step',
  ],
  [
    'a repeated step does not look at its step',
    without((condition, write) => !counts(write) && condition.attribute === 'stepSinceMs'),
    'level 2, a first step one outcome short',
    ['repeatedCanary'],
    'a climb or a next step rests on its own step',
  ],
  [
    'a retreat does not look at its errors and its step',
    without((_condition, write) => !counts(write)),
    'level 2, a later step one error below bad',
    ['canaryError'],
    'a retreat rests on its own step',
  ],
  [
    'a fall by a run does not look at the run',
    without(endsIn('run')),
    'level 1, one error below a run',
    ['error', 'success'],
    'a fall rests on its rate, or on a run that is still there',
  ],
  [
    'the epoch is not in the fence',
    noEpoch,
    'level 1, one error below a run',
    ['error', 'reset'],
    'evidence counts only under the level and epoch it was read at',
  ],
  [
    'what was drawn by a smaller share counts',
    anyShare,
    'level 1, one below the mark of a share',
    ['error'],
    'evidence counts only under the level and epoch it was read at',
  ],
  [
    'the slots of a level outlive it',
    keepingSlots,
    'level 1, one outcome below a rate',
    ['error'],
    'a level begins without evidence',
  ],
];

describe('the search', () => {
  test.each(HOLES)('finds what goes wrong when %s', async (_hole, apply, title, kinds, rule) => {
    const search = exploreRate({ row: startOf(title), kinds, sizes: [1, 2, 3], apply });
    await expect(search).rejects.toThrow(`violated: ${rule}`);
  });

  test.each(HOLES)('finds nothing wrong unless %s', async (_hole, _apply, title, kinds) => {
    const { moments } = await exploreRate({ row: startOf(title), kinds, sizes: [1, 2, 3] });
    expect(moments).toBeGreaterThan(2);
  });
});
