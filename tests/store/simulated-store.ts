/** The level store in memory: what the table must do, without a table. */
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';

/** A table behind the port, with a way to write rows by hand. */
export interface Backend {
  readonly store: LevelStore;
  /** Puts a row as a hand would, whatever it says. */
  put(stateKey: string, attributes: Item): Promise<void>;
  close(): Promise<void>;
}

/** A Map of items behind the port of the table. */
export class SimulatedStore implements LevelStore {
  readonly #items = new Map<string, Item>();

  /** Puts an item as a hand would, whatever it says. */
  put(stateKey: string, attributes: Item): void {
    this.#items.set(stateKey, structuredClone({ ...attributes, PK: stateKey }));
  }

  async read(stateKey: string): Promise<Item | undefined> {
    return structuredClone(this.#items.get(stateKey));
  }

  async write(stateKey: string, write: ConditionalWrite): Promise<Item | null> {
    const item = applyWrite(this.#items.get(stateKey) ?? { PK: stateKey }, write);
    if (item !== null) this.#items.set(stateKey, item);
    return structuredClone(item);
  }
}

/** Opens a simulated table. */
export async function openSimulated(): Promise<Backend> {
  const store = new SimulatedStore();
  return {
    store,
    async put(stateKey, attributes) {
      store.put(stateKey, attributes);
    },
    async close() {},
  };
}
