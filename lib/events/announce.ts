/** Tells the world of new epochs, once each as far as possible, and never at the cost of the change. */
import type { Change, LevelState } from '../level/state.ts';
import { markNotified } from '../level/writes.ts';
import { readHistory } from '../store/history.ts';
import { stateKeyOf, type LevelStore } from '../store/level-store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { untoldEvents, type LevelEvents } from './level-events.ts';

/** What announcing needs. */
export interface Announcer {
  readonly protocol: { readonly store: LevelStore };
  readonly telemetry: Telemetry;
  /** null: nobody is told. */
  readonly events: LevelEvents | null;
}

/**
 * Publishes every change that was not told yet, and marks the row once it is told. To be called with the row
 * after each change, and by the tick. Never throws: the change stands, and what could not be told is told
 * with the next. A mark that is lost means that it is told twice.
 *
 * @param history What the item of the scope's history holds; read where more than the row's last change
 *   may be untold.
 */
export async function announce(
  announcer: Announcer,
  scope: string,
  state: LevelState,
  history?: readonly Change[],
): Promise<void> {
  const { protocol, telemetry, events } = announcer;
  if (events === null) return;
  const { epoch, notifiedEpoch = 0 } = state;
  try {
    const isLastAlone = epoch <= notifiedEpoch + 1 || state.history.length > 0;
    const told = history ?? (isLastAlone ? [] : await readHistory(protocol.store, scope));
    const untold = untoldEvents(scope, state, told);
    const last = untold.at(-1);
    if (last === undefined) return;
    await events.publish(untold, async () => {
      await protocol.store.write(stateKeyOf(scope), markNotified(last.epoch));
    });
  } catch (error) {
    telemetry.warn('level change not announced', { scope, epoch, error });
    telemetry.count('AnnounceFailed', scope);
  }
}
