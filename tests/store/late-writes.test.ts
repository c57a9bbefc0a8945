/** A write that arrives long after it was made leaves no evidence of one time to another. */
import { describe, expect, test } from 'vitest';
import { claimProbe } from '../../lib/level/claim.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { production } from '../../lib/level/policy.ts';
import { isMap } from '../../lib/level/state.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import * as control from '../../lib/store/control.ts';
import { stateKeyOf, type Item, type LevelStore } from '../../lib/store/level-store.ts';
import { recordOutcome } from '../../lib/store/record-outcome.ts';
import { parseRow } from '../../lib/store/row.ts';
import { NOW_MS } from './steps.ts';

const SCOPE = 'default';
const KEY = stateKeyOf(SCOPE);

/** A table that keeps the first write meant, as a process that is frozen before it sends it. */
function givenFrozen(item: Item, isMeant: (write: ConditionalWrite) => boolean) {
  let row = item;
  let kept: ConditionalWrite | null = null;
  const apply = (write: ConditionalWrite): Item | null => {
    const after = applyWrite(row, write);
    row = after ?? row;
    return after;
  };
  const store: LevelStore = {
    read: async () => row,
    async write(key, write) {
      if (key !== KEY) return applyWrite({}, write);
      if (kept !== null || !isMeant(write)) return apply(write);
      kept = write;
      return null;
    },
  };
  const policyOf = (overrides: unknown) => ({ ...production, ...(isMap(overrides) && overrides) });
  const protocol = { store, policyOf };
  const stateNow = () => parseRow(row).state;
  return {
    protocol,
    row: () => row,
    claim: (atMs: number) => apply(claimProbe(stateNow(), production.probeIntervalMs, atMs)),
    thaw: () => (kept === null ? null : apply(kept)),
    record: (result: 'success' | 'error', atMs: number) => {
      const seen = stateNow();
      const { currentLevel: readLevel, epoch } = seen;
      const outcome = { readLevel, epoch, servedLevel: readLevel, result, durationMs: 12 } as const;
      const observed = { outcome, seen, readAtMs: atMs, atMs, random: 0 };
      return recordOutcome(protocol, SCOPE, observed);
    },
  };
}

const WATCHED = { watchSinceMs: NOW_MS - 5_000, watchUntilMs: NOW_MS + 15_000, okMs: 12 };
const ROW = { PK: KEY, currentLevel: 1, epoch: 3, ...WATCHED, run: 4 };

const ANYTHING = { kind: 'none' } as const;

const isMove = ({ set }: ConditionalWrite) => set['currentLevel'] !== undefined;
const evidenceOf = (item: Item) => Object.keys(item).filter((name) => /^[EO][0-9a-z]+$/.test(name));

describe('a fall that was decided, and is frozen before it is written', () => {
  test('is refused once the window has passed and others have counted', async () => {
    const { record, thaw, row } = givenFrozen(ROW, isMove);
    await record('error', NOW_MS);
    await record('success', NOW_MS + 12_000);
    expect(evidenceOf(row())).not.toEqual([]);
    expect(thaw()).toBeNull();
    expect(row()).toMatchObject({ currentLevel: 1, epoch: 3 });
  });

  test('takes away what was counted since into the window, late or by another clock', async () => {
    const { protocol, record, thaw, row } = givenFrozen({ ...ROW, run: 9 }, isMove);
    await record('error', NOW_MS);
    for (const atMs of [NOW_MS - 8_000, NOW_MS + 1_900]) {
      const slot = `O${Math.floor(atMs / 1_000).toString(36)}`;
      await protocol.store.write(KEY, { expect: ANYTHING, set: {}, add: { [slot]: 1 } });
    }
    expect(evidenceOf(row())).toHaveLength(3);
    expect(thaw()).not.toBeNull();
    expect(evidenceOf(row())).toEqual([]);
  });

  test('is made where the row already had a time that is far ahead', async () => {
    const ahead = new Date(NOW_MS + 3_600_000).toISOString();
    const { record, thaw, row } = givenFrozen({ ...ROW, lastUpdated: ahead }, isMove);
    await record('error', NOW_MS);
    expect(thaw()).not.toBeNull();
    expect(row()).toMatchObject({ currentLevel: 2, epoch: 4 });
  });
});

test('a pin that is frozen is made anew, and takes away what was counted in between', async () => {
  const { protocol, record, row } = givenFrozen(ROW, () => false);
  let isFirst = true;
  const late: LevelStore = {
    ...protocol.store,
    async write(key, write) {
      if (isFirst) {
        isFirst = false;
        await record('success', NOW_MS + 8_000);
      }
      return protocol.store.write(key, write);
    },
  };
  const request = { level: 2, override: { reason: 'drill' } } as const;
  await control.pin({ ...protocol, store: late }, SCOPE, request, NOW_MS);
  expect(row()).toMatchObject({ currentLevel: 2, epoch: 4 });
  expect(evidenceOf(row())).toEqual([]);
});

const MAINTAINED = { PK: KEY, currentLevel: 3, epoch: 3, probeIntervalMs: 5_000 };
const isResult = ({ add }: ConditionalWrite) => add?.['successCount'] === 1;

describe('the result of a probe', () => {
  test('that comes after another was claimed brings no further probe forward', async () => {
    const item = { ...MAINTAINED, nextProbeAtMs: NOW_MS };
    const { claim, record, thaw, row } = givenFrozen(item, isResult);
    claim(NOW_MS);
    await record('success', NOW_MS + 50);
    claim(NOW_MS + 10_000);
    expect(thaw()).toBeNull();
    expect(row()).toMatchObject({ nextProbeAtMs: NOW_MS + 15_000 });
  });

  test('counts where the claim was for longer than the policy now says', async () => {
    const item = { ...MAINTAINED, nextProbeAtMs: NOW_MS, probeIntervalMs: 30_000 };
    const { protocol, record, row } = givenFrozen(item, () => false);
    const { state } = parseRow(item);
    await protocol.store.write(KEY, claimProbe(state, 30_000, NOW_MS));
    await record('success', NOW_MS + 50);
    expect(row()).toMatchObject({ successCount: 1, nextProbeAtMs: NOW_MS + 5_050 });
  });

  test('counts where its clock is a second behind that of its claim', async () => {
    const item = { ...MAINTAINED, nextProbeAtMs: NOW_MS };
    const { claim, record, row } = givenFrozen(item, () => false);
    claim(NOW_MS);
    await record('success', NOW_MS - 1_000);
    expect(row()).toMatchObject({ successCount: 1 });
  });
});
