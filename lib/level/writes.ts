/** The writes that follow from a verdict, and those of operators and alarms. */
import { ownDirectives } from './directives.ts';
import {
  countsBeside,
  enterLevel,
  forgotten,
  nextStep,
  retreat,
  type Attributes,
} from './enter.ts';
import type { Verdict } from './evaluate.ts';
import { fenceOf, type AsReadFence, type ConditionalWrite, type Evidence } from './fence.ts';
import type { Level } from './level.ts';
import type { Policy } from './policy.ts';
import { notBefore } from './times.ts';
import {
  isMap,
  type ChangeReason,
  type Directives,
  type LevelState,
  type Override,
  type Said,
} from './state.ts';
import { levelSinceOf } from './history.ts';
import { skewMsOf } from './window.ts';

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
        set: { errorCount: 0, successCount: 0, lastUpdated: notBefore(atMs, state.lastUpdated) },
      };
    case 'next-step':
      return withinLevel(state, nextStep(state, policy, atMs), verdict.evidence, atMs);
    case 'retreat':
      return withinLevel(state, retreat(state, policy, atMs), verdict.evidence, atMs);
    case 'move':
      return moveLevel(state, verdict, policy, atMs);
  }
}

/** A step of the ramp begins no epoch: its own begin is the fence of its outcomes. */
function withinLevel(
  state: LevelState,
  { set, remove }: Attributes,
  evidence: Evidence,
  atMs: number,
): ConditionalWrite {
  const expect = fenceOf(state, atMs, evidence);
  return { expect, set: { ...set, lastUpdated: notBefore(atMs, state.lastUpdated) }, remove };
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
  const { set, remove } = beginEpoch(state, { to: move.to, code: move.reason, atMs }, policy);
  const expect = { ...fenceOf(state, atMs, move.evidence), ...ofThisTime(state, policy, atMs) };
  // What the next fall's dwell depends on; a pin or a reset is no evidence that level 1 holds.
  const climbed = move.to === 1 && policy.dwellMs > 0 ? { climbedAtMs: atMs } : {};
  return { expect, set: { ...set, ...climbed }, remove: [...remove, 'override'] };
}

/**
 * What begins a level takes away what was counted around its time. What arrives much later would leave what
 * was counted in between, as evidence of the level that it enters: it is too old, and whoever counted since
 * has judged anew.
 */
function ofThisTime(state: LevelState, policy: Policy, atMs: number): { updatedBy?: string } {
  if (!countsBeside(policy)) return {};
  const latest = Date.parse(notBefore(atMs, state.lastUpdated)) + skewMsOf(policy);
  return { updatedBy: new Date(latest).toISOString() };
}

/** Notes that the changes of level up to an epoch were announced; it begins no epoch itself. */
export function markNotified(epoch: number): ConditionalWrite {
  return { expect: { kind: 'not-notified', epoch }, set: { notifiedEpoch: epoch } };
}

/** Removes an override that has expired at atMs; the level stays and moves by evidence again. */
export function expireOverride(state: LevelState, atMs: number): ConditionalWrite {
  const change = { to: state.currentLevel, code: 'override-expired', atMs } as const;
  const { set, remove } = changeMark(state, change);
  return { expect: fenceOf(state, atMs), set, remove: [...remove, 'override'] };
}

/** What a control write found: the row as it could be understood, and its fence. */
export interface ReadRow {
  readonly state: LevelState;
  readonly fence: AsReadFence;
  /** The attributes that could not be understood. */
  readonly malformed: readonly string[];
}

/** Pins a level: nothing counts, probes or ticks while the override is in force. */
export function pin(
  row: ReadRow,
  request: { readonly level: Level; readonly override: Override; readonly by?: string },
  policy: Policy,
  atMs: number,
): ConditionalWrite {
  const { level: to, override, by } = request;
  const change = { to, code: 'pin', note: override.reason, by, atMs } as const;
  const { set, remove } = beginEpoch(row.state, change, policy);
  return { expect: fenceOfRow(row, policy, atMs), set: { ...set, override }, remove };
}

/** Ends a pin; the level stays and moves by evidence again. */
export function release(row: ReadRow, said: Said, atMs: number): ConditionalWrite {
  const change = { ...said, to: row.state.currentLevel, code: 'release', atMs } as const;
  const { set, remove } = changeMark(row.state, change);
  return { expect: row.fence, set, remove: [...remove, 'override'] };
}

/** What a policy's overrides make the workflow do differently than deployed. */
const DIRECTIVES: readonly (keyof Directives)[] = [
  'judge',
  'shield',
  'slowAfterMs',
  'countStatuses',
  'exerciseBelow',
];

/**
 * Replaces what the row overrides of the deployed policy. The counters begin anew, since they were
 * counted towards other thresholds, and so does everything that another policy has left.
 *
 * @param overrides What the row shall say; empty removes it.
 * @param policy The policy that is then in force.
 */
export function changePolicy(
  row: ReadRow,
  overrides: Readonly<Record<string, unknown>>,
  policy: Policy,
  said: Said,
  atMs: number,
): ConditionalWrite {
  const isEmpty = Object.keys(overrides).length === 0;
  const { policy: _before, ...others } = row.state;
  const state = isEmpty ? others : { ...others, policy: overrides };
  const mark = { ...said, to: state.currentLevel, code: 'policy', atMs } as const;
  const begun = beginEpoch(state, mark, policy);
  const set = {
    ...begun.set,
    ...ownDirectives(policy, overrides),
    ...(!isEmpty && { policy: overrides }),
  };
  const gone = [...begun.remove, ...forgotten(state, set), ...DIRECTIVES, 'policy'];
  const names = [...new Set(gone)].filter((name) => !(name in set));
  return { expect: fenceOfRow(row, policy, atMs), set, remove: names };
}

/** Back to level 1 with no evidence, no memory and no override; heals a malformed row. */
export function reset(row: ReadRow, said: Said, policy: Policy, atMs: number): ConditionalWrite {
  const { state } = row;
  const { set, remove } = beginEpoch(state, { ...said, to: 1, code: 'reset', atMs }, policy);
  const policies = isMap(state.policy) || state.policy === undefined ? [] : ['policy'];
  const gone = [...remove, ...forgotten(state, set), 'override', ...policies, ...row.malformed];
  const names = [...new Set(gone)].filter((name) => !(name in set));
  return { expect: fenceOfRow(row, policy, atMs), set, remove: names };
}

/** What cannot be understood has no time to hold it to. */
function fenceOfRow(row: ReadRow, policy: Policy, atMs: number): AsReadFence {
  if (row.malformed.length > 0) return row.fence;
  return { ...row.fence, ...ofThisTime(row.state, policy, atMs) };
}

interface NewEpoch {
  readonly to: Level;
  readonly code: ChangeReason;
  /** What an operator said; recorded instead of the code where it is not empty. */
  readonly note?: string | undefined;
  readonly by?: string | undefined;
  readonly atMs: number;
}

function beginEpoch(state: LevelState, change: NewEpoch, policy: Policy): Attributes {
  const begun = enterLevel(state, change.to, policy, change.atMs);
  const mark = changeMark(state, change);
  return { set: { ...begun.set, ...mark.set }, remove: [...begun.remove, ...mark.remove] };
}

/** The row tells of its last change alone; all of them stand in the history, which it once held. */
function changeMark(state: LevelState, { to, code, note, by, atMs }: NewEpoch): Attributes {
  const at = notBefore(atMs, state.lastTransition, state.lastUpdated);
  // A level that is entered is known by the change itself; only what begins at it must remember.
  const since = to === state.currentLevel ? levelSinceOf(state) : null;
  const kept = { ...(since !== null && { levelSince: since }), ...(by && { by }) };
  const gone = (['levelSince', 'by'] as const).filter(
    (name) => state[name] !== undefined && !(name in kept),
  );
  return {
    set: {
      epoch: state.epoch + 1,
      lastUpdated: at,
      lastTransition: at,
      transitionReason: note || code,
      changedFrom: state.currentLevel,
      changedBy: code,
      ...kept,
    },
    remove: ['history', ...gone],
  };
}
