/** A table whose operations are lost, late, refused, unanswered or done twice, as their fates have it. */
import type { ConditionalWrite } from '../../../lib/level/fence.ts';
import type { Chance } from '../../../lib/simulation/random.ts';
import type { applyWrite } from '../../../lib/simulation/table.ts';
import type { Timeline } from '../../../lib/simulation/timeline.ts';
import { StoreThrottledError, StoreUnavailableError } from '../../../lib/store/errors.ts';
import type { Item, LevelStore } from '../../../lib/store/level-store.ts';
import type { Environment } from './environment.ts';
import { fateOf, type Faults } from './faults.ts';

/** A write at the instant that it was carried out. */
export interface Written {
  readonly key: string;
  readonly before: Item;
  /** null where its fence did not hold. */
  readonly after: Item | null;
  readonly write: ConditionalWrite;
  readonly by: Environment;
  /** Whether it was to count its environment's evidence. */
  readonly counts: boolean;
}

/** How long an operation and its answer take at most, in milliseconds. */
const STEP_MS = 8;
/** When the SDK gives up, in milliseconds. */
const TIMEOUT_MS = 1_000;
/** How late a write may arrive, in milliseconds. */
const LATEST_MS = 60_000;
/** How old an eventually consistent read may be, in milliseconds. */
const STALE_MS = 1_000;
/** Versions of an item that are kept for stale reads. */
const VERSIONS = 8;

interface Version {
  readonly atMs: number;
  readonly item: Item | undefined;
}

/** All items of one table. */
export class FaultyTable {
  faults: Faults;
  readonly #time: Timeline;
  readonly #chance: Chance;
  readonly #items = new Map<string, Item>();
  readonly #versions = new Map<string, Version[]>();
  readonly #apply: typeof applyWrite;
  readonly #observe: (written: Written) => void;

  constructor(
    time: Timeline,
    chance: Chance,
    faults: Faults,
    { observe, apply }: { observe: (one: Written) => void; apply: typeof applyWrite },
  ) {
    this.#apply = apply;
    this.#time = time;
    this.#chance = chance;
    this.faults = faults;
    this.#observe = observe;
  }

  /** The item as it is, for whoever judges. */
  item(key: string): Item | undefined {
    return this.#items.get(key);
  }

  /** What an eventually consistent read may find now. */
  stale(key: string): Item | undefined {
    const atMs = this.#time.nowMs - this.#chance.unit() ** 3 * STALE_MS;
    const versions = this.#versions.get(key) ?? [];
    const isNew = versions.length < VERSIONS;
    const seen = versions.findLast((version) => version.atMs <= atMs);
    return seen === undefined && !isNew ? versions[0]?.item : seen?.item;
  }

  /** The table as an environment reaches it. */
  for(by: Environment): LevelStore {
    return {
      read: (key, { eventually = false } = {}) =>
        this.#operate<Item | undefined>(by, 'read', () =>
          eventually ? this.stale(key) : this.#items.get(key),
        ),
      write: (key, write) => {
        const isMark = write.expect.kind === 'not-notified';
        const isRow = !key.startsWith('HISTORY#') && !isMark;
        const counts = isRow && by.evidence !== null && by.writes === 0;
        if (isRow) by.writes += 1;
        return this.#operate<Item | null>(by, counts ? 'count' : 'write', () =>
          this.#write({ key, write, by, counts }),
        );
      },
    };
  }

  #write(given: Omit<Written, 'before' | 'after'>): Item | null {
    const { key, write } = given;
    const before = this.#items.get(key) ?? { PK: key };
    const after = this.#apply(before, write);
    if (after !== null) {
      this.#items.set(key, after);
      const versions = this.#versions.get(key) ?? [];
      versions.push({ atMs: this.#time.nowMs, item: after });
      if (versions.length > VERSIONS) versions.shift();
      this.#versions.set(key, versions);
    }
    this.#observe({ ...given, before, after });
    return after;
  }

  #operate<Told>(
    by: Environment,
    kind: 'read' | 'write' | 'count',
    act: () => Told,
  ): Promise<Told> {
    const fate = fateOf(this.faults, this.#chance);
    return new Promise((resolve, reject) => {
      const answer = (afterMs: number, tell: () => void) =>
        this.#time.after(afterMs, () => by.resume(tell));
      const giveUp = () =>
        answer(TIMEOUT_MS, () => {
          const operation = kind === 'read' ? 'read' : 'write';
          reject(new StoreUnavailableError(operation, { cause: null }));
        });
      const stepMs = () => this.#chance.unit() * STEP_MS;
      const later = (afterMs: number) => {
        if (kind !== 'read') this.#time.after(afterMs, act);
      };
      switch (fate) {
        case 'throttled':
          return answer(stepMs(), () => reject(new StoreThrottledError({ cause: null })));
        case 'lost':
          return giveUp();
        case 'unanswered':
          later(stepMs());
          return giveUp();
        case 'late':
          later(this.#chance.unit() ** 3 * LATEST_MS);
          return giveUp();
        case 'twice':
          if (kind === 'write') later(stepMs() + this.#chance.unit() ** 3 * LATEST_MS);
          break;
        case 'done':
      }
      this.#time.after(stepMs(), () => {
        const told = act();
        answer(stepMs(), () => resolve(told));
      });
    });
  }
}
