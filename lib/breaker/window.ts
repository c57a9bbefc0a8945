/** What was seen: the outcomes of the calls of one generation, over time or over a number of calls. */

/** What a window holds at one moment. */
export interface WindowCounts {
  readonly requests: number;
  readonly failures: number;
  /** Calls, successful or not, that took as long as slowCall.threshold or longer. */
  readonly slow: number;
}

/** What a window saves: its shape, and its numbers from the newest to the oldest. */
export interface SavedWindow {
  /** Two windows can take over each other's numbers if their shapes are equal. */
  readonly shape: string;
  readonly values: readonly number[];
}

/**
 * A window counts in place, so that ten million calls allocate nothing. It is deterministic all the
 * same: everything it reads is an argument.
 */
export interface CallWindow {
  addSuccess(atMs: number, slow: boolean): void;
  addFailure(atMs: number, slow: boolean): void;
  counts(atMs: number): WindowCounts;
  save(atMs: number): SavedWindow;
  /** Takes over what was saved, as if it had been saved at atMs; another shape is left out. */
  load(saved: SavedWindow, atMs: number): void;
}

/** Whether a window of a shape can have saved these counts; one of an unknown shape can. */
export function canHold(shape: string, values: readonly number[]): boolean {
  const [kind, size] = shape.split(' ');
  if (kind === 'count') {
    return values.length <= Number(size) && values.every((call) => CALLS.has(call));
  }
  if (kind !== 'time') return true;
  if (values.length % STRIDE !== 0) return false;
  return values.every((slow, at) => {
    if (at % STRIDE !== 2) return true;
    return slow <= (values[at - 2] ?? 0) + (values[at - 1] ?? 0);
  });
}

/** The counts of a state that has no window. */
export const NOTHING_SEEN: WindowCounts = { requests: 0, failures: 0, slow: 0 };

/** One bucket is three numbers of one array: successes, failures, slow calls. */
const STRIDE = 3;

/**
 * The calls of the last windowMs, in buckets that begin at whole multiples of their length. It
 * covers the running bucket and the full ones before it, so between windowMs minus one bucket and
 * windowMs.
 */
export class TimeWindow implements CallWindow {
  readonly #bucketMs: number;
  readonly #tallies: number[];
  /** Where the running bucket begins in the array. */
  #at = 0;
  #bucket = -Infinity;
  #endsMs = -Infinity;

  /**
   * @param windowMs Length of the whole window, in milliseconds.
   * @param buckets How many buckets it has, at least 1.
   */
  constructor(windowMs: number, buckets: number) {
    this.#bucketMs = windowMs / buckets;
    this.#tallies = Array.from({ length: buckets * STRIDE }, () => 0);
  }

  addSuccess(atMs: number, slow: boolean): void {
    // Not `>=`: a clock that goes back counts into the running bucket.
    if (!(atMs < this.#endsMs)) this.#advance(atMs);
    this.#tallies[this.#at] = (this.#tallies[this.#at] ?? 0) + 1;
    if (slow) this.#count(2);
  }

  addFailure(atMs: number, slow: boolean): void {
    if (!(atMs < this.#endsMs)) this.#advance(atMs);
    this.#count(1);
    if (slow) this.#count(2);
  }

  counts(atMs: number): WindowCounts {
    if (!(atMs < this.#endsMs)) this.#advance(atMs);
    let [successes, failures, slow] = [0, 0, 0];
    for (let at = 0; at < this.#tallies.length; at += STRIDE) {
      successes += this.#tallies[at] ?? 0;
      failures += this.#tallies[at + 1] ?? 0;
      slow += this.#tallies[at + 2] ?? 0;
    }
    return { requests: successes + failures, failures, slow };
  }

  save(atMs: number): SavedWindow {
    if (!(atMs < this.#endsMs)) this.#advance(atMs);
    const values: number[] = [];
    for (let at = 0; at < this.#tallies.length; at += STRIDE) {
      const from = (this.#at - at + this.#tallies.length) % this.#tallies.length;
      values.push(...this.#tallies.slice(from, from + STRIDE));
    }
    return { shape: this.#shape(), values };
  }

  load(saved: SavedWindow, atMs: number): void {
    if (saved.shape !== this.#shape() || saved.values.length !== this.#tallies.length) return;
    this.#advance(atMs);
    for (let at = 0; at < this.#tallies.length; at += STRIDE) {
      const from = (this.#at - at + this.#tallies.length) % this.#tallies.length;
      for (let offset = 0; offset < STRIDE; offset += 1) {
        this.#tallies[from + offset] = saved.values[at + offset] ?? 0;
      }
    }
  }

  #count(offset: number): void {
    this.#tallies[this.#at + offset] = (this.#tallies[this.#at + offset] ?? 0) + 1;
  }

  #advance(atMs: number): void {
    const bucket = Math.floor(atMs / this.#bucketMs);
    const passed = Math.min(bucket - this.#bucket, this.#tallies.length / STRIDE);
    for (let step = 0; step < passed; step += 1) {
      this.#at = (this.#at + STRIDE) % this.#tallies.length;
      this.#tallies.fill(0, this.#at, this.#at + STRIDE);
    }
    this.#bucket = bucket;
    this.#endsMs = (bucket + 1) * this.#bucketMs;
  }

  #shape(): string {
    return `time ${this.#bucketMs} ${this.#tallies.length / STRIDE}`;
  }
}

/** One call of a count window; 0 is a place that no call has taken yet. */
const SUCCESS = 1;
const FAILURE = 2;
const SLOW = 4;
const CALLS: ReadonlySet<number> = new Set([SUCCESS, FAILURE, SUCCESS | SLOW, FAILURE | SLOW]);

/** The last `size` calls, however long ago they were. */
export class CountWindow implements CallWindow {
  readonly #calls: Uint8Array;
  #next = 0;
  #requests = 0;
  #failures = 0;
  #slow = 0;

  /** @param size How many calls it holds, 1 to 1,000. */
  constructor(size: number) {
    this.#calls = new Uint8Array(size);
  }

  addSuccess(_atMs: number, slow: boolean): void {
    this.#add(slow ? SUCCESS | SLOW : SUCCESS);
  }

  addFailure(_atMs: number, slow: boolean): void {
    this.#add(slow ? FAILURE | SLOW : FAILURE);
  }

  counts(): WindowCounts {
    return { requests: this.#requests, failures: this.#failures, slow: this.#slow };
  }

  save(): SavedWindow {
    const newestFirst = Array.from(this.#calls, (_, age) => {
      const from = (this.#next - 1 - age + this.#calls.length) % this.#calls.length;
      return this.#calls[from] ?? 0;
    });
    return { shape: this.#shape(), values: newestFirst.slice(0, this.#requests) };
  }

  load(saved: SavedWindow): void {
    if (saved.shape !== this.#shape()) return;
    for (const call of saved.values.slice(0, this.#calls.length).toReversed()) this.#add(call);
  }

  #add(call: number): void {
    const oldest = this.#calls[this.#next] ?? 0;
    if (oldest === 0) this.#requests += 1;
    else this.#weigh(oldest, -1);
    this.#calls[this.#next] = call;
    this.#weigh(call, 1);
    this.#next = this.#next + 1 === this.#calls.length ? 0 : this.#next + 1;
  }

  #weigh(call: number, by: 1 | -1): void {
    if ((call & FAILURE) !== 0) this.#failures += by;
    if ((call & SLOW) !== 0) this.#slow += by;
  }

  #shape(): string {
    return `count ${this.#calls.length}`;
  }
}
