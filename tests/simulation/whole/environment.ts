/** Where a part of the system runs: it may be killed or frozen, and its clock may be wrong. */
import type { Chance } from '../../../lib/simulation/random.ts';
import type { Timeline } from '../../../lib/simulation/timeline.ts';
import type { Level } from '../../../lib/level/level.ts';
import type { Faults } from './faults.ts';

/** What is done in it. */
export type Work = 'request' | 'tick' | 'alarm' | 'operator';

/** One outcome on its way: however often it is sent, it may be counted once. */
export interface Evidence {
  readonly id: number;
  readonly level: Level;
  readonly epoch: number;
  /** A success of the full face at level 2. */
  readonly isFullSuccess: boolean;
}

/** The longest that a frozen environment stays so, in milliseconds. */
const LONGEST_FREEZE_MS = 120_000;

/** One of them. */
export class Environment {
  readonly work: Work;
  readonly skewMs: number;
  /** What its first write is to count; null where it counts nothing. */
  evidence: Evidence | null = null;
  /** Writes on the row, the mark of an announcement apart. */
  writes = 0;
  #killed = false;
  #frozenUntilMs = -Infinity;
  readonly #time: Timeline;
  readonly #chance: Chance;
  readonly #faults: Faults;

  constructor(work: Work, time: Timeline, chance: Chance, faults: Faults) {
    this.work = work;
    this.#time = time;
    this.#chance = chance;
    this.#faults = faults;
    this.skewMs = Math.round((2 * chance.unit() - 1) * faults.skewMs);
  }

  /** Epoch milliseconds, as it believes. */
  nowMs(): number {
    return Math.floor(this.#time.nowMs) + this.skewMs;
  }

  /** Goes on with something, unless it is killed; later, where it is frozen. */
  resume(act: () => void): void {
    const { killed, frozen } = this.#faults;
    if (this.#chance.unit() < killed) this.#killed = true;
    if (this.#killed) return;
    if (this.#chance.unit() < frozen) {
      this.#frozenUntilMs = this.#time.nowMs + this.#chance.unit() * LONGEST_FREEZE_MS;
    }
    const waitMs = this.#frozenUntilMs - this.#time.nowMs;
    if (waitMs > 0) this.#time.after(waitMs, act);
    else act();
  }
}
