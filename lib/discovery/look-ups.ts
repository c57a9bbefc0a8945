/** A cache of look-ups: concurrent ones are one, one is made ahead of its end, and what failed is told from before. */

/** What a cache is made with. */
export interface LookUpOptions<Value> {
  /** How long what was found is told again, in milliseconds, above 0. */
  readonly ttlMs: (found: Value) => number;
  /** How many keys it holds; the one that was used longest ago goes first. */
  readonly limit: number;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
}

/** From which share of its time on what was found is looked up anew beside its use. */
const AHEAD = 0.8;
/** How long nobody asks again after a failure, in milliseconds; doubled by each further one. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

interface Entry<Value> {
  found: { readonly value: Value; readonly atMs: number } | null;
  running: Promise<Value> | null;
  failures: number;
  notBeforeMs: number;
  lastError: unknown;
}

/** Holds what was found by key. */
export class LookUps<Value> {
  readonly #options: LookUpOptions<Value>;
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(options: LookUpOptions<Value>) {
    this.#options = options;
  }

  /**
   * What is known of a key: at once while it is fresh, looked up where it is not. A failed look-up gives
   * what was found before, however old: instances that were there are likelier than none.
   *
   * @param find Looks up; it is not called again for 1 to 30 s after it failed.
   * @throws What find throws, where nothing was ever found.
   */
  async get(key: string, find: () => Promise<Value>): Promise<Value> {
    const { ttlMs, clock } = this.#options;
    const entry = this.#use(key);
    const atMs = clock();
    const mayFind = atMs >= entry.notBeforeMs;
    if (entry.found !== null) {
      const { value, atMs: foundAtMs } = entry.found;
      const age = (atMs - foundAtMs) / ttlMs(value);
      if (age >= AHEAD && age < 1 && mayFind) this.#find(entry, find).catch(ignore);
      if (age < 1 || !mayFind) return value;
    } else if (entry.running === null && !mayFind) {
      throw entry.lastError;
    }
    try {
      return await this.#find(entry, find);
    } catch (error) {
      // Another look-up may have found something since.
      const { found } = entry;
      if (found !== null) return found.value;
      throw error;
    }
  }

  #find(entry: Entry<Value>, find: () => Promise<Value>): Promise<Value> {
    return (entry.running ??= this.#look(entry, find).finally(() => {
      entry.running = null;
    }));
  }

  async #look(entry: Entry<Value>, find: () => Promise<Value>): Promise<Value> {
    const { clock } = this.#options;
    try {
      const value = await find();
      entry.found = { value, atMs: clock() };
      entry.failures = 0;
      return value;
    } catch (error) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** entry.failures);
      entry.failures += 1;
      entry.notBeforeMs = clock() + pauseMs;
      entry.lastError = error;
      throw error;
    }
  }

  /** Marks a key as used last. */
  #use(key: string): Entry<Value> {
    const entry = this.#entries.get(key) ?? {
      found: null,
      running: null,
      failures: 0,
      notBeforeMs: -Infinity,
      lastError: undefined,
    };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#options.limit) {
      const [oldest = key] = this.#entries.keys();
      this.#entries.delete(oldest);
    }
    return entry;
  }
}

function ignore(): void {}
