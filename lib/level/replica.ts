/** Read replicas of a row: what the workflow acts on, copied, and numbered so that no copy ever goes back. */
import type { ConditionalWrite } from './fence.ts';
import { isWatching, watchMsOf } from './rate.ts';
import type { Policy } from './policy.ts';
import { SHARE_MS } from './share.ts';
import type { LevelState } from './state.ts';

type Name = keyof LevelState;

/** Of what the workflow reads of a row, what a replica has as the row has it. */
export const AS_ON_THE_ROW = [
  'currentLevel',
  'errorCount',
  'epoch',
  'override',
  'judge',
  'shield',
  'slowAfterMs',
  'countStatuses',
  'exerciseBelow',
  'watchUntilMs',
  'cautionUntilMs',
  'sampleUntilMs',
  'sampleBelow',
  'quietUntilMs',
  'rampBelow',
  'probeIntervalMs',
] as const satisfies readonly Name[];

/** And what it has otherwise: what is decided once for the whole fleet is decided on the row alone. */
export const OTHERWISE = [
  'run',
  'cautionFromMs',
  'nextCanaryAtMs',
  'nextProbeAtMs',
] as const satisfies readonly Name[];

/** What the mutator must know of the row that a request was read with: its fence, and what it stands for. */
const OF_THE_OUTCOME = ['sampleOneIn', 'stepSinceMs'] as const satisfies readonly Name[];

/** What a request acts by, which an outcome is counted by too. */
const ACTED_ON = [...AS_ON_THE_ROW, ...OF_THE_OUTCOME, 'run', 'cautionFromMs'] as const;

/** A time that never comes, in epoch milliseconds: as far ahead as the workflow's numbers go. */
export const NEVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * How long a replica is believed after it was written, in milliseconds: ten ticks. What nobody renews may be of
 * any time, as one of a deployment that had more of them.
 */
export const BELIEVED_MS = 600_000;

/**
 * Takes the next number for a row's replicas; the row that it returns is what they are to hold.
 *
 * @param after The number that the row still has to have: of several who have seen the same row one tells its
 *   replicas. Absent: whatever it has.
 */
export function numberReplicas(after?: { readonly version: number | undefined }): ConditionalWrite {
  const expect =
    after === undefined
      ? ({ kind: 'none' } as const)
      : ({ kind: 'replica-version', version: after.version } as const);
  return { expect, set: {}, add: { replicaVersion: 1 } };
}

/**
 * Makes one replica of a row, unless it holds a later one.
 *
 * @param state The row as the write that numbered it returned it.
 * @param atMs Now, in epoch milliseconds.
 */
export function writeReplica(state: LevelState, policy: Policy, atMs: number): ConditionalWrite {
  const { epoch, replicaVersion = 0 } = state;
  const held = replicaOf(state, policy);
  return {
    expect: { kind: 'replica', epoch, version: replicaVersion, atMs },
    set: { ...held, replicaVersion, freshUntilMs: atMs + BELIEVED_MS },
    remove: [...AS_ON_THE_ROW, ...OF_THE_OUTCOME, ...OTHERWISE].filter((name) => !(name in held)),
  };
}

/**
 * From a replica nobody goes ahead of the dice, or claims a probe: it does not know who has. And while its row is
 * not watched, few of many errors are enough to begin it, as when it begins; the end of a watch is a time, of which
 * nobody tells it. A run is known to the row alone.
 */
function replicaOf(state: LevelState, policy: Policy): Readonly<Record<string, unknown>> {
  const named = [...AS_ON_THE_ROW, ...OF_THE_OUTCOME].map((name) => [name, state[name]] as const);
  return {
    ...Object.fromEntries(named.filter(([, value]) => value !== undefined)),
    ...(policy.judge === 'rate' && { cautionFromMs: state.watchUntilMs ?? 0 }),
    nextCanaryAtMs: NEVER_MS,
    nextProbeAtMs: NEVER_MS,
  };
}

const isActedOn = (name: string) => (ACTED_ON as readonly string[]).includes(name);

/** The row as a request has seen it through a replica: what it acted on is the replica's, all else the row's. */
export function seenThrough(row: LevelState, replica: LevelState): LevelState {
  return {
    ...only(row, (name) => !isActedOn(name)),
    ...only(replica, isActedOn),
    // Every attribute is one of the two.
  } as LevelState;
}

function only(state: LevelState, isKept: (name: string) => boolean): Partial<LevelState> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => isKept(name)));
}

/** What of a row makes its replicas act otherwise at once, where it changed. */
const AT_ONCE = [
  'currentLevel',
  'epoch',
  'sampleOneIn',
  'sampleBelow',
  'quietUntilMs',
  'rampBelow',
  'stepSinceMs',
  'probeIntervalMs',
] as const satisfies readonly Name[];

/**
 * Whether who acts by one state of a row acts otherwise than by a later one, or soon will: a time that was moved on
 * is told when half of it is over, so that counting alone tells nothing.
 *
 * @param atMs Now, in epoch milliseconds.
 */
export function isBehind(seen: LevelState, row: LevelState, policy: Policy, atMs: number): boolean {
  const isOver = (name: 'watchUntilMs' | 'sampleUntilMs', lengthMs: number) => {
    const [before = 0, now = 0] = [seen[name], row[name]];
    return now > atMs && now > before && before <= atMs + lengthMs / 2;
  };
  return (
    AT_ONCE.some((name) => seen[name] !== row[name]) ||
    (policy.judge === 'counts' && seen.errorCount > 0 !== row.errorCount > 0) ||
    isOver('watchUntilMs', watchMsOf(policy)) ||
    isOver('sampleUntilMs', SHARE_MS)
  );
}

/** Whether a row is watched that a request was served without knowing of: its error begins nothing any more. */
export function isWatchedSince(seen: LevelState, readAtMs: number, row: LevelState, atMs: number) {
  return !isWatching(seen, readAtMs) && isWatching(row, atMs);
}
