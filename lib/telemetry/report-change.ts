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
  const { from, to, epoch, reason } = change;
  const line = { scope, from, to, epoch, reason, ...fields };
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
