/** Which instance is called: the cheaper of two drawn at random, and none that keeps failing. */

/** What is known of one instance from the calls to it. */
export interface Load {
  inFlight: number;
  /** The moving average of how long calls take, in milliseconds; 0 before the first one ended. */
  latencyMs: number;
  /** When a call last ended. */
  endedAtMs: number;
  failureRun: number;
  /** How often it was ejected since it was last well for as long as that. */
  ejections: number;
  /** Until when it is not called; in the past: it is. */
  ejectedUntilMs: number;
}

/** The state of an instance that nobody has called. */
export const newLoad = (): Load => ({
  inFlight: 0,
  latencyMs: 0,
  endedAtMs: -Infinity,
  failureRun: 0,
  ejections: 0,
  ejectedUntilMs: -Infinity,
});

/** Failures in a row that eject; after an ejection one is enough. */
const FAILURES = 3;
/** How long the first ejection takes, in milliseconds; each further one that much longer. */
const EJECT_MS = 30_000;
const LONGEST_EJECT_MS = 300_000;
/** How long a failed call counts as at least, in milliseconds: failing fast must attract nobody. */
const FAILURE_MS = 1_000;
/** The time in which an old latency loses two thirds of its weight, in milliseconds. */
const DECAY_MS = 10_000;

/**
 * Chooses an instance: of two drawn at random the one with the smaller product of latency and calls in
 * flight. Instances that nobody has called yet count as the fastest.
 *
 * @param loads Of every instance that may be called, at least one.
 * @param random A number from 0 up to but not including 1.
 * @returns Its index.
 * Source: Mitzenmacher 2001, The Power of Two Choices; the product is Finagle's Peak EWMA.
 */
export function choose(loads: readonly Load[], atMs: number, random: () => number): number {
  const open = openAt(loads, atMs);
  const draw = (count: number) => Math.min(count - 1, Math.floor(random() * count));
  const first = draw(open.length);
  if (open.length === 1) return open[first] ?? 0;
  // A second one that is not the first.
  const second = (first + 1 + draw(open.length - 1)) % open.length;
  const [one = 0, other = 0] = [open[first], open[second]];
  return costOf(loads[one], atMs) <= costOf(loads[other], atMs) ? one : other;
}

/**
 * The indexes of those that may be called. At most half are left out; the ones whose time ends first come
 * back: where most fail, the fault is not theirs, and the rest could not carry the load.
 */
function openAt(loads: readonly Load[], atMs: number): readonly number[] {
  const all = loads.map((_load, index) => index);
  const ejected = all
    .filter((index) => isEjected(loads[index], atMs))
    .toSorted((a, b) => untilOf(loads[b]) - untilOf(loads[a]));
  const leftOut = new Set(ejected.slice(0, Math.floor(loads.length / 2)));
  return all.filter((index) => !leftOut.has(index));
}

const isEjected = (load: Load | undefined, atMs: number) => untilOf(load) > atMs;
const untilOf = (load: Load | undefined) => load?.ejectedUntilMs ?? -Infinity;

function costOf(load: Load | undefined, atMs: number): number {
  if (load === undefined || load.endedAtMs === -Infinity) return load?.inFlight ?? 0;
  const weight = Math.exp(-Math.max(0, atMs - load.endedAtMs) / DECAY_MS);
  return (1 + load.latencyMs * weight) * (load.inFlight + 1);
}

/** Counts the end of a call. */
export function endCall(load: Load, failed: boolean, durationMs: number, atMs: number): void {
  load.inFlight -= 1;
  const weight = Math.exp(-Math.max(0, atMs - load.endedAtMs) / DECAY_MS);
  const seenMs = failed ? Math.max(durationMs, FAILURE_MS) : durationMs;
  // A peak counts at once, what is faster only in time.
  load.latencyMs =
    seenMs > load.latencyMs ? seenMs : load.latencyMs * weight + seenMs * (1 - weight);
  load.endedAtMs = atMs;
  if (!failed) {
    load.failureRun = 0;
    if (atMs >= load.ejectedUntilMs + EJECT_MS * load.ejections) load.ejections = 0;
    return;
  }
  load.failureRun += 1;
  const enough = load.ejections > 0 ? 1 : FAILURES;
  if (isEjected(load, atMs) || load.failureRun < enough) return;
  load.ejections += 1;
  load.ejectedUntilMs = atMs + Math.min(LONGEST_EJECT_MS, EJECT_MS * load.ejections);
}
