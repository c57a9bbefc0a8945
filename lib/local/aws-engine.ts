/** The engine of a deployed stage: its own state machine, on AWS or on an emulator. */
import {
  ListStateMachinesCommand,
  StartSyncExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Engine, Execution } from './engine.ts';
import { StartError } from './errors.ts';

/** How long a client waits for an execution, in milliseconds: longer than the workflow's 25 s. */
const SYNC_TIMEOUT_MS = 29_000;

/** Makes the engine for a state machine. */
export function createAwsEngine(
  client: SFNClient,
  stateMachineArn: string,
  telemetry: Telemetry,
): Engine {
  const failed = (executionId: string, status: 'FAILED' | 'TIMED_OUT', error: string) => {
    telemetry.error('execution failed', { executionId, status, error });
    return { status, error };
  };
  return {
    async execute(input, name): Promise<Execution> {
      const start = new StartSyncExecutionCommand({
        stateMachineArn,
        name,
        input: JSON.stringify(input),
      });
      const abortSignal = AbortSignal.timeout(SYNC_TIMEOUT_MS);
      try {
        const { status, output, error, cause } = await client.send(start, { abortSignal });
        if (status === 'SUCCEEDED' && output !== undefined) {
          return { status, output: JSON.parse(output) as unknown };
        }
        const failure = status === 'TIMED_OUT' ? 'TIMED_OUT' : 'FAILED';
        return failed(name, failure, [error, cause].filter(Boolean).join(': '));
      } catch (error) {
        // A lost connection says nothing of the execution, so it is not started again.
        const timedOut = abortSignal.aborted;
        const message = error instanceof Error ? error.message : String(error);
        return failed(name, timedOut ? 'TIMED_OUT' : 'FAILED', message);
      }
    },
  };
}

/**
 * Finds the state machine of a stage by its name.
 *
 * @throws StartError if there is none.
 */
export async function findStateMachine(client: SFNClient, name: string): Promise<string> {
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new ListStateMachinesCommand({ maxResults: 1_000, ...(nextToken && { nextToken }) }),
    );
    const arn = page.stateMachines?.find((machine) => machine.name === name)?.stateMachineArn;
    if (arn !== undefined) return arn;
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  throw new StartError(`there is no state machine ${name} here; deploy the stage first`);
}
