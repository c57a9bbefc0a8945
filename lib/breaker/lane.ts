/** The fast path: the two closures that settle every call of one closed generation. */
import type { Engine, Lane } from './engine.ts';
import { countCall, type Closed, type Outcome } from './state.ts';
import type { TryResult } from './try-result.ts';

const SUCCESS: Outcome = { failed: false, slow: false };

/**
 * A lane needs nothing of the single call, so it allocates nothing for it. It carries breakers that
 * are closed and have neither a timer nor a fallback, a duration or a result to look at.
 *
 * @returns null for a breaker whose calls must be tracked one by one.
 */
export function makeLane(engine: Engine): Lane | null {
  const state = laneState(engine);
  return state && closures(engine, state, (value) => value, rethrow);
}

/** The same for tryExecute. */
export function makeTryLane(engine: Engine): Lane | null {
  const state = laneState(engine);
  return (
    state &&
    closures(
      engine,
      state,
      (value): TryResult<unknown> => ({ ok: true, value }),
      (error): TryResult<unknown> => ({ ok: false, reason: 'failed', error }),
    )
  );
}

function laneState({ state, mode, settings, listeners }: Engine): Closed | null {
  if (state.kind !== 'CLOSED' || mode === 'disabled' || listeners?.timed === true) return null;
  const { timeoutMs, slowAfterMs, fallback, isFailure } = settings;
  const judgesResults = isFailure !== null && isFailure.length >= 2;
  return timeoutMs === null && slowAfterMs === null && fallback === null && !judgesResults
    ? state
    : null;
}

function closures(
  engine: Engine,
  state: Closed,
  give: (value: unknown) => unknown,
  fail: (error: unknown) => unknown,
): Lane {
  const { settings, totals } = engine;
  const { clock } = settings;
  return {
    // Once the state has changed these count into a window that nobody reads: the fence is free.
    onOk: (value) => {
      const atMs = clock();
      totals.addSuccess(atMs);
      countCall(state, settings, SUCCESS, atMs);
      if (engine.listeners !== null) {
        engine.tell('success', { name: settings.name, durationMs: null });
      }
      return give(value);
    },
    onBad: (error) => {
      if (engine.countsError(error)) {
        engine.failed({ ticket: state, totals, atMs: clock(), durationMs: null }, error);
      }
      return fail(error);
    },
  };
}

function rethrow(error: unknown): never {
  throw error;
}
