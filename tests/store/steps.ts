/** The steps of the store tests: a row somewhere, and the outcomes and operators that meet it. */
import type { Level } from '../../lib/level/level.ts';
import type { Observed } from '../../lib/level/observe.ts';
import type { Outcome } from '../../lib/level/outcome.ts';
import { classic } from '../../lib/level/policy.ts';
import {
  INITIAL_STATE,
  isMap,
  type Change,
  type Override,
  type Said,
} from '../../lib/level/state.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import * as control from '../../lib/store/control.ts';
import { readHistory } from '../../lib/store/history.ts';
import {
  historyKeyOf,
  stateKeyOf,
  type Item,
  type LevelStore,
} from '../../lib/store/level-store.ts';
import { heal, recordOutcome, type Protocol } from '../../lib/store/record-outcome.ts';
import type { Backend } from './simulated-store.ts';

/** When everything in these tests happens. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The same, as the row says it. */
export const NOW = '2026-01-02T03:04:05.000Z';

/** When the rows were last written before. */
export const EARLIER = '2026-01-01T00:00:00.000Z';

/** The level and epoch that an outcome was read at. */
export interface Fence {
  readonly level: Level;
  readonly epoch: number;
}

/** One row in one table, with everything that can happen to it. */
export interface GivenRow {
  readonly stateKey: string;
  /** What it is written through. */
  readonly store: LevelStore;
  read(): Promise<Item | undefined>;
  /** The changes that its history holds. */
  history(): Promise<readonly Change[]>;
  /** The same as the table has it. */
  historyItem(): Promise<Item | undefined>;
  /** Edits the row by hand: the attributes given are all it then has. */
  put(attributes: Item): Promise<void>;
  write(write: ConditionalWrite): Promise<Item | null>;
  record(result: Outcome['result'], fence: Fence): ReturnType<typeof recordOutcome>;
  /** Records the same outcome several times, one after the other. */
  recordTimes(times: number, result: Outcome['result'], fence: Fence): Promise<void>;
  heal(): ReturnType<typeof heal>;
  pin(level: Level, override: Override, by?: string): ReturnType<typeof control.pin>;
  release(said?: Said): ReturnType<typeof control.release>;
  changePolicy(overrides: Item): ReturnType<typeof control.changePolicy>;
  reset(note?: string): ReturnType<typeof control.reset>;
  /** The same row through another store on the same table. */
  through(store: LevelStore): GivenRow;
}

/** Whether a key is that of a history: every writer may add to one in any order, so no order matters. */
export function isHistoryKey(key: string): boolean {
  return key.startsWith('HISTORY#');
}

/** Makes a row of its own for a test; null leaves it missing. */
export type Given = (attributes: Item | null) => Promise<GivenRow>;

/** The protocol on a store, with `classic` as the deployed policy. */
export function protocolOn(store: LevelStore): Protocol {
  return { store, policyOf: (overrides) => ({ ...classic, ...(isMap(overrides) && overrides) }) };
}

/** An outcome that was read at a fence, on a row that told nothing more. */
export function outcomeAt(fence: Fence, result: Outcome['result']): Observed {
  const { level, epoch } = fence;
  return {
    outcome: { readLevel: level, epoch, servedLevel: level, result, durationMs: 12 },
    seen: { ...INITIAL_STATE, currentLevel: level, epoch },
    readAtMs: NOW_MS,
    atMs: NOW_MS,
    random: 0,
  };
}

let scopes = 0;

/** Puts a row of its own into the table; null leaves it missing. */
export async function givenRow(backend: Backend, attributes: Item | null): Promise<GivenRow> {
  scopes += 1;
  const scope = `scope-${scopes}`;
  const row = rowThrough(backend, scope, backend.store);
  if (attributes !== null) await row.put(attributes);
  return row;
}

function rowThrough(backend: Backend, scope: string, store: LevelStore): GivenRow {
  const protocol = protocolOn(store);
  const stateKey = stateKeyOf(scope);
  const record = (result: Outcome['result'], fence: Fence) =>
    recordOutcome(protocol, scope, outcomeAt(fence, result));
  return {
    stateKey,
    store,
    read: () => backend.store.read(stateKey),
    history: () => readHistory(backend.store, scope),
    historyItem: () => backend.store.read(historyKeyOf(scope)),
    put: (attributes) => backend.put(stateKey, attributes),
    write: (write) => store.write(stateKey, write),
    record,
    async recordTimes(times, result, fence) {
      for (let i = 0; i < times; i += 1) await record(result, fence);
    },
    heal: () => heal(protocol, scope, NOW_MS),
    pin: (level, override, by) =>
      control.pin(protocol, scope, { level, override, ...(by && { by }) }, NOW_MS),
    release: (said = {}) => control.release(protocol, scope, said, NOW_MS),
    changePolicy: (overrides) => control.changePolicy(protocol, scope, overrides, {}, NOW_MS),
    reset: (note = '') => control.reset(protocol, scope, { note }, NOW_MS),
    through: (other) => rowThrough(backend, scope, other),
  };
}
