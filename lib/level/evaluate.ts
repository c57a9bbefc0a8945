/** The level rules: what the counted evidence says should happen next. */
import type { Level } from './level.ts';
import type { Policy } from './policy.ts';
import type { ChangeReason, LevelState } from './state.ts';

/** The counts that a verdict rests on; the write that follows it demands them again. */
export interface Evidence {
  readonly minErrorCount?: number;
  readonly minSuccessCount?: number;
}

/** Stay, clear the counters of level 1, or move one level. */
export type Verdict =
  | { readonly kind: 'stay' }
  | { readonly kind: 'clear'; readonly evidence: Evidence }
  | {
      readonly kind: 'move';
      readonly to: Level;
      readonly reason: ChangeReason;
      readonly evidence: Evidence;
    };

const STAY: Verdict = { kind: 'stay' };

/**
 * Judges a row. The error rule comes before the success rule: a row that satisfies both has seen
 * too many errors. A threshold that is already passed counts as reached, so that any later outcome
 * finishes what a crash left.
 *
 * @param situation.state The row, as the write that counted the last evidence returned it.
 * @param situation.policy The policy in force for the scope.
 * @param situation.atMs The time of the judgement in epoch milliseconds. `classic` and `bank` do
 *   not look at it; windows and dwell times will.
 */
export function evaluate(situation: {
  readonly state: LevelState;
  readonly policy: Policy;
  readonly atMs: number;
}): Verdict {
  const { state, policy } = situation;
  switch (state.currentLevel) {
    case 1:
      if (state.errorCount >= policy.errorsToDegrade) {
        return moveOnErrors(2, policy.errorsToDegrade);
      }
      if (state.errorCount > 0 && state.successCount >= policy.successesToClear) {
        return { kind: 'clear', evidence: { minSuccessCount: policy.successesToClear } };
      }
      return STAY;
    case 2:
      if (state.errorCount >= policy.errorsToMaintenance) {
        return moveOnErrors(3, policy.errorsToMaintenance);
      }
      if (state.successCount >= policy.successesToFull) {
        return moveOnSuccesses(1, 'successes', policy.successesToFull);
      }
      return STAY;
    case 3:
      if (state.successCount >= policy.probesToDegraded) {
        return moveOnSuccesses(2, 'probes', policy.probesToDegraded);
      }
      return STAY;
  }
}

function moveOnErrors(to: Level, minErrorCount: number): Verdict {
  return { kind: 'move', to, reason: 'errors', evidence: { minErrorCount } };
}

function moveOnSuccesses(to: Level, reason: ChangeReason, minSuccessCount: number): Verdict {
  return { kind: 'move', to, reason, evidence: { minSuccessCount } };
}
