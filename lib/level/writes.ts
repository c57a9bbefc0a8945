/** Every write to a level row, as data: what it expects of the row and what it makes of it. */
import type { Evidence, Verdict } from './evaluate.ts';
import type { Level } from './level.ts';
import type { Outcome } from './outcome.ts';
import { entryErrorCount, type Policy } from './policy.ts';
import {
  HISTORY_LIMIT,
  isMap,
  type Change,
  type ChangeReason,
  type LevelState,
  type Override,
} from './state.ts';

/**
 * The fence of evidence: the row's level and epoch are those that the evidence was read at, and no
 * override is in force at atMs. An absent attribute satisfies it only by its default.
 */
export interface EvidenceFence extends Evidence {
  readonly kind: 'evidence';
  readonly level: Level;
  readonly epoch: number;
  readonly atMs: number;
}

/**
 * The fence of a control write: level and epoch are exactly what was just read, malformed or absent
 * (undefined) as they may be. Overrides do not stop it, so a pin can be replaced.
 */
export interface AsReadFence {
  readonly kind: 'as-read';
  readonly currentLevel: unknown;
  readonly epoch: unknown;
}

/** The fence of the mark of an announcement: there is a row, and its mark is of an earlier epoch. */
export interface NotNotifiedFence {
  readonly kind: 'not-notified';
  readonly epoch: number;
}

/** One atomic write: applied whole if the fence holds, not at all otherwise. */
export interface ConditionalWrite {
  readonly expect: EvidenceFence | AsReadFence | NotNotifiedFence;
  readonly set: Partial<LevelState>;
  readonly add?: { readonly errorCount?: 1; readonly successCount?: 1 };
  readonly remove?: readonly ('override' | 'policy')[];
}

/** Step 1 of the protocol: counts one outcome under its fence. */
export function observe(outcome: Outcome, atMs: number): ConditionalWrite {
  const { readLevel: level, epoch, result } = outcome;
  const expect: EvidenceFence = { kind: 'evidence', level, epoch, atMs };
  const lastUpdated = iso(atMs);
  if (result === 'error') {
    const set = { successCount: 0, lastUpdated };
    return level === 3 ? { expect, set } : { expect, set, add: { errorCount: 1 } };
  }
  return {
    // A healthy level 1 has nothing to climb back from, so nothing is written there.
    expect: level === 1 ? { ...expect, minErrorCount: 1 } : expect,
    set: { lastUpdated },
    add: { successCount: 1 },
  };
}

/**
 * Step 3 of the protocol: what the verdict decided, under the fence of the row it was decided on
 * and with the evidence it rests on.
 *
 * @returns null for a verdict that changes nothing.
 */
export function applyVerdict(
  state: LevelState,
  verdict: Verdict,
  policy: Policy,
  atMs: number,
): ConditionalWrite | null {
  switch (verdict.kind) {
    case 'stay':
      return null;
    case 'clear':
      return {
        expect: fenceOf(state, atMs, verdict.evidence),
        set: { errorCount: 0, successCount: 0, lastUpdated: iso(atMs) },
      };
    case 'move':
      return moveLevel(state, verdict, policy, atMs);
  }
}

/**
 * Moves a level under the fence of the row that the move was decided on. Drops an expired override
 * along with the old epoch.
 *
 * @param move.evidence The counts that it rests on; none where the evidence is not in the row, as an alarm's.
 */
export function moveLevel(
  state: LevelState,
  move: { readonly to: Level; readonly reason: ChangeReason; readonly evidence?: Evidence },
  policy: Policy,
  atMs: number,
): ConditionalWrite {
  const set = beginEpoch(state, { to: move.to, code: move.reason, atMs }, policy);
  return { expect: fenceOf(state, atMs, move.evidence), set, remove: ['override'] };
}

/** Notes that the changes of level up to an epoch were announced; it begins no epoch itself. */
export function markNotified(epoch: number): ConditionalWrite {
  return { expect: { kind: 'not-notified', epoch }, set: { notifiedEpoch: epoch } };
}

/** Removes an override that has expired at atMs; the level stays and moves by evidence again. */
export function expireOverride(state: LevelState, atMs: number): ConditionalWrite {
  return {
    expect: fenceOf(state, atMs),
    set: changeMark(state, { to: state.currentLevel, code: 'override-expired', atMs }),
    remove: ['override'],
  };
}

/** What a control write found: the row as it could be understood, and its fence. */
export interface ReadRow {
  readonly state: LevelState;
  readonly fence: AsReadFence;
}

/** Pins a level: nothing counts, probes or ticks while the override is in force. */
export function pin(
  row: ReadRow,
  request: { readonly level: Level; readonly override: Override },
  policy: Policy,
  atMs: number,
): ConditionalWrite {
  const note = request.override.reason;
  const change = { to: request.level, code: 'pin', note, atMs } as const;
  const set = { ...beginEpoch(row.state, change, policy), override: request.override };
  return { expect: row.fence, set };
}

/** Ends a pin; the level stays and moves by evidence again. */
export function release(row: ReadRow, atMs: number): ConditionalWrite {
  const change = { to: row.state.currentLevel, code: 'release', atMs } as const;
  return { expect: row.fence, set: changeMark(row.state, change), remove: ['override'] };
}

/**
 * Changes what the row overrides of the deployed policy. The counters begin again at the entry
 * values of the level under the new policy, since counts made under other thresholds prove nothing.
 *
 * @param overrides What the row shall say; empty removes it.
 * @param policy The policy that is then in force.
 */
export function changePolicy(
  row: ReadRow,
  overrides: Readonly<Record<string, unknown>>,
  policy: Policy,
  atMs: number,
): ConditionalWrite {
  const change = { to: row.state.currentLevel, code: 'policy', atMs } as const;
  const set = beginEpoch(row.state, change, policy);
  return Object.keys(overrides).length === 0
    ? { expect: row.fence, set, remove: ['policy'] }
    : { expect: row.fence, set: { ...set, policy: overrides } };
}

/** Back to level 1 with no evidence and no override; heals a malformed row. */
export function reset(row: ReadRow, note: string, policy: Policy, atMs: number): ConditionalWrite {
  const set = beginEpoch(row.state, { to: 1, code: 'reset', note, atMs }, policy);
  const remove = isMap(row.state.policy)
    ? ['override' as const]
    : (['override', 'policy'] as const);
  return { expect: row.fence, set, remove };
}

/** The fence of a write that was decided on a row. */
function fenceOf(state: LevelState, atMs: number, evidence: Evidence = {}): EvidenceFence {
  const { currentLevel: level, epoch } = state;
  return { kind: 'evidence', level, epoch, atMs, ...evidence };
}

interface NewEpoch {
  readonly to: Level;
  readonly code: ChangeReason;
  /** What an operator said; recorded instead of the code where it is not empty. */
  readonly note?: string;
  readonly atMs: number;
}

function beginEpoch(state: LevelState, change: NewEpoch, policy: Policy): Partial<LevelState> {
  const { to } = change;
  return {
    currentLevel: to,
    errorCount: entryErrorCount(to, policy),
    successCount: 0,
    ...changeMark(state, change),
  };
}

function changeMark(state: LevelState, change: NewEpoch): Partial<LevelState> {
  const at = iso(change.atMs);
  const epoch = state.epoch + 1;
  const entry: Change = { epoch, from: state.currentLevel, to: change.to, at, reason: change.code };
  return {
    epoch,
    lastUpdated: at,
    lastTransition: at,
    transitionReason: change.note || change.code,
    history: [...state.history, entry].slice(-HISTORY_LIMIT),
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
