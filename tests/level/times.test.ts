/** No time of a row goes back, whatever clock its writers have and however often they try. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { lastChanges } from '../../lib/level/history.ts';
import { classic } from '../../lib/level/policy.ts';
import { notBefore } from '../../lib/level/times.ts';
import { pin, reset } from '../../lib/store/control.ts';
import { readHistory } from '../../lib/store/history.ts';
import { stateKeyOf, type Item } from '../../lib/store/level-store.ts';
import { heal, recordOutcome, type Protocol } from '../../lib/store/record-outcome.ts';
import { stateOf } from '../../lib/store/row.ts';
import { SimulatedStore } from '../store/simulated-store.ts';

const KEY = stateKeyOf('default');

test.each([
  ['later than what the row tells', 2_000, ['1970-01-01T00:00:01.000Z'], 2_000],
  ['earlier', 2_000, ['1970-01-01T00:00:03.000Z'], 3_000],
  ['earlier than the later of both', 2_000, [null, '1970-01-01T00:00:03.000Z'], 3_000],
  ['where the row tells none', 2_000, [null, null], 2_000],
  ['where a hand wrote something else', 2_000, ['yesterday'], 2_000],
] as const)('%s', (_what, atMs, told, expected) => {
  expect(notBefore(atMs, ...told)).toBe(new Date(expected).toISOString());
});

describe('a row', () => {
  /** Remembers every row that was written, and lets somebody in before a write. */
  class WatchedStore extends SimulatedStore {
    readonly rows: Item[] = [];
    before: (() => Promise<unknown>) | null = null;

    override async write(stateKey: string, write: ConditionalWrite): Promise<Item | null> {
      const { before } = this;
      this.before = null;
      await before?.();
      const item = await super.write(stateKey, write);
      if (item !== null && stateKey === KEY) this.rows.push(item);
      return item;
    }
  }

  const given = () => {
    const store = new WatchedStore();
    const protocol: Protocol = { store, policyOf: () => classic };
    return { store, protocol };
  };

  const override = { reason: 'drill' } as const;

  test('whose control write is tried again has no time before that of who came between', async () => {
    const { store, protocol } = given();
    store.before = () => pin(protocol, 'default', { level: 3, override }, 5_000);
    await reset(protocol, 'default', {}, 1_000);
    const history = await readHistory(store, 'default');
    expect(history.map(({ reason, at }) => [reason, Date.parse(at)])).toEqual([
      ['pin', 5_000],
      ['reset', 5_000],
    ]);
  });

  test('tells no time that is before one that it told, on whatever clocks', async () => {
    const step = fc.record({
      what: fc.constantFrom('pin', 'reset', 'error', 'success', 'heal'),
      atMs: fc.integer({ min: 0, max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { store, protocol } = given();
        for (const { what, atMs } of steps) await act(protocol, what, atMs);
        const [updated, moved] = [
          timesOf(store.rows, 'lastUpdated'),
          timesOf(store.rows, 'lastTransition'),
        ];
        expect(updated).toEqual(updated.toSorted((a, b) => a - b));
        expect(moved).toEqual(moved.toSorted((a, b) => a - b));
        const state = stateOf(KEY, await store.read(KEY));
        const told = lastChanges(state, await readHistory(store, 'default'));
        const times = told.map(({ at }) => Date.parse(at));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });

  async function act(protocol: Protocol, what: string, atMs: number): Promise<void> {
    if (what === 'pin') {
      await pin(protocol, 'default', { level: 2, override: { ...override, untilMs: 1 } }, atMs);
    } else if (what === 'reset') await reset(protocol, 'default', {}, atMs);
    else if (what === 'heal') await heal(protocol, 'default', atMs);
    else {
      const seen = stateOf(KEY, await protocol.store.read(KEY));
      const { currentLevel: readLevel, epoch } = seen;
      const result = what === 'error' ? 'error' : 'success';
      const outcome = { readLevel, servedLevel: readLevel, epoch, result, durationMs: 1 } as const;
      await recordOutcome(protocol, 'default', { outcome, seen, readAtMs: atMs, atMs, random: 0 });
    }
  }

  const timesOf = (rows: readonly Item[], name: string) =>
    rows.flatMap((row) => (typeof row[name] === 'string' ? [Date.parse(row[name])] : []));
});
