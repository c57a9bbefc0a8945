/** What a row begins with: at a level, at a step of the ramp, after a failed one. */
import { boundOf, NEVER } from './draw.ts';
import type { Level } from './level.ts';
import { entryErrorCount, hasRamp, type Policy } from './policy.ts';
import { watchMsOf } from './rate.ts';
import { isMap, type LevelState } from './state.ts';
import { evidenceNames, slotNames, slotNamesAround } from './window.ts';

/** Attributes to set and to remove; none stands in both. */
export interface Attributes {
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove: readonly string[];
}

/** Everything that belongs to a level, and goes with it. */
const OF_A_LEVEL = [
  'run',
  'watchSinceMs',
  'watchUntilMs',
  'cautionUntilMs',
  'quietUntilMs',
  'retryMs',
  'rampStep',
  'rampBelow',
  'stepSinceMs',
  'canaryOk',
  'canaryErrors',
  'canaryRun',
  'nextCanaryAtMs',
  'nextProbeAtMs',
  'probeIntervalMs',
  'probeFailures',
] as const;

/** What a step of the ramp has counted. */
const OF_A_STEP = ['canaryOk', 'canaryErrors', 'canaryRun'] as const;

/** What outlives a level, and is no evidence. */
const MEMORY = [
  'okMs',
  'sampleOneIn',
  'sampleBelow',
  'sampleUntilMs',
  'dwellMs',
  'climbedAtMs',
  'learnedErrors',
  'learnedRequests',
  'learnedUntilMs',
] as const;

/** The retries of a failed first step wait at most so many times the dwell. */
const LONGEST_RETRY = 4;

/**
 * What a row begins a level with. The share of counted outcomes, the mean time of a success and what is
 * ordinary stay: they are no evidence.
 */
export function enterLevel(state: LevelState, to: Level, policy: Policy, atMs: number): Attributes {
  const begun: Readonly<Record<string, unknown>> = {
    currentLevel: to,
    errorCount: entryErrorCount(to, policy),
    successCount: 0,
    ...(to !== 1 && fallen(state, to, policy, atMs)),
  };
  return { set: begun, remove: goneWith(state, policy, atMs).filter((name) => !(name in begun)) };
}

/**
 * What goes with the old epoch: what the row is known to hold, and what others may have counted since it
 * was read. Under counts alone there is nothing of the latter.
 */
function goneWith(state: LevelState, policy: Policy, atMs: number): readonly string[] {
  const known = OF_A_LEVEL.filter((name) => state[name] !== undefined);
  const slots = evidenceNames(state);
  if (!countsBeside(policy)) return [...known, ...slots];
  return [...new Set([...OF_A_LEVEL, ...slots, ...slotNamesAround(policy, atMs)])];
}

/** Whether outcomes are counted that a writer does not see, in attributes of their own. */
export function countsBeside(policy: Policy): boolean {
  return policy.judge === 'rate' || hasRamp(policy) || policy.probeIntervalMs > 0;
}

/** Everything that any policy but the one of before has left on the row. */
export function forgotten(state: LevelState, kept: Readonly<Record<string, unknown>>): string[] {
  return [...OF_A_LEVEL, ...MEMORY, ...slotNames(state)].filter((name) => !(name in kept));
}

function fallen(state: LevelState, to: Level, policy: Policy, atMs: number) {
  const isFall = to > state.currentLevel;
  const dwellMs = isFall && state.currentLevel === 1 ? dwellAfterFall(state, policy, atMs) : null;
  const lastsMs = dwellMs ?? state.dwellMs ?? policy.dwellMs;
  const isWatched = policy.judge === 'rate' && isFall && to === 2;
  return {
    ...(dwellMs !== null && dwellMs > 0 && { dwellMs }),
    ...(lastsMs > 0 && { quietUntilMs: atMs + lastsMs }),
    // The degraded face is counted at once: it may be failing too.
    ...(isWatched && { watchSinceMs: atMs, watchUntilMs: atMs + watchMsOf(policy) }),
    ...(to === 2 ? firstStep(state, policy, atMs + lastsMs) : firstProbe(state, policy, atMs)),
  };
}

/** A row that overrides the deployment's ramp must say that it has none. */
function firstStep(state: LevelState, policy: Policy, atMs: number) {
  if (hasRamp(policy)) return beginStep(policy, 0, atMs);
  return overrides(state, 'ramp') ? { rampBelow: NEVER } : {};
}

function firstProbe(state: LevelState, { probeIntervalMs }: Policy, atMs: number) {
  if (probeIntervalMs > 0) return { probeIntervalMs, nextProbeAtMs: atMs + probeIntervalMs };
  return overrides(state, 'probeIntervalMs') ? { probeIntervalMs } : {};
}

function overrides({ policy }: LevelState, field: keyof Policy): boolean {
  return isMap(policy) && field in policy;
}

/** Doubled when the level falls again soon after it climbed, up to a cap. */
function dwellAfterFall(state: LevelState, policy: Policy, atMs: number): number {
  const { dwellMs, maxDwellMs, flapWindowMs } = policy;
  const isFlapping = atMs - (state.climbedAtMs ?? -Infinity) < flapWindowMs;
  return isFlapping ? doubled(state, policy) : Math.min(dwellMs, maxDwellMs);
}

function doubled(state: LevelState, { dwellMs, maxDwellMs }: Policy): number {
  return Math.min(2 * (state.dwellMs ?? dwellMs), maxDwellMs);
}

function beginStep(policy: Policy, step: number, atMs: number) {
  return {
    rampStep: step,
    rampBelow: boundOf((policy.ramp[step] ?? 100) / 100),
    stepSinceMs: atMs,
    nextCanaryAtMs: atMs + policy.canaryIntervalMs,
  };
}

/** The next step of a ramp that has one. */
export function nextStep(state: LevelState, policy: Policy, atMs: number): Attributes {
  const step = (state.rampStep ?? 0) + 1;
  return { set: beginStep(policy, step, atMs), remove: [...OF_A_STEP, 'retryMs'] };
}

/**
 * Back to the first step after a pause. A failed first step makes only its own next try wait longer, or
 * a long outage would be followed by as long a wait; a later one makes the dwell longer.
 */
export function retreat(state: LevelState, policy: Policy, atMs: number): Attributes {
  const isFirst = (state.rampStep ?? 0) === 0;
  const retryMs = state.retryMs ?? policy.dwellMs;
  const dwellMs = doubled(state, policy);
  const quietUntilMs = atMs + (isFirst ? retryMs : dwellMs);
  const pause = isFirst
    ? { retryMs: Math.min(2 * retryMs, LONGEST_RETRY * policy.dwellMs) }
    : { dwellMs };
  return {
    set: { ...pause, quietUntilMs, ...beginStep(policy, 0, quietUntilMs) },
    remove: [...OF_A_STEP],
  };
}
