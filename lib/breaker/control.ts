/** What somebody does to a breaker by hand: hold it, listen to it, change its settings. */
import {
  dropLanes,
  enter,
  look,
  openingsOf,
  seenBy,
  windowOf,
  type BreakerMode,
  type Engine,
} from './engine.ts';
import { addListener, type BreakerEventName, type BreakerListener } from './events.ts';
import { onceReported } from './listener.ts';
import type { Settings } from './settings.ts';
import { closed, open, type Tripped } from './state.ts';
import { areAlike } from './window.ts';

/**
 * @param forMs NaN: until it is closed by hand.
 * @param seen What its stats show as long as it is not closed.
 */
export function holdOpen(
  engine: Engine,
  forMs: number,
  atMs = look(engine),
  seen = seenBy(engine, atMs),
): void {
  const tripped: Tripped = {
    reason: 'manual',
    trippedAtMs: atMs,
    seen,
    error: undefined,
    openings: openingsOf(engine.state),
  };
  engine.mode = 'auto';
  enter(engine, open(tripped, atMs + forMs), 'manual', atMs);
}

/** Begins a closed generation. */
export function closeIn(engine: Engine, mode: BreakerMode, atMs = look(engine)): void {
  engine.mode = mode;
  enter(engine, closed(windowOf(engine.settings)), 'manual', atMs);
}

/** @throws BreakerOptionsError as addListener. */
export function listen<Name extends BreakerEventName>(
  engine: Engine,
  name: Name,
  listener: BreakerListener<Name>,
): () => void {
  const { name: breaker, onListenerError } = engine.settings;
  const report = onListenerError && ((error: unknown) => onListenerError(error, name));
  const onError = onceReported(`a listener of ${name} on ${breaker}`, report);
  engine.listeners ??= { entries: [], posted: null };
  const leave = addListener(engine.listeners, breaker, { name, listener, onError });
  dropLanes(engine);
  return leave;
}

/** Goes on with other settings; a window of another shape begins anew. */
export function reconfigure(engine: Engine, settings: Settings): void {
  const { state } = engine;
  const window = windowOf(settings);
  engine.settings = settings;
  dropLanes(engine);
  if (state.kind === 'CLOSED' && !areAlike(state.window, window)) engine.state = closed(window);
}
