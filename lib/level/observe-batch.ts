/** Step 1 of the protocol for many outcomes at once: what one process has counted of a rate, as one write. */
import { asSeen, type ConditionalWrite } from './fence.ts';
import type { Level } from './level.ts';
import { learnedBy } from './ordinary.ts';
import { isCanary } from './outcome.ts';
import type { Observed } from './observe.ts';
import type { Policy } from './policy.ts';
import { cautionMsOf, isWatched, watchMsOf } from './rate.ts';
import { isSampled, mostOneIn, SHARE_MS, weightOf } from './share.ts';
import type { LevelState } from './state.ts';
import { notBefore } from './times.ts';
import { slotAt, slotName, SLOTS, staleNames } from './window.ts';

/** Errors and successes, and whether an error came last. */
interface Tally {
  readonly errors: number;
  readonly successes: number;
  readonly isFailing: boolean;
}

/** What was counted of one epoch at one step of the ramp; plain data that is replaced. */
export interface Batch {
  readonly level: Level;
  readonly epoch: number;
  readonly stepSinceMs: number | undefined;
  /** The row as the last outcome's request read it. */
  readonly seen: LevelState;
  /** When that was, in epoch milliseconds. */
  readonly readAtMs: number;
  /** Whether an error was seen before anybody watched: it starts the watch, and is no other evidence. */
  readonly startsWatch: boolean;
  /** Whether an error came that renews the watch. */
  readonly renewsWatch: boolean;
  /** By the number of the slot that each outcome ended in. */
  readonly slots: ReadonlyMap<number, Tally>;
  readonly faces: Tally;
  readonly canaries: Tally;
  /** The mean time of a success, in milliseconds. */
  readonly okMs: number | undefined;
  /** How long the first timed success took where nobody knew before, in milliseconds. */
  readonly firstOkMs: number | undefined;
  /** The least that a counted outcome stands for. */
  readonly weight: number;
}

const NONE: Tally = { errors: 0, successes: 0, isFailing: false };
/** A mean that follows its values within so many of them. */
const MEAN_OVER = 8;

/**
 * Adds one outcome that is to be recorded, under a policy that judges a rate. Those of another epoch or step
 * are stale by then, and go.
 *
 * @param batch null: nothing is counted yet.
 */
export function addToBatch(batch: Batch | null, observed: Observed, policy: Policy): Batch {
  const { outcome, seen, readAtMs, atMs } = observed;
  const isError = outcome.result === 'error';
  const before = batch !== null && isSame(batch, observed) ? batch : emptyFor(observed);
  const common = { ...before, seen, readAtMs };
  if (isCanary(outcome)) return { ...common, canaries: added(before.canaries, isError) };
  if (!isWatched(seen, readAtMs)) return { ...common, startsWatch: before.startsWatch || isError };
  const slot = slotAt(policy, atMs);
  const slots = new Map(before.slots).set(slot, added(before.slots.get(slot) ?? NONE, isError));
  for (const number of slots.keys()) if (slot - number >= SLOTS) slots.delete(number);
  return {
    ...common,
    slots,
    faces: added(before.faces, isError),
    renewsWatch: before.renewsWatch || isError,
    weight: Math.min(before.weight, weightOf(seen, readAtMs)),
    ...(!isError && timed(before, outcome.durationMs)),
  };
}

function isSame(batch: Batch, { outcome, seen }: Observed): boolean {
  const { level, epoch, stepSinceMs } = batch;
  return level === outcome.readLevel && epoch === outcome.epoch && stepSinceMs === seen.stepSinceMs;
}

function emptyFor({ outcome, seen, readAtMs }: Observed): Batch {
  return {
    level: outcome.readLevel,
    epoch: outcome.epoch,
    stepSinceMs: seen.stepSinceMs,
    seen,
    readAtMs,
    startsWatch: false,
    renewsWatch: false,
    slots: new Map(),
    faces: NONE,
    canaries: NONE,
    okMs: seen.okMs,
    firstOkMs: undefined,
    weight: Infinity,
  };
}

function added({ errors, successes }: Tally, isError: boolean): Tally {
  return isError
    ? { errors: errors + 1, successes, isFailing: true }
    : { errors, successes: successes + 1, isFailing: false };
}

function timed({ okMs, firstOkMs }: Batch, durationMs: number | null) {
  if (durationMs === null) return {};
  const before = okMs ?? durationMs;
  return {
    okMs: Math.round(before + (durationMs - before) / MEAN_OVER),
    firstOkMs: okMs === undefined ? Math.round(durationMs) : firstOkMs,
  };
}

/**
 * Takes back a batch that was surely not counted; one of another epoch or step than what came since is stale.
 *
 * @param newer What was counted meanwhile; null: nothing.
 */
export function mergeBatches(older: Batch, newer: Batch | null): Batch {
  if (newer === null) return older;
  const { level, epoch, stepSinceMs } = older;
  const isOne = level === newer.level && epoch === newer.epoch && stepSinceMs === newer.stepSinceMs;
  if (!isOne) return newer;
  const slots = new Map(older.slots);
  for (const [slot, tally] of newer.slots) slots.set(slot, sumOf(slots.get(slot) ?? NONE, tally));
  return {
    ...newer,
    startsWatch: older.startsWatch || newer.startsWatch,
    renewsWatch: older.renewsWatch || newer.renewsWatch,
    slots,
    faces: sumOf(older.faces, newer.faces),
    canaries: sumOf(older.canaries, newer.canaries),
    firstOkMs: older.firstOkMs ?? newer.firstOkMs,
    weight: Math.min(older.weight, newer.weight),
  };
}

function sumOf(older: Tally, newer: Tally): Tally {
  return {
    errors: older.errors + newer.errors,
    successes: older.successes + newer.successes,
    isFailing: newer.isFailing || (newer.successes === 0 && older.isFailing),
  };
}

/**
 * The one write of a batch, under the fence of each of its outcomes.
 *
 * @param atMs Now, in epoch milliseconds.
 * @returns null where what was counted is too old to be judged.
 */
export function observeBatch(batch: Batch, policy: Policy, atMs: number): ConditionalWrite | null {
  const { level, epoch, seen, canaries, stepSinceMs } = batch;
  const faces = countsOf(batch, policy, atMs);
  const hasCanaries = canaries.errors + canaries.successes > 0;
  if (faces === null && !hasCanaries && !batch.startsWatch) return null;
  const shown = hasCanaries ? canariesOf(canaries, policy, atMs) : NOTHING;
  const watch = watchOf(batch, policy, atMs);
  const evidence = hasCanaries ? [asSeen('stepSinceMs', stepSinceMs)] : [];
  const fence = { kind: 'evidence', level, epoch, atMs, evidence } as const;
  return {
    expect: faces === null ? fence : { ...fence, mostOneIn: mostOneIn(batch.weight) },
    set: {
      lastUpdated: notBefore(atMs, seen.lastUpdated),
      ...(isSampled(seen, batch.readAtMs) && { sampleUntilMs: atMs + SHARE_MS }),
      ...learnedBy(seen, policy, batch.readAtMs),
      ...watch.set,
      ...faces?.set,
      ...shown.set,
    },
    ...(watch.isNew && { setIfAbsent: { run: 1 } }),
    add: { ...faces?.add, ...shown.add },
    remove: [...(faces?.remove ?? []), ...shown.remove, ...staleNames(seen, policy, atMs)],
  };
}

interface Parts {
  readonly set: Readonly<Record<string, unknown>>;
  readonly add: Readonly<Record<string, number>>;
  readonly remove: readonly string[];
}

const NOTHING: Parts = { set: {}, add: {}, remove: [] };

function countsOf(batch: Batch, policy: Policy, atMs: number): Parts | null {
  const current = slotAt(policy, atMs);
  const slots = [...batch.slots].filter(([number]) => current - number < SLOTS);
  if (slots.length === 0) return null;
  const counts = slots.flatMap(([number, { errors, successes }]) => [
    [slotName('E', number), errors],
    [slotName('O', number), successes],
  ]) as [string, number][];
  const run = runOf('run', batch.faces);
  const { okMs, firstOkMs, seen } = batch;
  const isFirst = firstOkMs !== undefined && seen.watchSinceMs !== undefined;
  return {
    set: {
      ...run.set,
      ...(okMs !== undefined && batch.faces.successes > 0 && { okMs }),
      ...(isFirst && { cautionUntilMs: (seen.watchSinceMs ?? 0) + cautionMsOf(policy, firstOkMs) }),
    },
    add: { ...Object.fromEntries(counts.filter(([, count]) => count > 0)), ...run.add },
    remove: run.remove,
  };
}

function canariesOf(canaries: Tally, policy: Policy, atMs: number): Parts {
  const run = runOf('canaryRun', canaries);
  const { errors: canaryErrors, successes: canaryOk } = canaries;
  return {
    set: { nextCanaryAtMs: atMs + policy.canaryIntervalMs, ...run.set },
    add: {
      ...(canaryErrors > 0 && { canaryErrors }),
      ...(canaryOk > 0 && { canaryOk }),
      ...run.add,
    },
    remove: run.remove,
  };
}

/**
 * Errors in a row are those of all processes, and one of them does not know what came between its own: what
 * it tells is one.
 */
function runOf(name: string, { successes, isFailing }: Tally): Parts {
  if (successes === 0) return { ...NOTHING, add: { [name]: 1 } };
  return isFailing ? { ...NOTHING, set: { [name]: 1 } } : { ...NOTHING, remove: [name] };
}

/** An error begins the watch where there is none, from now on, or renews it. */
function watchOf(batch: Batch, policy: Policy, atMs: number) {
  const { startsWatch, renewsWatch, seen } = batch;
  const watchUntilMs = atMs + watchMsOf(policy);
  // What began it may have been seen before the others of the batch were read: then it is not new.
  const isNew = startsWatch && batch.faces.errors + batch.faces.successes === 0;
  if (!isNew) return { isNew, set: startsWatch || renewsWatch ? { watchUntilMs } : {} };
  const cautionUntilMs = atMs + cautionMsOf(policy, seen.okMs ?? 0);
  return { isNew, set: { watchSinceMs: atMs, watchUntilMs, cautionUntilMs } };
}
