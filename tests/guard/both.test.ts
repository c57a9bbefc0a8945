/** Guards and workflow on one row agree with one oracle, under a rate, while both move it: ramp, election, batches, and what goes wrong. */
import { describe, expect, test } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import { BothWorld } from './both.ts';
import { agreesFor, troubledBoth } from './both-worlds.ts';

const seedsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => first + at);

/** Seeds that once failed: a batch that was throttled gave way to what came since. */
const KEPT = [10, 11, 47, 55, 59];

test('13 worlds of two minutes, and those that once failed among them', { timeout: 60_000 }, () =>
  agreesFor([...seedsFrom(1, 8), ...KEPT], 120_000),
);

type Table = typeof applyWrite;

const fenced =
  (
    change: (
      expect: ConditionalWrite['expect'] & { kind: 'evidence' },
      now: { readonly epoch: number; readonly level: number },
    ) => object,
  ): Table =>
  (item, write) => {
    const { expect: fence } = write;
    if (fence.kind !== 'evidence') return applyWrite(item, write);
    const now = { epoch: Number(item['epoch'] ?? 0), level: Number(item['currentLevel'] ?? 1) };
    const loose = { ...fence, ...change(fence, now) } as typeof fence;
    return applyWrite(item, { ...write, expect: loose });
  };

const isCount = ({ add = {} }: ConditionalWrite) =>
  Object.keys(add).some((name) => /^[EO][0-9a-z]+$/.test(name));

const HOLES: [string, Table, RegExp][] = [
  [
    'evidence is applied twice',
    (item, write) => {
      const once = applyWrite(item, write);
      return once !== null && isCount(write) ? (applyWrite(once, write) ?? once) : once;
    },
    /slot \d+ of the row is what was told/,
  ],
  ['level and epoch are not in the fence', fenced((_fence, now) => now), /another epoch/],
  [
    'a canary counts for ten',
    (item, write) => {
      const { canaryOk } = write.add ?? {};
      return applyWrite(
        item,
        canaryOk === undefined
          ? write
          : { ...write, add: { ...write.add, canaryOk: 10 * canaryOk } },
      );
    },
    /canaries of the row are those that were told/,
  ],
  [
    'nobody can fall',
    (item, write) => {
      const level = write.set?.['currentLevel'];
      return typeof level === 'number' && level > Number(item['currentLevel'] ?? 1)
        ? null
        : applyWrite(item, write);
    },
    /told for long enough moves the level/,
  ],
];

describe('the oracle', () => {
  test.each(HOLES)('sees it when %s', async (_title, apply, words) => {
    const played = async () => {
      for (const seed of seedsFrom(1, 4)) {
        await new BothWorld({ ...troubledBoth(seed), apply }).play(180_000);
      }
    };
    await expect(played()).rejects.toThrow(words);
  });
});
