/** The level rules: what the counted evidence says should happen next. */
import { atLeast, type Evidence } from './fence.ts';
import type { Level } from './level.ts';
import { hasRamp, type Policy } from './policy.ts';
import { isRamping, judgeStep } from './ramp.ts';
import { fallOf } from './rate.ts';
import type { ChangeReason, LevelState } from './state.ts';

/** Stay, clear the counters of level 1, move one level, or go on or back on the ramp. */
export type Verdict =
  | { readonly kind: 'stay' }
  | { readonly kind: 'clear' | 'next-step' | 'retreat'; readonly evidence: Evidence }
  | {
      readonly kind: 'move';
      readonly to: Level;
      readonly reason: ChangeReason;
      readonly evidence: Evidence;
    };

/** A row, what judges it, and when. */
export interface Situation {
  /** The row, as the write that counted the last evidence returned it. */
  readonly state: LevelState;
  /** The policy in force for the scope. */
  readonly policy: Policy;
  /** Now, in epoch milliseconds. */
  readonly atMs: number;
  /** Until when the counts of a rate are complete, in epoch milliseconds; absent: until now. */
  readonly completeMs?: number | undefined;
}

const STAY: Verdict = { kind: 'stay' };

/**
 * Judges a row. What leads down comes before what leads up: a row that satisfies both has seen too many
 * errors. A threshold that is already passed counts as reached, so that any later outcome finishes what
 * a crash left.
 */
export function evaluate(situation: Situation): Verdict {
  return downwards(situation) ?? upwards(situation) ?? STAY;
}

function downwards({ state, policy, atMs, completeMs = atMs }: Situation): Verdict | null {
  const { currentLevel: level } = state;
  if (level === 3) return null;
  const to = level === 1 ? 2 : 3;
  if (policy.judge === 'rate') {
    const fall = fallOf(state, policy, completeMs);
    return fall === null ? null : { kind: 'move', to, ...fall };
  }
  const most = level === 1 ? policy.errorsToDegrade : policy.errorsToMaintenance;
  if (state.errorCount < most) return null;
  return { kind: 'move', to, reason: 'errors', evidence: [atLeast('errorCount', most)] };
}

function upwards(situation: Situation): Verdict | null {
  const { state, policy, atMs } = situation;
  const isQuiet = (state.quietUntilMs ?? 0) > atMs;
  switch (state.currentLevel) {
    case 1:
      return cleared(state, policy);
    case 2:
      if (hasRamp(policy)) return onTheRamp(situation);
      return isQuiet ? null : climb(state, 1, 'successes', policy.successesToFull);
    case 3:
      return isQuiet ? null : climb(state, 2, 'probes', policy.probesToDegraded);
  }
}

function cleared({ errorCount, successCount }: LevelState, policy: Policy): Verdict | null {
  if (policy.judge === 'rate' || errorCount === 0) return null;
  if (successCount < policy.successesToClear) return null;
  return { kind: 'clear', evidence: [atLeast('successCount', policy.successesToClear)] };
}

function climb(
  { successCount }: LevelState,
  to: Level,
  reason: ChangeReason,
  needed: number,
): Verdict | null {
  if (successCount < needed) return null;
  return { kind: 'move', to, reason, evidence: [atLeast('successCount', needed)] };
}

function onTheRamp({ state, policy, atMs }: Situation): Verdict | null {
  if (!isRamping(state, policy, atMs)) return null;
  const step = judgeStep(state, policy, atMs);
  if (step.kind === 'wait') return null;
  const { evidence } = step;
  if (step.kind === 'bad') return { kind: 'retreat', evidence };
  const isLast = (state.rampStep ?? 0) + 1 >= policy.ramp.length;
  return isLast
    ? { kind: 'move', to: 1, reason: 'ramp', evidence }
    : { kind: 'next-step', evidence };
}
