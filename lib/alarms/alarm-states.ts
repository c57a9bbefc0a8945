/** The port to the states of alarms, and why they are set to OK. */
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Reads and sets the states of alarms. */
export interface AlarmStates {
  /** Which of these alarms are in ALARM. */
  firing(names: readonly string[]): Promise<readonly string[]>;
  /** Sets one to OK until its next evaluation. */
  setOk(name: string, reason: string): Promise<void>;
}

const REASON = 'Set to OK so that a condition that still holds notifies again';

/**
 * Sets the alarms that are in ALARM to OK. CloudWatch notifies on a change of state only: an alarm
 * that fired too early for its level, or while the level was pinned, would never be heard again.
 */
export async function rearm(
  states: AlarmStates,
  telemetry: Telemetry,
  names: readonly string[],
): Promise<void> {
  const firing = names.length === 0 ? [] : await states.firing(names);
  for (const name of firing) {
    await states.setOk(name, REASON);
    telemetry.info('alarm rearmed', { alarm: name });
  }
}
