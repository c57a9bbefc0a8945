/** The way from level 2 to level 1: what the full face shows with a growing share of the requests. */
import { asSeen, atLeast, atMost, type Evidence } from './fence.ts';
import { fallShareOf } from './ordinary.ts';
import { hasRamp, type Policy } from './policy.ts';
import type { LevelState } from './state.ts';

/** What a step of the ramp has come to. */
export type StepVerdict =
  | { readonly kind: 'wait' }
  | { readonly kind: 'good' | 'bad'; readonly evidence: Evidence };

/** A step is bad from so many errors on, where they are a quarter. */
const BAD_ERRORS = 3;
const BAD_SHARE = 1 / 4;
/** So many errors in a row are bad, whatever went before. */
const BAD_RUN = 10;
/** The largest share of errors of a good step. */
const GOOD_SHARE = 1 / 8;
/** And the largest part of the share that level 1 falls from, or it would fall again; one error is chance. */
const GOOD_PART = 1 / 2;
/** So many lengths of a step, and three outcomes without an error, are good enough at low traffic. */
const SLOW_STEPS = 3;
const SLOW_OUTCOMES = 3;
/** A step that is not good after so many lengths of a step, and has errors, is bad. */
const LONGEST_STEPS = 6;

/** Whether the full face may be tried at atMs (epoch milliseconds). */
export function isRamping(state: LevelState, policy: Policy, atMs: number): boolean {
  return state.currentLevel === 2 && hasRamp(policy) && (state.quietUntilMs ?? 0) <= atMs;
}

/**
 * Judges the step of a row. What its write demands: the same step, no fewer errors for a bad one and no
 * more for a good one, so that a late error is not climbed over.
 *
 * @param atMs Now, in epoch milliseconds.
 */
export function judgeStep(state: LevelState, policy: Policy, atMs: number): StepVerdict {
  const { canaryOk = 0, canaryErrors = 0, canaryRun = 0, stepSinceMs } = state;
  const requests = canaryOk + canaryErrors;
  const ageMs = atMs - (stepSinceMs ?? 0);
  const sameStep = asSeen('stepSinceMs', stepSinceMs);
  const isFailing = canaryErrors >= BAD_ERRORS && canaryErrors >= BAD_SHARE * requests;
  const most = Math.max(1, GOOD_PART * fallShareOf(state, policy) * requests);
  const isGood = canaryErrors <= Math.min(GOOD_SHARE * requests, most);
  const hasLasted = ageMs >= LONGEST_STEPS * policy.rampStepMs;
  if (isFailing || canaryRun >= BAD_RUN || (hasLasted && !isGood)) {
    return { kind: 'bad', evidence: [sameStep, atLeast('canaryErrors', canaryErrors)] };
  }
  const isEnough = ageMs >= policy.rampStepMs && requests >= policy.rampStepRequests;
  const isSlow = ageMs >= SLOW_STEPS * policy.rampStepMs;
  const isClean = isSlow && requests >= SLOW_OUTCOMES && canaryErrors === 0;
  return isGood && (isEnough || isClean)
    ? { kind: 'good', evidence: [sameStep, atMost('canaryErrors', canaryErrors)] }
    : { kind: 'wait' };
}
