/** The protocol of the shared breaker holds its invariants, whatever goes wrong: 100,000 calls, and the seeds that once failed. */
import { describe, expect, test } from 'vitest';
import { applyRowWrite } from '../../lib/simulation/breaker-table.ts';
import type { RowWrite } from '../../lib/shared/row-write.ts';
import { holdsFor, troubled } from './invariants.ts';
import { Simulator } from './simulator.ts';

const seedsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => first + at);

test('100,000 calls of 40 fleets', { timeout: 120_000 }, () => holdsFor(seedsFrom(1, 40), 2_500));

type Table = typeof applyRowWrite;

const without =
  (attribute: string): Table =>
  (item, write) =>
    applyRowWrite(item, {
      ...write,
      expect: write.expect.filter((demand) => demand.attribute !== attribute),
    });

const spoilt =
  (spoil: (set: Readonly<Record<string, unknown>>) => object): Table =>
  (item, write) =>
    applyRowWrite(
      item,
      write.set === undefined ? write : { ...write, set: { ...write.set, ...spoil(write.set) } },
    );

const isEvidence = ({ set, add = {} }: RowWrite) => set === undefined && !('taken' in add);

const HOLES: [string, Table, string][] = [
  ['the epoch is not in the fence', without('epoch'), 'no write of a stale epoch is applied'],
  ['permits are not limited', without('taken'), 'permi'],
  [
    'evidence whose answer was lost is sent again',
    (item, write) => {
      const once = applyRowWrite(item, write);
      return once !== null && isEvidence(write) ? applyRowWrite(once, write) : once;
    },
    'no call is counted twice',
  ],
  [
    'an OPEN has no end',
    spoilt((set) => (set['state'] === 'OPEN' ? { openUntilMs: 9e15 } : {})),
    'OPEN ends',
  ],
  [
    'a probe has no lease',
    spoilt((set) => ('leaseUntilMs' in set ? { leaseUntilMs: 9e15 } : {})),
    'HALF_OPEN ends',
  ],
  [
    'a transition begins no epoch',
    (item, write) =>
      applyRowWrite(item, { ...write, set: { ...write.set, epoch: item?.['epoch'] ?? 0 } }),
    'a state is left by a new epoch',
  ],
];

describe('the judge', () => {
  test.each(HOLES)('sees it when %s', async (_title, apply, words) => {
    const played = async () => {
      for (const seed of seedsFrom(1, 12)) {
        const world = troubled(seed);
        // What is counted twice here, a table that repeats counts for the judge too.
        const simulator = new Simulator({ ...world, apply });
        await simulator.play({ calls: 2_500 });
      }
    };
    await expect(played()).rejects.toThrow(words);
  });
});

test('once the dependency and the table are well, every fleet is closed and whole again', async () => {
  for (const seed of seedsFrom(500, 10)) {
    let isOver = false;
    const world = troubled(seed);
    const simulator = new Simulator({
      ...world,
      frozen: 0,
      throttled: 0,
      lost: 0,
      unanswered: 0,
      fails: (environment, elapsedMs) => (isOver ? 0 : world.fails(environment, elapsedMs)),
      storeIsUp: (elapsedMs) => isOver || (world.storeIsUp?.(elapsedMs) ?? true),
    });
    await simulator.play({ calls: 1_500 });
    isOver = true;
    const { resetTimeout = 0, lease = 0, successesToClose = 1 } = world.rules ?? {};
    // An OPEN's time, a lost permit's, a probe after the other, three steps of the ramp.
    const ms = resetTimeout + lease + successesToClose * 12_000 + 30_000;
    await simulator.play({ ms });
    expect({ seed, state: simulator.item?.['state'] ?? 'CLOSED' }).toEqual({
      seed,
      state: 'CLOSED',
    });
    const { calls, passed } = simulator.tally;
    await simulator.play({ ms: 20_000 });
    expect(simulator.tally.passed - passed).toBeGreaterThan((simulator.tally.calls - calls) * 0.98);
  }
});
