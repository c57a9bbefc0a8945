/** The port to whatever runs the workflow: the interpreter on a laptop, Step Functions on AWS. */
import * as v from 'valibot';
import type { Level } from '../level/level.ts';
import type { Json } from '../services/service.ts';

/** What an execution begins with; the gateway's mapping template builds the same on AWS. */
export interface WorkflowInput {
  readonly kind: 'request' | 'tick';
  readonly scope: string;
  readonly stateKey: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly failOpenLevel: Level;
  readonly request: { readonly body: Json };
}

const outputSchema = v.object({
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.record(v.string(), v.string()),
  /** JSON text. */
  body: v.string(),
  level: v.picklist([1, 2, 3]),
  failOpen: v.boolean(),
});

/** What the workflow answers a request with. */
export type WorkflowOutput = v.InferOutput<typeof outputSchema>;

/** How an execution ended. */
export type Execution =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED' | 'TIMED_OUT'; readonly error: string };

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
  if (execution.status !== 'SUCCEEDED') return null;
  const parsed = v.safeParse(outputSchema, execution.output);
  return parsed.success ? parsed.output : null;
}
