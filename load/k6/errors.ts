/** Which requests ask for an error: by a share that changes over time, or by what was answered. */
import type { Level } from '../../lib/level/level.ts';

/** When errors are asked for. */
export type ErrorPlan =
  | {
      /** By chance: a share from 0 to 1, in straight lines between points; at is 0 to 1 of the run. */
      readonly kind: 'share';
      readonly points: readonly { readonly at: number; readonly share: number }[];
    }
  | {
      /** On purpose: in each cycle errors until level 3 is seen, then successes alone. */
      readonly kind: 'drive';
      readonly cycles: number;
    };

/** Decides for one user, who knows only the answers it got itself. */
export interface ErrorSource {
  /** Whether the next request asks for an error; progress is 0 to 1 of the run. */
  next(progress: number): boolean;
  /** Takes the level of an answer; true when it completes a recovery. */
  saw(level: Level): boolean;
}

/** The share of errors at a point of the run. */
export function shareAt(
  points: readonly { readonly at: number; readonly share: number }[],
  progress: number,
): number {
  const after = points.findIndex(({ at }) => at > progress);
  const [left, right] =
    after === -1 ? [points.at(-1), undefined] : [points[after - 1], points[after]];
  if (left === undefined || right === undefined) return (left ?? right)?.share ?? 0;
  const part = (progress - left.at) / (right.at - left.at);
  return left.share + part * (right.share - left.share);
}

/**
 * Makes the decisions of one user.
 *
 * @param random From 0 up to 1, as Math.random.
 */
export function createErrorSource(plan: ErrorPlan, random: () => number): ErrorSource {
  if (plan.kind === 'share') {
    return { next: (progress) => random() < shareAt(plan.points, progress), saw: () => false };
  }
  let cycle = -1;
  let phase: 'break' | 'heal' | 'rest' = 'rest';
  return {
    next(progress) {
      const now = Math.min(Math.floor(progress * plan.cycles), plan.cycles - 1);
      if (now > cycle) {
        cycle = now;
        phase = 'break';
      }
      return phase === 'break';
    },
    saw(level) {
      if (phase === 'break' && level === 3) phase = 'heal';
      if (phase !== 'heal' || level !== 1) return false;
      phase = 'rest';
      return true;
    },
  };
}
