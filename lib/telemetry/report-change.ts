/** The one log line and the one count of every new epoch, whoever began it. */
import type { Change } from '../level/state.ts';
import { spanEvent } from './tracing.ts';
import type { Fields, Telemetry } from './telemetry.ts';

/** Reports a change of the row: a step down as a warning, everything else as information. */
export function reportChange(
  telemetry: Telemetry,
  scope: string,
  change: Change,
  fields: Fields,
): void {
  const line = { scope, ...toldOf(change), ...fields };
  const { from, to, epoch, reason } = change;
  if (to > from) telemetry.warn('level changed', line);
  else telemetry.info(to === from ? 'epoch began' : 'level changed', line);
  spanEvent('resilience.level_changed', {
    'resilience.scope': scope,
    'resilience.level.from': from,
    'resilience.level.to': to,
    'resilience.epoch': epoch,
    'resilience.reason': reason,
  });
  telemetry.count('LevelChanged', scope, 1, { from, to, reason });
}

/** When it was is the line's own time. */
function toldOf({ at: _at, ...told }: Change) {
  return told;
}
