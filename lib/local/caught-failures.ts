/** Which failures an execution of the interpreter met and went on from, read from its event log. */
import type { StateMachine } from 'aws-local-stepfunctions';

/** A failure of a state that a Catch led on from. */
export interface CaughtFailure {
  /** The name of the state. */
  readonly state: string;
  /** The error's name, for example `States.Timeout`. */
  readonly error: string;
  readonly cause: string;
}

/**
 * Reads the log of an execution that has ended: the log's own end follows at once. A failure that is
 * repeated is none yet.
 */
export async function caughtFailures(
  log: ReturnType<StateMachine['run']>['eventLogs'],
): Promise<CaughtFailure[]> {
  const failed = new Map<string, Omit<CaughtFailure, 'state'>>();
  const caught: CaughtFailure[] = [];
  for await (const event of log) {
    if (event.type === 'StateFailed') {
      failed.set(event.state.name, { error: event.Error, cause: textOf(event.Cause) });
    } else if (event.type === 'StateCaught') {
      const { name: state } = event.state;
      caught.push({ state, ...(failed.get(state) ?? { error: 'unknown', cause: 'unknown' }) });
    }
  }
  return caught;
}

/** The interpreter passes an error's own cause on as it is. */
function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
