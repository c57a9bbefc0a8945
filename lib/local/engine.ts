/** The port to whatever runs the workflow: the interpreter on a laptop, Step Functions on AWS. */
import { parseOutput, type WorkflowInput, type WorkflowOutput } from '../runtime/workflow.ts';

/** How an execution ended. */
export type Execution = (
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED' | 'TIMED_OUT'; readonly error: string }
) & {
  /** The states that it went through, in order, where the engine tells. */
  readonly path?: readonly string[];
};

/** Runs the workflow. */
export interface Engine {
  /**
   * Runs one execution to its end.
   *
   * @param executionId Its name, unique: it stands in every log line of the execution.
   */
  execute(input: WorkflowInput, executionId: string): Promise<Execution>;
}

/** Reads what a request's execution answered; null where it failed or answered nothing usable. */
export function readOutput(execution: Execution): WorkflowOutput | null {
  return execution.status === 'SUCCEEDED' ? parseOutput(execution.output) : null;
}
