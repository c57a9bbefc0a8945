/** A replica that is behind its row is told by the first outcome of it that reaches the mutator, whatever is made of that. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundOf } from '../../lib/level/draw.ts';
import { production } from '../../lib/level/policy.ts';
import { isBehind, writeReplica } from '../../lib/level/replica.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { replicaKeyOf, stateKeyOf, type Item } from '../../lib/store/level-store.ts';
import type { Protocol } from '../../lib/store/record-outcome.ts';
import { recordRead, tellingAfter, tellReplicas } from '../../lib/store/replicas.ts';
import { parseRow } from '../../lib/store/row.ts';
import { SimulatedStore } from './simulated-store.ts';
import { NOW_MS } from './steps.ts';

const SCOPE = 'payments';
const VERSION = 4;

const sharing = fc
  .record({ oneIn: fc.constantFrom(2, 16, 65, 700), ahead: fc.integer({ min: -9, max: 9 }) })
  .map(({ oneIn, ahead }) => ({
    sampleOneIn: oneIn,
    sampleBelow: boundOf(1 / oneIn),
    sampleUntilMs: NOW_MS + 3_000 * ahead,
  }));

const watching = fc.integer({ min: -5, max: 9 }).map((ahead) => ({
  watchSinceMs: NOW_MS - 10_000,
  watchUntilMs: NOW_MS + 2_000 * ahead,
  cautionUntilMs: NOW_MS - 9_000 + 2_000 * ahead,
}));

const ramping = fc.record({
  rampBelow: fc.constantFrom('0', '40000000', 'g'),
  stepSinceMs: fc.constantFrom(NOW_MS - 9_000, NOW_MS),
});

const rowsOf = (epoch: number): fc.Arbitrary<Item> =>
  fc
    .record({
      level: fc.record({ currentLevel: fc.constantFrom(1, 2), run: fc.nat(2), okMs: fc.nat(40) }),
      watch: fc.option(watching, { nil: {} }),
      share: fc.option(sharing, { nil: {} }),
      ramp: fc.option(ramping, { nil: {} }),
    })
    .map(({ level, watch, share, ramp }) => ({
      ...level,
      ...watch,
      ...share,
      ...(level.currentLevel === 2 && ramp),
      epoch,
      replicaVersion: VERSION,
    }));

/** What a request has read of a row through a replica. */
function replicaOf(row: Item): LevelState {
  return parseRow(writeReplica(parseRow(row).state, production, NOW_MS).set).state;
}

test('whatever is counted, left or refused, a replica that is behind is told by who met it', async () => {
  const happened = new Set<string>();
  const cases = fc.record({
    before: rowsOf(3),
    row: fc.oneof(rowsOf(3), rowsOf(4)),
    result: fc.constantFrom('success' as const, 'error' as const),
    canary: fc.boolean(),
  });
  const property = fc.asyncProperty(cases, async ({ before, row, result, canary }) => {
    const store = new SimulatedStore();
    store.put(stateKeyOf(SCOPE), row);
    const protocol: Protocol = { store, policyOf: () => production };
    const replica = replicaOf(before);
    const { currentLevel: readLevel, epoch } = replica;
    const outcome = { readLevel, epoch, servedLevel: canary ? 1 : readLevel, result } as const;
    const times = { readAtMs: NOW_MS, atMs: NOW_MS };
    const observed = { outcome: { ...outcome, durationMs: 5 }, seen: replica, ...times, random: 0 };
    const read = await recordRead(protocol, SCOPE, observed, true);
    const after = tellingAfter(protocol, SCOPE, read, NOW_MS);
    const left = parseRow(await store.read(stateKeyOf(SCOPE))).state;
    const isLeftBehind = isBehind(replica, left, production, NOW_MS);
    happened.add(`${read.recorded.kind}, ${isLeftBehind ? 'behind' : 'as the row'}`);
    if (isLeftBehind) expect(after).toEqual({ version: VERSION });
    if (after === null) return;
    await tellReplicas(protocol, { scope: SCOPE, count: 1, after }, NOW_MS);
    const [held, now] = await Promise.all(
      [replicaKeyOf(SCOPE, 1), stateKeyOf(SCOPE)].map((key) => store.read(key)),
    );
    const states = [parseRow(held).state, parseRow(now).state] as const;
    expect(isBehind(...states, production, NOW_MS)).toBe(false);
  });
  await fc.assert(property, { numRuns: 1_500 });
  // Nothing that is as the row has is refused.
  expect([...happened].toSorted()).toEqual([
    'counted, as the row',
    'counted, behind',
    'none, as the row',
    'none, behind',
    'stale, behind',
  ]);
});
