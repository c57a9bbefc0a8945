/** Tells the world of level changes, once each as far as possible, and never at the cost of the change. */
import type { LevelState } from '../level/state.ts';
import { markNotified } from '../level/writes.ts';
import { stateKeyOf, type LevelStore } from '../store/level-store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { untoldEvents, type LevelEvents } from './level-events.ts';

/** What announcing needs. */
export interface Announcer {
  readonly protocol: { readonly store: LevelStore };
  readonly telemetry: Telemetry;
  /** null: nobody is told, as on a laptop. */
  readonly events: LevelEvents | null;
}

/**
 * Publishes every change of level that the row says was not told yet, and marks the row. To be called
 * with the row after each change, and by the tick. Never throws: the change stands, and what could
 * not be told is told with the next. A mark that is lost means that it is told twice.
 */
export async function announce(
  announcer: Announcer,
  scope: string,
  state: LevelState,
): Promise<void> {
  const { protocol, telemetry, events } = announcer;
  const untold = untoldEvents(scope, state);
  const last = untold.at(-1);
  if (events === null || last === undefined) return;
  try {
    await events.publish(untold);
    await protocol.store.write(stateKeyOf(scope), markNotified(last.epoch));
  } catch (error) {
    telemetry.warn('level change not announced', { scope, epoch: last.epoch, error });
    telemetry.count('AnnounceFailed', scope);
  }
}
