/** What is published of each request and of each look at the row. */
import type { Level } from '../level/level.ts';
import type { LevelState } from '../level/state.ts';
import type { ValuesOf } from './metrics.ts';
import type { Telemetry } from './telemetry.ts';

/**
 * The Level of what was served, as metrics have it: that of the row, or why another face served. Only 1, 2
 * and 3 are the level's own evidence, which alarms listen to.
 */
export type ServedAs =
  | '1'
  | '2'
  | '3'
  /** The full face at level 2. */
  | 'canary'
  /** The degraded face at level 1. */
  | 'exercise'
  /** The degraded face after the full one has failed. */
  | 'shield'
  /** The full face for an operator, past the level. */
  | 'bypass'
  /** The level was not known. */
  | 'unknown';

/** Why a face served. */
export function servedAs(served: {
  readonly failOpen: boolean;
  readonly bypass: boolean;
  readonly shielding: boolean;
  readonly readLevel: Level;
  readonly servedLevel: Level;
}): ServedAs {
  const { failOpen, bypass, shielding, readLevel, servedLevel } = served;
  if (bypass) return 'bypass';
  if (shielding) return 'shield';
  if (failOpen) return 'unknown';
  if (servedLevel === readLevel || readLevel === 3) return `${readLevel}`;
  return readLevel === 2 ? 'canary' : 'exercise';
}

/**
 * Publishes how one request ended: Success and Error as 1 or 0, so that their averages are rates.
 *
 * @param served.outcome 'slow' is a success that the level counts as an error.
 * @param served.durationMs Left out where the face did not end by itself.
 */
export function publishServed(
  telemetry: Telemetry,
  scope: string,
  level: ServedAs,
  served: {
    readonly outcome: 'success' | 'slow' | 'error' | 'none';
    readonly durationMs?: number;
  },
): void {
  const { outcome, durationMs } = served;
  telemetry.measure(
    'Service',
    { Scope: scope, Level: level },
    {
      Success: outcome === 'success' || outcome === 'slow' ? 1 : 0,
      Error: outcome === 'error' ? 1 : 0,
      ...(outcome === 'slow' && { Slow: 1 }),
      ...(durationMs !== undefined && { ResponseTime: durationMs }),
    },
  );
}

/**
 * Publishes one invocation of the controller, with the row where it is known then.
 *
 * @param seen.waits What the window holds and the way up waits for.
 * @param durationMs How long it took, in milliseconds.
 */
export function publishController(
  telemetry: Telemetry,
  scope: string,
  seen: { readonly state: LevelState; readonly waits: ValuesOf<'Controller'> } | null,
  durationMs: number,
): void {
  telemetry.measure(
    'Controller',
    { Scope: scope },
    {
      Invocation: 1,
      ResponseTime: durationMs,
      ...(seen !== null && {
        CurrentLevel: seen.state.currentLevel,
        FailureCount: seen.state.errorCount,
        SuccessCount: seen.state.successCount,
        ...seen.waits,
      }),
    },
  );
}
