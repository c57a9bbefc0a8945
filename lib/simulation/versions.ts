/** What reads of an item may find: it as it is, and as it was a moment ago. */
import { INITIAL_STATE, type LevelState } from '../level/state.ts';
import type { Timeline } from './timeline.ts';

interface Version {
  readonly atMs: number;
  readonly state: LevelState;
}

/** How long an earlier version may still be read, in milliseconds. */
const OLDEST_READ_MS = 200;

/** The versions of one item. */
export class Versions {
  readonly #time: Timeline;
  /** The newest last; those that no read can see any more go. */
  readonly #versions: Version[] = [{ atMs: -Infinity, state: INITIAL_STATE }];

  constructor(time: Timeline) {
    this.#time = time;
  }

  get state(): LevelState {
    return this.#versions.at(-1)?.state ?? INITIAL_STATE;
  }

  /** The item as it was a while ago. */
  readAgo(agoMs: number): LevelState {
    const atMs = this.#time.nowMs - agoMs;
    const seen = this.#versions.findLast((version) => version.atMs <= atMs);
    return seen?.state ?? INITIAL_STATE;
  }

  /** What a read may give that is up to so many milliseconds old. */
  visible(staleMs: number): readonly LevelState[] {
    const oldest = this.#time.nowMs - staleMs;
    const versions = this.#versions;
    const from = versions.findLastIndex((version) => version.atMs <= oldest);
    return versions.slice(Math.max(0, from)).map(({ state }) => state);
  }

  /** The item as it is from now on. */
  keep(state: LevelState): void {
    const { nowMs } = this.#time;
    const versions = this.#versions;
    versions.push({ atMs: nowMs, state });
    const oldest = nowMs - OLDEST_READ_MS;
    const gone = versions.findIndex((_version, index) => (versions[index + 1]?.atMs ?? 0) > oldest);
    if (gone > 20) versions.splice(0, gone);
  }
}
