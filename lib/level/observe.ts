/** Step 1 of the protocol: one outcome, counted by one write under its fence. */
import {
  asSeen,
  atLeast,
  atMost,
  type ConditionalWrite,
  type Evidence,
  type EvidenceFence,
} from './fence.ts';
import { isCanary, type Outcome } from './outcome.ts';
import { learnedBy } from './ordinary.ts';
import { hasRamp, type Policy } from './policy.ts';
import { cautionMsOf, isWatched, watchMsOf } from './rate.ts';
import { isSampled, meterOf, mostOneIn, SHARE_MS, weightOf } from './share.ts';
import type { LevelState } from './state.ts';
import { notBefore } from './times.ts';
import { skewMsOf, slotAt, slotName, staleNames } from './window.ts';

/** An outcome with what its request was read with, and when it is written. */
export interface Observed {
  readonly outcome: Outcome;
  /** The row as its request read it, the policy's overrides included: the fence holds it to that. */
  readonly seen: LevelState;
  /** When the request was read, in epoch milliseconds. */
  readonly readAtMs: number;
  /** When it is written, in epoch milliseconds. */
  readonly atMs: number;
  /** 0 up to but not including 1: what spreads the probes of a failing service. */
  readonly random: number;
}

/** By how much the wait for a next probe is spread, upwards. */
const PROBE_JITTER = 0.2;
/** A mean that follows its values within so many of them. */
const MEAN_OVER = 8;

/**
 * Counts one outcome.
 *
 * @returns null where it is evidence of nothing: a success that nobody counts now, an exercise of the
 *   degraded face at level 1.
 */
export function observe(observed: Observed, policy: Policy): ConditionalWrite | null {
  const { readLevel, servedLevel } = observed.outcome;
  if (readLevel === 3) return observeProbe(observed, policy);
  if (isCanary(observed.outcome)) return observeCanary(observed, policy);
  if (servedLevel !== readLevel) return null;
  return policy.judge === 'rate' ? observeRate(observed, policy) : observeCount(observed, policy);
}

function observeCount(observed: Observed, policy: Policy): ConditionalWrite | null {
  const { outcome, seen, readAtMs, atMs } = observed;
  const { readLevel: level, result } = outcome;
  const expect = fenceOf(observed);
  const lastUpdated = notBefore(atMs, seen.lastUpdated);
  if (result === 'error') {
    return { expect, set: { successCount: 0, lastUpdated }, add: { errorCount: 1 } };
  }
  // No step up begins during the dwell, and with a ramp the degraded face lifts nothing.
  const isQuiet = (seen.quietUntilMs ?? 0) > readAtMs;
  if (level === 2 && (hasRamp(policy) || isQuiet)) return null;
  return {
    // A healthy level 1 has nothing to climb back from, so nothing is written there.
    expect: level === 1 ? { ...expect, evidence: [atLeast('errorCount', 1)] } : expect,
    set: { lastUpdated },
    add: { successCount: 1 },
  };
}

/**
 * The first error only starts the watch: it is seen before any success could be, so it is no evidence of
 * a rate. From then on errors and successes are counted alike.
 */
function observeRate(observed: Observed, policy: Policy): ConditionalWrite | null {
  const { outcome, seen, readAtMs, atMs } = observed;
  const isError = outcome.result === 'error';
  const isBegun = isWatched(seen, readAtMs);
  if (!isBegun && !isError) return null;
  const expect = fenceOf(observed);
  const slot = slotAt(policy, atMs);
  const { add, setIfAbsent, remove } = metered(observed, policy);
  const set = {
    lastUpdated: notBefore(atMs, seen.lastUpdated),
    ...renewed(observed),
    ...learnedBy(seen, policy, readAtMs),
  };
  const watchUntilMs = atMs + watchMsOf(policy);
  const drawn = { ...expect, mostOneIn: mostOneIn(weightOf(seen, readAtMs)) };
  if (!isBegun) {
    // From now on: a slow error was read long before anybody could know of it.
    const cautionUntilMs = atMs + cautionMsOf(policy, seen.okMs ?? 0);
    return {
      expect,
      set: { ...set, watchSinceMs: atMs, watchUntilMs, cautionUntilMs },
      setIfAbsent: { ...setIfAbsent, run: 1 },
      add,
      remove,
    };
  }
  if (isError) {
    const counts = { ...add, run: 1, [slotName('E', slot)]: 1 };
    return { expect: drawn, set: { ...set, watchUntilMs }, setIfAbsent, add: counts, remove };
  }
  return {
    expect: drawn,
    set: { ...set, ...meanOf(observed), ...cautionOf(observed, policy) },
    setIfAbsent,
    add: { ...add, [slotName('O', slot)]: 1 },
    remove: ['run', ...remove],
  };
}

/** What the full face shows at level 2, under the fence of the step that its request was read at. */
function observeCanary(observed: Observed, policy: Policy): ConditionalWrite {
  const { outcome, seen, atMs } = observed;
  const { add, setIfAbsent, remove } = metered(observed, policy);
  const isError = outcome.result === 'error';
  const counts = isError ? { canaryErrors: 1, canaryRun: 1 } : { canaryOk: 1 };
  return {
    expect: { ...fenceOf(observed), evidence: [asSeen('stepSinceMs', seen.stepSinceMs)] },
    set: {
      lastUpdated: notBefore(atMs, seen.lastUpdated),
      nextCanaryAtMs: atMs + policy.canaryIntervalMs,
      ...renewed(observed),
    },
    setIfAbsent,
    add: { ...add, ...counts },
    remove: isError ? remove : ['canaryRun', ...remove],
  };
}

function observeProbe(observed: Observed, policy: Policy): ConditionalWrite {
  const { outcome, seen, atMs } = observed;
  const lastUpdated = notBefore(atMs, seen.lastUpdated);
  const isError = outcome.result === 'error';
  const { set, remove } = nextProbe(observed, policy);
  const expect = { ...fenceOf(observed), evidence: ofTheLastClaim(observed, set, policy) };
  return isError
    ? { expect, set: { successCount: 0, lastUpdated, ...set }, remove }
    : { expect, set: { lastUpdated, ...set }, add: { successCount: 1 }, remove };
}

/** A result that comes after others have claimed is of another time: it would bring the next probe forward. */
function ofTheLastClaim(
  { seen, atMs }: Observed,
  { nextProbeAtMs }: { readonly nextProbeAtMs?: number },
  policy: Policy,
): Evidence {
  if (nextProbeAtMs === undefined) return [];
  const claimedMs = Math.max(nextProbeAtMs, atMs + (seen.probeIntervalMs ?? 0));
  return [atMost('nextProbeAtMs', claimedMs + skewMsOf(policy))];
}

/** When the next probe is due: later while they fail, and never sooner than the interval. */
function nextProbe({ outcome, seen, atMs, random }: Observed, policy: Policy) {
  const { probeIntervalMs, maxProbeIntervalMs } = policy;
  if (probeIntervalMs === 0) return { set: {}, remove: [] };
  const failures = outcome.result === 'error' ? (seen.probeFailures ?? 0) + 1 : 0;
  const intervalMs = Math.min(probeIntervalMs * 2 ** failures, maxProbeIntervalMs);
  const waitMs = Math.max(intervalMs, probeIntervalMs) * (1 + PROBE_JITTER * random);
  const nextProbeAtMs = atMs + Math.ceil(waitMs);
  return failures > 0
    ? { set: { nextProbeAtMs, probeIntervalMs, probeFailures: failures }, remove: [] }
    : { set: { nextProbeAtMs, probeIntervalMs }, remove: ['probeFailures'] };
}

/** Counts what the outcome stands for, and takes along what nobody looks at any more. */
function metered({ seen, readAtMs, atMs }: Observed, policy: Policy) {
  const { weight, first } = meterOf(policy, atMs);
  return {
    add: { [weight]: weightOf(seen, readAtMs) },
    setIfAbsent: { [first]: atMs },
    remove: staleNames(seen, policy, atMs),
  };
}

/** A share holds as long as outcomes are counted by it. */
function renewed({ seen, readAtMs, atMs }: Observed) {
  return isSampled(seen, readAtMs) ? { sampleUntilMs: atMs + SHARE_MS } : {};
}

function meanOf({ outcome, seen }: Observed) {
  const { durationMs } = outcome;
  if (durationMs === null) return {};
  const before = seen.okMs ?? durationMs;
  return { okMs: Math.round(before + (durationMs - before) / MEAN_OVER) };
}

/** The first success that is timed at all tells how long the others may take. */
function cautionOf({ outcome, seen }: Observed, policy: Policy) {
  const { durationMs } = outcome;
  if (durationMs === null || seen.okMs !== undefined || seen.watchSinceMs === undefined) return {};
  return { cautionUntilMs: seen.watchSinceMs + cautionMsOf(policy, Math.round(durationMs)) };
}

function fenceOf({ outcome, atMs }: Observed): EvidenceFence {
  const { readLevel: level, epoch } = outcome;
  return { kind: 'evidence', level, epoch, atMs, evidence: [] };
}
