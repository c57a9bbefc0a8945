/** The table of a simulation: one row in virtual time, with what was seen of it. */
import type { ConditionalWrite } from '../level/fence.ts';
import { lastChange } from '../level/history.ts';
import type { Level } from '../level/level.ts';
import { INITIAL_STATE, type LevelState } from '../level/state.ts';
import { readSlotName } from '../level/window.ts';
import { StoreThrottledError } from '../store/errors.ts';
import { historyKeyOf, type Item, type LevelStore } from '../store/level-store.ts';
import { stateOf } from '../store/row.ts';
import { itemBytes } from './item-bytes.ts';
import type { Moved, RowSeen } from './played.ts';
import { applyWrite } from './table.ts';
import type { Timeline } from './timeline.ts';

interface Version {
  readonly atMs: number;
  readonly state: LevelState;
}

/** What a table does. */
export interface TableTraits {
  /** How long a write and its answer take, in milliseconds. */
  readonly writeMs: number;
  /** Writes that one row takes in a second; what is beyond is refused. */
  readonly writesPerSecond: number;
}

/** How long an earlier version of the row may still be read, in milliseconds. */
const OLDEST_READ_MS = 200;

/** Carries out an operation at once, and answers it a while later. */
export class VirtualTable implements LevelStore {
  readonly #historyKey: string;
  readonly #time: Timeline;
  readonly #traits: TableTraits;
  #item: Item = { PK: 'SYSTEM_STATE' };
  #history: Item = { PK: 'HISTORY' };
  /** The newest last; those that no read can see any more go. */
  readonly #versions: Version[] = [{ atMs: -Infinity, state: INITIAL_STATE }];
  readonly #writes: number[] = [];
  #throttled = 0;
  readonly #changes: Moved[] = [];
  readonly #steps: { atMs: number; step: number }[] = [];
  readonly #countedErrors: number[] = [];
  #rowBytes = 0;
  #stored = 0;
  #levelSinceMs: number;
  readonly #timeAt: Record<Level, number> = { 1: 0, 2: 0, 3: 0 };

  constructor(scope: string, time: Timeline, traits: TableTraits) {
    this.#historyKey = historyKeyOf(scope);
    this.#time = time;
    this.#traits = traits;
    this.#levelSinceMs = time.startMs;
  }

  get state(): LevelState {
    return this.#versions.at(-1)?.state ?? INITIAL_STATE;
  }

  /** The row as it was a while ago. */
  readAgo(agoMs: number): LevelState {
    const atMs = this.#time.nowMs - agoMs;
    const seen = this.#versions.findLast((version) => version.atMs <= atMs);
    return seen?.state ?? INITIAL_STATE;
  }

  /** The rows that a read may give that is up to so many milliseconds old. */
  visible(staleMs: number): readonly LevelState[] {
    const oldest = this.#time.nowMs - staleMs;
    const versions = this.#versions;
    const from = versions.findLastIndex((version) => version.atMs <= oldest);
    return versions.slice(Math.max(0, from)).map(({ state }) => state);
  }

  async read(): Promise<Item | undefined> {
    return this.#time.later(this.#traits.writeMs, this.#item);
  }

  async write(key: string, write: ConditionalWrite): Promise<Item | null> {
    const { writeMs, writesPerSecond } = this.#traits;
    if (key === this.#historyKey) {
      this.#history = applyWrite(this.#history, write) ?? this.#history;
      return this.#time.later(writeMs, this.#history);
    }
    const second = Math.floor(this.#time.elapsedMs / 1_000);
    const writes = (this.#writes[second] ?? 0) + 1;
    this.#writes[second] = writes;
    if (writes > writesPerSecond) {
      this.#throttled += 1;
      await this.#time.later(writeMs, null);
      throw new StoreThrottledError({ cause: null });
    }
    const after = applyWrite(this.#item, write);
    if (after !== null) this.#store(after, write);
    return this.#time.later(writeMs, after);
  }

  /** What was seen until now. */
  seen(): RowSeen {
    const timeAt = { ...this.#timeAt };
    timeAt[this.state.currentLevel] += this.#time.nowMs - this.#levelSinceMs;
    return {
      changes: this.#changes,
      writes: Array.from(this.#writes, (count) => count ?? 0),
      throttled: this.#throttled,
      timeAt,
      rowBytes: this.#rowBytes,
      steps: this.#steps,
      countedErrors: this.#countedErrors,
    };
  }

  #store(item: Item, write: ConditionalWrite): void {
    const before = this.state;
    const state = stateOf('row', item);
    this.#item = item;
    this.#stored += 1;
    // A row grows slowly: some of them tell.
    if (this.#stored % 50 === 0 || state.epoch !== before.epoch) {
      this.#rowBytes = Math.max(this.#rowBytes, itemBytes(item));
    }
    if (Object.keys(write.add ?? {}).some((name) => readSlotName(name)?.[0] === 'E')) {
      this.#countedErrors.push(this.#time.elapsedMs);
    }
    this.#note(before, state);
    this.#keep(state);
  }

  #note(before: LevelState, state: LevelState): void {
    const { nowMs, elapsedMs: atMs } = this.#time;
    const { currentLevel: to, rampStep: step } = state;
    const { currentLevel: from } = before;
    if (to !== from) {
      this.#timeAt[from] += nowMs - this.#levelSinceMs;
      this.#levelSinceMs = nowMs;
      this.#changes.push({ atMs, from, to, reason: lastChange(state)?.reason ?? '' });
    }
    if (state.stepSinceMs !== before.stepSinceMs && step !== undefined) {
      this.#steps.push({ atMs, step });
    }
  }

  #keep(state: LevelState): void {
    const { nowMs } = this.#time;
    const versions = this.#versions;
    versions.push({ atMs: nowMs, state });
    const oldest = nowMs - OLDEST_READ_MS;
    const gone = versions.findIndex((_version, index) => (versions[index + 1]?.atMs ?? 0) > oldest);
    if (gone > 20) versions.splice(0, gone);
  }
}
