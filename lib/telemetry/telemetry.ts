/** The port through which the system tells what happens: log lines and metrics. */
import type { DimensionsOf, MetricSet, ValuesOf } from './metrics.ts';

/** What a log line says besides its message. */
export type Fields = Readonly<Record<string, unknown>>;

/** The events of the controller that are counted one by one. */
export type EventName =
  | 'StaleOutcome'
  | 'StateReadFailed'
  | 'MutatorFailed'
  | 'ProbeResult'
  | 'PolicyIgnored'
  | 'LevelChanged'
  | 'AnnounceFailed'
  | 'ReplicaBehind'
  | 'RequestShed';

/** What a monitor that takes labels tells the same event apart by, for example from, to and reason. */
export type Detail = Readonly<Record<string, string | number>>;

/** Where log lines and metrics go. No method throws. */
export interface Telemetry {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** Publishes metrics that belong together, each by one value. */
  measure<Set extends MetricSet>(
    set: Set,
    dimensions: DimensionsOf<Set>,
    values: ValuesOf<Set>,
  ): void;
  /** Counts an event of a scope; value defaults to 1 and may be 0 where an average is wanted. */
  count(event: EventName, scope: string, value?: number, detail?: Detail): void;
}
