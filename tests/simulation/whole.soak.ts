/** A million steps of the whole system under faults, and what a broken table is found by. */
import { describe, expect, test } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { IS_SHORT } from '../shared/soak-seeds.ts';
import { play } from './whole/episode.ts';

const STEPS = IS_SHORT ? 200_000 : 1_000_000;
const FIRST_SEED = 1_000;

test(`${STEPS} steps: every rule holds, and everything comes back`, async () => {
  const happened = new Set<string>();
  let [steps, writes, untold, changes] = [0, 0, 0, 0];
  for (let seed = FIRST_SEED; steps < STEPS; seed += 1) {
    const episode = await play(seed);
    steps += episode.steps;
    writes += episode.writes;
    untold += episode.untold;
    for (const [what, times] of episode.happened) {
      happened.add(what);
      if (what.includes('->')) changes += times;
    }
  }
  process.stdout.write(
    `whole system: ${steps} steps, ${writes} writes, ${changes} changes of level, ${untold} epochs untold\n`,
  );
  // An epoch that nobody is told of takes two writers that were cut off one after the other.
  expect(untold).toBeLessThan(changes / 10);
  for (const what of ['1 -> 2', '2 -> 3', '3 -> 2', '2 -> 1']) {
    expect(happened).toContain(`request ${what}`);
  }
  for (const what of [
    'alarm 1 -> 2',
    'tick 2 -> 1',
    'operator 1 -> 3',
    'probe',
    'request refused',
  ]) {
    expect(happened).toContain(what);
  }
});

type Edit = (write: ConditionalWrite, item: Item) => ConditionalWrite;

const fenced = (edit: (fence: ConditionalWrite['expect'], item: Item) => object): Edit => {
  return (write, item) => {
    return { ...write, expect: { ...write.expect, ...edit(write.expect, item) } };
  };
};

const BROKEN: readonly (readonly [what: string, edit: Edit])[] = [
  ['evidence is not demanded', fenced(({ kind }) => (kind === 'evidence' ? { evidence: [] } : {}))],
  [
    'the epoch is not demanded',
    fenced(({ kind }, { epoch }) => (kind === 'evidence' ? { epoch: epoch ?? 0 } : {})),
  ],
  ['a pin does not hold', fenced(({ kind }) => (kind === 'evidence' ? { atMs: Infinity } : {}))],
  [
    'a control write takes whatever row there is',
    fenced(({ kind }, { currentLevel, epoch }) =>
      kind === 'as-read' ? { currentLevel, epoch, updatedBy: undefined } : {},
    ),
  ],
  ['the age of a verdict is not asked', fenced(() => ({ updatedBy: undefined }))],
  [
    'a level keeps its counts',
    (write) => {
      const { errorCount: _errors, successCount: _successes, ...set } = write.set;
      return write.set['currentLevel'] === undefined ? write : { ...write, set };
    },
  ],
  [
    'a level keeps its slots',
    (write) => {
      if (write.set['currentLevel'] === undefined) return write;
      return { ...write, remove: write.remove?.filter((name) => !/^[EO]/.test(name)) ?? [] };
    },
  ],
];

describe('a table is found out where', () => {
  test.each(BROKEN)('%s', async (_what, edit) => {
    const broken: typeof applyWrite = (item, write) => applyWrite(item, edit(write, item));
    const seeds = Array.from({ length: 80 }, (_, index) => index + 1);
    let found: unknown = null;
    for (const seed of seeds) {
      found = await play(seed, broken).catch((error: unknown) => error);
      if (found instanceof Error) break;
    }
    expect(String(found)).toMatch(/violated/);
  });
});
