/** What was seen: the outcomes of the calls of one generation, over time or over a number of calls. */

/** What a window holds at one moment. */
export interface WindowCounts {
  readonly requests: number;
  readonly failures: number;
  /** Calls, successful or not, that took as long as slowCall.threshold or longer. */
  readonly slow: number;
}

/**
 * A ring of buckets, each for a time or for one call. Over time it covers the running bucket and the
 * full ones before it, so between the whole length minus one bucket and the whole length. It is plain
 * data, so that saving it is copying it, and counts in place, so that ten million calls allocate
 * nothing.
 */
export interface CallWindow {
  /** The length of a bucket, in milliseconds; 0: each holds one call, however long ago. */
  readonly bucketMs: number;
  /** Three numbers for each bucket: successes, failures, slow calls. */
  readonly tallies: number[];
  /** Where the running bucket begins among them. */
  at: number;
  /** When the running bucket ends, on the clock; NaN before the first call. */
  endsAtMs: number;
}

const STRIDE = 3;

/** The counts of a breaker that has seen nothing. */
export const NOTHING_SEEN: WindowCounts = { requests: 0, failures: 0, slow: 0 };

/** @param buckets How many, at least 1. */
export const newWindow = (buckets: number, bucketMs: number): CallWindow => ({
  bucketMs,
  tallies: Array.from({ length: buckets * STRIDE }, () => 0),
  at: 0,
  endsAtMs: Number.NaN,
});

/** Whether one window can go on with the numbers of another. */
export const areAlike = (one: CallWindow, other: CallWindow): boolean =>
  one.bucketMs === other.bucketMs && one.tallies?.length === other.tallies.length;

/** Whether calls can have filled it. */
export const canHold = ({ tallies, at }: CallWindow): boolean =>
  at % STRIDE === 0 &&
  at < tallies.length &&
  tallies.every(
    (tally, place) =>
      isCount(tally) &&
      (place % STRIDE < 2 || tally <= (tallies[place - 1] ?? 0) + (tallies[place - 2] ?? 0)),
  );

export const isCount = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Number(value) >= 0;

export function addCall(window: CallWindow, atMs: number, failed: boolean, slow: boolean): void {
  const { bucketMs, tallies } = window;
  // Not `>=`: a clock that goes back counts into the running bucket.
  if (bucketMs === 0) turn(window, 1);
  else if (!(atMs < window.endsAtMs)) catchUp(window, atMs);
  const { at } = window;
  const place = failed ? at + 1 : at;
  tallies[place] = (tallies[place] ?? 0) + 1;
  if (slow) tallies[at + 2] = (tallies[at + 2] ?? 0) + 1;
}

export function countsOf(window: CallWindow, atMs: number): WindowCounts {
  if (window.bucketMs !== 0 && !(atMs < window.endsAtMs)) catchUp(window, atMs);
  const sums = [0, 0, 0];
  window.tallies.forEach(
    (tally, place) => (sums[place % STRIDE] = (sums[place % STRIDE] ?? 0) + tally),
  );
  const [successes = 0, failures = 0, slow = 0] = sums;
  return { requests: successes + failures, failures, slow };
}

/** Ends the buckets whose time is over. The first of all begins at a whole multiple of its length. */
function catchUp(window: CallWindow, atMs: number): void {
  const { bucketMs, tallies, endsAtMs } = window;
  const begunMs = Number.isNaN(endsAtMs) ? Math.floor(atMs / bucketMs) * bucketMs : endsAtMs;
  const passed = Math.floor((atMs - begunMs) / bucketMs) + 1;
  turn(window, Math.min(passed, tallies.length / STRIDE));
  window.endsAtMs = begunMs + passed * bucketMs;
}

/** Begins so many buckets, empty ones. */
function turn(window: CallWindow, passed: number): void {
  const { tallies } = window;
  for (let step = 0; step < passed; step += 1) {
    const next = window.at + STRIDE;
    const at = next === tallies.length ? 0 : next;
    [tallies[at], tallies[at + 1], tallies[at + 2]] = [0, 0, 0];
    window.at = at;
  }
}
