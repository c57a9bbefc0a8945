/** The breakers that factories have made, by service, operation and tenant: bounded, and listed for metrics. */
import { BreakerOptionsError } from '../errors.ts';
import { monotonicMs } from '../host.ts';
import { read, refused, whole } from '../read-options.ts';
import type { CircuitBreakerStats } from '../stats.ts';

/** What a breaker is found by; each part has 1 to 256 characters. */
export interface BreakerKey {
  readonly service: string;
  readonly operation?: string | undefined;
  readonly tenant?: string | undefined;
}

/** What can be listed, and controlled at run time: every breaker, of whichever vocabulary. */
export interface Listable {
  getStats(): CircuitBreakerStats;
  /** For so long, or until close() or reset(). */
  open(options?: { readonly forMs?: number }): void;
  close(): void;
  /** No refusal, time-out, fallback or count until open(), close() or reset(). */
  disable(): void;
  /** It counts and never opens until open(), close() or reset(). */
  metricsOnly(): void;
  reset(): void;
  /** In the words of the options that it was made with. */
  reconfigure(changes: object): void;
  /** Resolves when what it is telling a fleet has been told; where there is no fleet it is absent. */
  settled?(): Promise<void>;
}

/** One breaker of the list. */
export interface ListedBreaker extends BreakerKey {
  /** `service#operation#tenant`, the name that `breakerName` gives. */
  readonly name: string;
  readonly stats: CircuitBreakerStats;
}

interface Entry {
  readonly key: BreakerKey;
  readonly breaker: Listable;
  /** Which use of the registry was its last. */
  usedAt: number;
}

const LONGEST_PART = 256;
const DEFAULT_LIMIT = 1_000;

/** How long a search for a place that found none is not repeated, in milliseconds. */
const SEARCH_AGAIN_MS = 1_000;

/** The one name of a key: two keys have the same name only if they are the same. */
export function breakerName({ service, operation = '', tenant = '' }: BreakerKey): string {
  let name = escaped(service);
  if (operation !== '' || tenant !== '') name += `#${escaped(operation)}`;
  if (tenant !== '') name += `#${escaped(tenant)}`;
  return name;
}

/**
 * Holds at most `limit` breakers. A new one takes the place of the least recently used one that is
 * CLOSED by itself: that loses a little evidence, where dropping an OPEN or HALF_OPEN one would end
 * its outage, and one that is disabled or in metricsOnly would undo what somebody decided. If there
 * is none, the new one works and is not listed.
 */
export class BreakerRegistry {
  /** How many breakers it holds at most. */
  readonly limit: number;
  readonly #entries = new Map<string, Entry>();
  #uses = 0;
  #unlisted = 0;
  /** On the clock of the process. */
  #searchFromMs = -Infinity;

  /**
   * @param options.limit How many breakers it holds, 1 to 100,000; 1,000 by default.
   * @throws BreakerOptionsError for an unknown option or a value out of its range.
   */
  constructor(options: { readonly limit?: number } = {}) {
    const { limit } = read(options, 'the options of a registry', {
      limit: whole(1, 100_000, DEFAULT_LIMIT),
    });
    this.limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How often a breaker could not be listed because no place could be taken. */
  get unlisted(): number {
    return this.#unlisted;
  }

  /**
   * Finds a breaker without using it: to look at it, to open, close or disable it, or to give it other
   * options.
   *
   * @throws BreakerOptionsError for a part of the key that is empty or too long.
   */
  get(key: BreakerKey): Listable | undefined {
    checkKey(key);
    return this.#entries.get(breakerName(key))?.breaker;
  }

  /**
   * The breaker of a key; it is made where there is none, so its first configuration stays.
   *
   * @param kind The class of the breaker.
   * @param make Is given the name of the key.
   * @throws BreakerOptionsError for a part of the key that is empty or too long, and for a key whose
   *   breaker is of another class; what make throws.
   */
  obtain<B extends Listable>(
    key: BreakerKey,
    kind: abstract new (...options: never) => B,
    make: (name: string) => B,
  ): B {
    checkKey(key);
    const name = breakerName(key);
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      const breaker = make(name);
      this.#add(name, key, breaker);
      return breaker;
    }
    const { breaker } = entry;
    if (!(breaker instanceof kind)) {
      throw new BreakerOptionsError(
        `expected ${name} to name a ${kind.name}, got a ${breaker.constructor.name} made before; give one of them another name`,
      );
    }
    this.#touch(entry);
    return breaker;
  }

  /**
   * Marks a breaker as used, and lists it (again) where its key is free. For the factories.
   *
   * @throws BreakerOptionsError for a part of the key that is empty or too long.
   */
  keep(key: BreakerKey, breaker: Listable): void {
    checkKey(key);
    const name = breakerName(key);
    const entry = this.#entries.get(name);
    if (entry === undefined) this.#add(name, key, breaker);
    else if (entry.breaker === breaker) this.#touch(entry);
  }

  /** Every listed breaker; to look is no use. */
  list(): readonly ListedBreaker[] {
    return Array.from(this.#entries, ([name, { key, breaker }]) => ({
      ...key,
      name,
      stats: breaker.getStats(),
    }));
  }

  /**
   * Resolves when what its breakers are telling their fleets has been told. In a function that may be frozen
   * once it has answered, wait for it before.
   */
  async settled(): Promise<void> {
    const telling = Array.from(this.#entries.values(), async ({ breaker }) => breaker.settled?.());
    await Promise.all(telling);
  }

  #touch(entry: Entry): void {
    this.#uses += 1;
    entry.usedAt = this.#uses;
  }

  #add(name: string, key: BreakerKey, breaker: Listable): void {
    if (this.#entries.size >= this.limit && !this.#evict()) {
      this.#unlisted += 1;
      return;
    }
    const entry = { key, breaker, usedAt: 0 };
    this.#touch(entry);
    this.#entries.set(name, entry);
  }

  #evict(): boolean {
    if (monotonicMs() < this.#searchFromMs) return false;
    let [least, usedAt]: [string | null, number] = [null, Infinity];
    for (const [name, entry] of this.#entries) {
      // The state is asked last: it costs most.
      if (entry.usedAt < usedAt && mayGo(entry.breaker)) [least, usedAt] = [name, entry.usedAt];
    }
    if (least !== null) return this.#entries.delete(least);
    this.#searchFromMs = monotonicMs() + SEARCH_AGAIN_MS;
    return false;
  }
}

let shared: BreakerRegistry | null = null;

/** The registry of this process, which every factory uses unless it is given another. */
export function sharedRegistry(): BreakerRegistry {
  return (shared ??= new BreakerRegistry());
}

function mayGo(breaker: Listable): boolean {
  const { state, mode } = breaker.getStats();
  return state === 'CLOSED' && mode === 'auto';
}

/** Looked at with every use: an empty part and an absent one have the same name. */
function checkKey({ service, operation, tenant }: BreakerKey): void {
  checkPart('service', service);
  if (operation !== undefined) checkPart('operation', operation);
  if (tenant !== undefined) checkPart('tenant', tenant);
}

function checkPart(part: string, value: unknown): void {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_PART) {
    throw refused(part, `a string of 1 to ${LONGEST_PART} characters`, value);
  }
}

/** `#` parts a name. */
function escaped(part: string): string {
  return /[#%]/.test(part) ? part.replaceAll('%', '%25').replaceAll('#', '%23') : part;
}
