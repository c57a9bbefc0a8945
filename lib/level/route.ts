/** Who serves a request, and whether its outcome is worth a write: what the workflow decides from a row. */
import type { DeployedDirectives } from './directives.ts';
import { ALWAYS, NEVER } from './draw.ts';
import type { Face } from './level.ts';
import { isWatching } from './rate.ts';
import { isSampled, sampleBoundOf } from './share.ts';
import { isPinned, type LevelState } from './state.ts';

/** What a request is, as far as it matters. */
export interface Asked {
  /** It may be served again by another face: GET, HEAD, or with an Idempotency-Key. */
  readonly safe: boolean;
  /** An operator looks past the level. */
  readonly bypass: boolean;
}

/** What is decided before a request is served. */
export interface Plan {
  readonly face: Face;
  /** The full face at level 2: its outcome alone lifts the level. */
  readonly canary: boolean;
  /** The degraded face at level 1: its outcome moves nothing. */
  readonly exercise: boolean;
  /** Past the level: its outcome is no evidence. */
  readonly bypass: boolean;
  /** At level 3: try the degraded face beside, at once or if the claim of it is won. */
  readonly probe: 'none' | 'each' | 'claim';
}

/** A random text of hexadecimal digits, a new one at each call. */
export type Draw = () => string;

const PLAIN = { canary: false, exercise: false, bypass: false, probe: 'none' } as const;

/**
 * Decides who serves.
 *
 * @param atMs When the request came, in epoch milliseconds.
 */
export function planOf(
  state: LevelState,
  deployed: DeployedDirectives,
  asked: Asked,
  atMs: number,
  draw: Draw,
): Plan {
  if (asked.bypass) return { ...PLAIN, face: 'full', bypass: true };
  const pinned = isPinned(state, atMs);
  switch (state.currentLevel) {
    case 1: {
      const bound = state.exerciseBelow ?? deployed.exerciseBelow;
      const exercise = !pinned && bound !== NEVER && draw() < bound;
      return { ...PLAIN, face: exercise ? 'degraded' : 'full', exercise };
    }
    case 2: {
      const canary = !pinned && isCanaryDue(state, deployed, asked, atMs, draw);
      return { ...PLAIN, face: canary ? 'full' : 'degraded', canary };
    }
    case 3:
      return {
        ...PLAIN,
        face: 'maintenance',
        probe: pinned ? 'none' : probeOf(state, deployed, atMs, draw),
      };
  }
}

function isCanaryDue(
  state: LevelState,
  deployed: DeployedDirectives,
  { safe }: Asked,
  atMs: number,
  draw: Draw,
): boolean {
  const bound = state.rampBelow ?? deployed.rampBelow;
  if (bound === NEVER || (state.quietUntilMs ?? 0) > atMs) return false;
  // Where little comes, the next one that is safe does not wait for its share.
  if (safe && (state.nextCanaryAtMs ?? 0) <= atMs) return true;
  return draw() < bound;
}

function probeOf(
  state: LevelState,
  deployed: DeployedDirectives,
  atMs: number,
  draw: Draw,
): Plan['probe'] {
  if ((state.probeIntervalMs ?? deployed.probeIntervalMs) === 0) return 'each';
  if ((state.nextProbeAtMs ?? 0) > atMs) return 'none';
  // A lost claim is a write too.
  const isDrawn = !isSampled(state, atMs) || draw() < (state.sampleBelow ?? ALWAYS);
  return isDrawn ? 'claim' : 'none';
}

/**
 * Decides whether an outcome is recorded. 'none' and what was served while pinned never is.
 *
 * @param result Of the face that was planned, whoever served in its place.
 */
export function isRecorded(
  state: LevelState,
  deployed: DeployedDirectives,
  plan: Plan,
  result: 'success' | 'error' | 'none',
  atMs: number,
  draw: Draw,
): boolean {
  if (result === 'none' || plan.exercise || plan.bypass || isPinned(state, atMs)) return false;
  if (plan.face === 'maintenance') return true;
  const isSuccess = result === 'success';
  if (isSuccess && !plan.canary && !isSuccessCounted(state, deployed, atMs)) return false;
  const share = sampleBoundOf(state, atMs);
  return share === ALWAYS || draw() < share;
}

function isSuccessCounted(state: LevelState, deployed: DeployedDirectives, atMs: number): boolean {
  if ((state.judge ?? deployed.judge) === 'rate') return isWatching(state, atMs);
  if (state.currentLevel === 1) return state.errorCount > 0;
  const isRamp = (state.rampBelow ?? deployed.rampBelow) !== NEVER;
  return !isRamp && (state.quietUntilMs ?? 0) <= atMs;
}
