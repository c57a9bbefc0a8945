/** What is published of each request and of each look at the row. */
import type { Level } from '../level/level.ts';
import type { LevelState } from '../level/state.ts';
import type { Telemetry } from './telemetry.ts';

/** The Level of what was served while the level was not known; no alarm listens to it. */
const UNKNOWN_LEVEL = 'unknown';

/**
 * Publishes how one request ended: Success and Error as 1 or 0, so that their averages are rates.
 *
 * @param readLevel The level of the row when it was read, whichever face served; null: it was not read.
 * @param served.durationMs Left out where the face did not end by itself.
 */
export function publishServed(
  telemetry: Telemetry,
  scope: string,
  readLevel: Level | null,
  served: { readonly outcome: 'success' | 'error' | 'none'; readonly durationMs?: number },
): void {
  const { outcome, durationMs } = served;
  telemetry.measure(
    'Service',
    { Scope: scope, Level: readLevel === null ? UNKNOWN_LEVEL : String(readLevel) },
    {
      Success: outcome === 'success' ? 1 : 0,
      Error: outcome === 'error' ? 1 : 0,
      ...(durationMs !== undefined && { ResponseTime: durationMs }),
    },
  );
}

/**
 * Publishes one invocation of the controller, with the row where it is known then.
 *
 * @param durationMs How long it took, in milliseconds.
 */
export function publishController(
  telemetry: Telemetry,
  scope: string,
  state: LevelState | null,
  durationMs: number,
): void {
  telemetry.measure(
    'Controller',
    { Scope: scope },
    {
      Invocation: 1,
      ResponseTime: durationMs,
      ...(state !== null && {
        CurrentLevel: state.currentLevel,
        FailureCount: state.errorCount,
        SuccessCount: state.successCount,
      }),
    },
  );
}
