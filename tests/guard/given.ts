/** The steps of the guard's tests: a table that counts, a clock by hand, a request that knows its face. */
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import { DynamoLevelStore } from '../../lib/store/dynamo-level-store.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import type { TableConnection } from '../../lib/local/table.ts';
import type { Within } from '../../lib/shared/within.ts';
import type { EventName, Telemetry } from '../../lib/telemetry/telemetry.ts';
import { SimulatedStore } from '../store/simulated-store.ts';

/** When the tests begin, in epoch milliseconds: at the begin of a slot of any window. */
export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 0);

/** A clock that stands until it is put on. */
export class HandClock {
  ms = START_MS;
  nowMs = (): number => this.ms;
  monotonicMs = (): number => this.ms;
  /** Puts it on, by so many milliseconds. */
  on(ms: number): void {
    this.ms += ms;
  }
}

/** Waits for the work, however long. */
export const patiently: Within = async (work) => {
  await work.catch(() => {});
};

/** A table that counts what it is asked, and does not answer where it is told so. */
export class CountingStore implements LevelStore {
  readonly inner = new SimulatedStore();
  reads = 0;
  writes = 0;
  /** Thrown in place of an answer. */
  fails: { read?: Error; write?: Error } = {};

  async read(stateKey: string) {
    this.reads += 1;
    if (this.fails.read !== undefined) throw this.fails.read;
    return this.inner.read(stateKey);
  }

  async write(stateKey: string, write: Parameters<LevelStore['write']>[1]) {
    // The history is an item of its own, written at changes alone.
    if (!stateKey.startsWith('HISTORY#')) this.writes += 1;
    if (this.fails.write !== undefined) throw this.fails.write;
    return this.inner.write(stateKey, write);
  }
}

/** The store of a table in this process. */
export const storeOn = (connection: TableConnection, tableName: string): LevelStore =>
  new DynamoLevelStore(createDocumentClient(connection), tableName);

/** What was counted, by its name. */
export class Counts implements Telemetry {
  readonly events = new Map<EventName, number>();
  readonly served: string[] = [];
  debug() {}
  info() {}
  warn() {}
  error() {}
  measure: Telemetry['measure'] = (set, dimensions, values) => {
    if (set === 'Service')
      this.served.push(`${JSON.stringify(dimensions)} ${JSON.stringify(values)}`);
  };
  count(event: EventName, _scope: string, value = 1) {
    this.events.set(event, (this.events.get(event) ?? 0) + value);
  }
}

/** An event of API Gateway, version 2. */
export const requestOf = (method: string) => ({ requestContext: { http: { method } } });

/** What each adapter of a server is given beside its faces, before a row; and what was served by them. */
export function givenLevels(row: Item) {
  const [store, telemetry] = [new CountingStore(), new Counts()];
  store.inner.put('SYSTEM_STATE', row);
  const levels = {
    store,
    clock: new HandClock(),
    telemetry,
    within: patiently,
    random: () => 0,
    policy: 'classic',
    probe: () => {},
  } as const;
  return { levels, served: telemetry.served };
}

/** How an answer that took no time was told of. */
export const toldAs = (level: string, error: number) =>
  `{"Scope":"default","Level":"${level}"} {"Success":0,"Error":${error},"ResponseTime":0}`;
