/** Read replicas in every order of their writers: none ever goes back, and a tick makes them the row. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { production } from '../../lib/level/policy.ts';
import { writeReplica } from '../../lib/level/replica.ts';
import type { LevelState } from '../../lib/level/state.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import * as control from '../../lib/store/control.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import {
  replicaKeyOf,
  stateKeyOf,
  type Item,
  type LevelStore,
} from '../../lib/store/level-store.ts';
import type { Protocol } from '../../lib/store/record-outcome.ts';
import { recordRead, tellingAfter, tellReplicas } from '../../lib/store/replicas.ts';
import { parseRow, stateOf } from '../../lib/store/row.ts';
import { NOW_MS } from './steps.ts';

const SCOPE = 'payments';
const KEY = stateKeyOf(SCOPE);
const COUNT = 2;
const KEYS = Array.from({ length: COUNT }, (_, index) => replicaKeyOf(SCOPE, index + 1));
const ALL = { scope: SCOPE, count: COUNT };

/** What becomes of an operation that somebody waits for. */
const fates = ['done', 'done', 'done', 'lost', 'unanswered', 'again', 'late', 'dead'] as const;

/** A table whose operations are carried out one by one, in the order and with the fate that a list says. */
class OrderedTable implements LevelStore {
  readonly #items = new Map<string, Item>();
  readonly #waiting: ((fate: (typeof fates)[number]) => void)[] = [];
  /** Told of each write that was done, in order. */
  readonly onWrite: (key: string, before: Item, after: Item) => void;

  constructor(onWrite: OrderedTable['onWrite']) {
    this.onWrite = onWrite;
  }

  item(key: string): Item {
    return this.#items.get(key) ?? { PK: key };
  }

  read(key: string): Promise<Item> {
    return this.#operation(() => this.item(key));
  }

  write(key: string, write: ConditionalWrite): Promise<Item | null> {
    return this.#operation(() => {
      const before = this.item(key);
      const after = applyWrite(before, write);
      if (after === null) return null;
      this.#items.set(key, after);
      this.onWrite(key, before, after);
      return after;
    });
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Carries out one of those that wait. */
  async step(number: number, fate: (typeof fates)[number]): Promise<void> {
    this.#waiting.splice(number % this.#waiting.length, 1)[0]?.(fate);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  #operation<T>(act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((fate) => {
        const lost = () => reject(new StoreUnavailableError('write', { cause: null }));
        if (fate === 'late') this.#waiting.push(() => act());
        if (fate === 'lost' || fate === 'late') return lost();
        if (fate === 'dead') return;
        const result = act();
        if (fate === 'again') this.#waiting.push(() => act());
        if (fate === 'unanswered') lost();
        else resolve(result);
      });
    });
  }
}

type Actor = (protocol: Protocol, table: OrderedTable) => Promise<unknown>;

const tellAfter = (protocol: Protocol, { replicaVersion: version }: LevelState) =>
  tellReplicas(protocol, { ...ALL, after: { version } }, NOW_MS);

const pinning =
  (level: 1 | 2 | 3): Actor =>
  async (protocol) => {
    const override = { reason: 'x' };
    const { state, changes } = await control.pin(protocol, SCOPE, { level, override }, NOW_MS);
    if (changes.length > 0) await tellAfter(protocol, state);
  };

const releasing: Actor = async (protocol) => {
  const { state, changes } = await control.release(protocol, SCOPE, {}, NOW_MS);
  if (changes.length > 0) await tellAfter(protocol, state);
};

/** An error, by the row or by a replica, as the mutator has it. */
const failing =
  (key: string): Actor =>
  async (protocol, table) => {
    const replica = parseRow(table.item(key)).state;
    const { currentLevel: readLevel, epoch } = replica;
    const outcome = { readLevel, epoch, servedLevel: readLevel, result: 'error' } as const;
    const read = { outcome: { ...outcome, durationMs: 5 }, readAtMs: NOW_MS, atMs: NOW_MS };
    const observed = { ...read, seen: replica, random: 0 };
    const recorded = await recordRead(protocol, SCOPE, observed, key !== KEY);
    const after = tellingAfter(protocol, SCOPE, recorded, NOW_MS);
    if (after !== null) await tellReplicas(protocol, { ...ALL, after }, NOW_MS);
  };

const ticking: Actor = (protocol) => tellReplicas(protocol, ALL, NOW_MS);

const actors: readonly Actor[] = [
  pinning(2),
  pinning(3),
  releasing,
  ticking,
  failing(KEY),
  failing(KEYS[0] ?? ''),
  failing(KEYS[1] ?? ''),
];

test('in every order of writers, with losses, repeats and deaths, a replica holds rows that were, each later than the one before, and the row after a tick', async () => {
  const happened = new Set<string>();
  const property = fc.asyncProperty(
    fc.array(fc.nat(actors.length - 1), { minLength: 2, maxLength: 6 }),
    fc.infiniteStream(fc.record({ number: fc.nat(11), fate: fc.constantFrom(...fates) })),
    async (crowd, steps) => {
      const rows: Item[] = [];
      const table = new OrderedTable((key, before, after) => {
        if (key === KEY) rows.push(after);
        if (!KEYS.includes(key)) return;
        happened.add(before['epoch'] === after['epoch'] ? 'a later number' : 'a later epoch');
        expect(orderOf(after)).toBeGreaterThan(orderOf(before));
        // It is the row as it was once.
        const { replicaVersion: number } = after;
        const numbered = rows.find((row) => row['replicaVersion'] === number) ?? {};
        expect(after).toEqual({ PK: key, ...heldOf(numbered) });
      });
      const protocol: Protocol = { store: table, policyOf: () => production };
      const act = (index: number) => actors[index]?.(protocol, table).catch(() => {});
      for (const index of crowd) void act(index);
      for (const { number, fate } of steps) {
        if (table.isIdle) break;
        happened.add(fate);
        await table.step(number, fate);
      }
      const isBehindNow = KEYS.some((key) => table.item(key)['epoch'] !== table.item(KEY)['epoch']);
      if (isBehindNow) happened.add('left behind');
      void ticking(protocol, table);
      for (let step = 0; !table.isIdle && step < 9; step += 1) await table.step(0, 'done');
      for (const key of KEYS) {
        expect(table.item(key)).toEqual({ PK: key, ...heldOf(table.item(KEY)) });
      }
    },
  );
  await fc.assert(property, { numRuns: 600 });
  const expected = ['a later epoch', 'a later number', 'left behind', ...new Set(fates)];
  expect([...happened].toSorted()).toEqual(expected.toSorted());
});

function orderOf({ epoch, replicaVersion }: Item): number {
  return epoch === undefined ? -1 : Number(epoch) * 1_000 + Number(replicaVersion);
}

/** What a replica of a row is to hold. */
function heldOf(row: Item): Item {
  return writeReplica(stateOf(KEY, row), production, NOW_MS).set;
}
