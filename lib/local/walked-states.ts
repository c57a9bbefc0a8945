/** Which states an execution of the interpreter went through, and which failures it went on from: its event log. */
import type { StateMachine } from 'aws-local-stepfunctions';

/** A failure of a state that a Catch led on from. */
export interface CaughtFailure {
  /** The name of the state. */
  readonly state: string;
  /** The error's name, for example `States.Timeout`. */
  readonly error: string;
  readonly cause: string;
}

/** What the log of an execution tells. */
export interface Walked {
  /** The names of its states, in the order in which they were entered. */
  readonly path: readonly string[];
  readonly caught: readonly CaughtFailure[];
}

/**
 * Reads the log of an execution that has ended: the log's own end follows at once. A failure that is
 * repeated is none yet.
 */
export async function walkedStates(
  log: ReturnType<StateMachine['run']>['eventLogs'],
): Promise<Walked> {
  const failed = new Map<string, Omit<CaughtFailure, 'state'>>();
  const caught: CaughtFailure[] = [];
  const path: string[] = [];
  for await (const event of log) {
    if (event.type === 'StateEntered') {
      path.push(event.state.name);
    } else if (event.type === 'StateFailed') {
      failed.set(event.state.name, { error: event.Error, cause: textOf(event.Cause) });
    } else if (event.type === 'StateCaught') {
      const { name: state } = event.state;
      caught.push({ state, ...(failed.get(state) ?? { error: 'unknown', cause: 'unknown' }) });
    }
  }
  return { path, caught };
}

/** The interpreter passes an error's own cause on as it is. */
function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
