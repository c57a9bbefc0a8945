/** The table of a simulation: one row in virtual time, with what was seen of it. */
import type { ConditionalWrite } from '../level/fence.ts';
import { lastChange } from '../level/history.ts';
import type { Level } from '../level/level.ts';
import type { LevelState } from '../level/state.ts';
import { readSlotName } from '../level/window.ts';
import { StoreThrottledError } from '../store/errors.ts';
import { historyKeyOf, replicaKeyOf, type Item, type LevelStore } from '../store/level-store.ts';
import { stateOf } from '../store/row.ts';
import { itemBytes } from './item-bytes.ts';
import { Moves } from './moves.ts';
import type { Moved, ReplicaWrite, RowSeen } from './played.ts';
import { applyWrite } from './table.ts';
import type { Timeline } from './timeline.ts';
import { Versions } from './versions.ts';

/** What a table does. */
export interface TableTraits {
  /** How long a write and its answer take, in milliseconds. */
  readonly writeMs: number;
  /** Writes that one row takes in a second; what is beyond is refused. */
  readonly writesPerSecond: number;
}

/** Carries out an operation at once, and answers it a while later. */
export class VirtualTable implements LevelStore {
  readonly #historyKey: string;
  readonly #time: Timeline;
  readonly #traits: TableTraits;
  #item: Item = { PK: 'SYSTEM_STATE' };
  #history: Item = { PK: 'HISTORY' };
  /** The row's, and those of its read replicas. */
  readonly row: Versions;
  readonly replicas: readonly Versions[];
  readonly #replicaItems = new Map<string, { item: Item; readonly versions: Versions }>();
  readonly #replicaWrites: ReplicaWrite[] = [];
  readonly #halfUnits: number[] = [];
  readonly #writes: number[] = [];
  readonly #moves = new Moves();
  #throttled = 0;
  readonly #changes: Moved[] = [];
  readonly #steps: { atMs: number; step: number }[] = [];
  readonly #countedErrors: number[] = [];
  #rowBytes = 0;
  #stored = 0;
  #levelSinceMs: number;
  readonly #timeAt: Record<Level, number> = { 1: 0, 2: 0, 3: 0 };

  constructor(scope: string, time: Timeline, traits: TableTraits, replicas = 0) {
    this.#historyKey = historyKeyOf(scope);
    this.#time = time;
    this.#traits = traits;
    this.#levelSinceMs = time.startMs;
    this.row = new Versions(time);
    this.replicas = Array.from({ length: replicas }, () => new Versions(time));
    for (const [index, versions] of this.replicas.entries()) {
      const key = replicaKeyOf(scope, index + 1);
      this.#replicaItems.set(key, { item: { PK: key }, versions });
    }
  }

  get state(): LevelState {
    return this.row.state;
  }

  async read(_key: string, { eventually = false } = {}): Promise<Item | undefined> {
    const second = Math.floor(this.#time.elapsedMs / 1_000);
    this.#halfUnits[second] = (this.#halfUnits[second] ?? 0) + (eventually ? 1 : 2);
    return this.#time.later(this.#traits.writeMs, this.#item);
  }

  async write(key: string, write: ConditionalWrite): Promise<Item | null> {
    const { writeMs, writesPerSecond } = this.#traits;
    if (key === this.#historyKey) {
      this.#history = applyWrite(this.#history, write) ?? this.#history;
      return this.#time.later(writeMs, this.#history);
    }
    const replica = this.#replicaItems.get(key);
    if (replica !== undefined) return this.#writeReplica(replica, write);
    this.#moves.sent(write);
    const second = Math.floor(this.#time.elapsedMs / 1_000);
    const writes = (this.#writes[second] ?? 0) + 1;
    this.#writes[second] = writes;
    if (writes > writesPerSecond) {
      this.#throttled += 1;
      await this.#time.later(writeMs, null);
      throw new StoreThrottledError({ cause: null });
    }
    const after = applyWrite(this.#item, write);
    if (after !== null) {
      this.#moves.done(write);
      this.#store(after, write);
    }
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
      moves: { decided: this.#moves.decided, lost: this.#moves.lost },
      replicaWrites: this.#replicaWrites,
      halfUnits: Array.from(this.#halfUnits, (count) => count ?? 0),
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
    this.row.keep(state);
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

  /** One for each write of the row at most, so that none is ever refused that the row has taken. */
  #writeReplica(
    replica: { item: Item; readonly versions: Versions },
    write: ConditionalWrite,
  ): Promise<Item | null> {
    const after = applyWrite(replica.item, write);
    if (after !== null) {
      const state = stateOf('replica', after);
      replica.item = after;
      replica.versions.keep(state);
    }
    const epoch = after === null ? null : replica.versions.state.epoch;
    this.#replicaWrites.push({ atMs: this.#time.elapsedMs, epoch });
    return this.#time.later(this.#traits.writeMs, after);
  }
}
