/** The port through which the system tells what happens: log lines and counted events. */

/** What a log line or a count says besides its message. */
export type Fields = Readonly<Record<string, unknown>>;

/** The events that are counted. */
export type MetricName =
  | 'StaleOutcome'
  | 'StateReadFailed'
  | 'MutatorFailed'
  | 'ProbeResult'
  | 'PolicyIgnored'
  | 'LevelChanged';

/** Where log lines and counts go. No method throws. */
export interface Telemetry {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** Counts an event of a scope; value defaults to 1 and may be 0 where an average is wanted. */
  count(metric: MetricName, scope: string, value?: number): void;
}
