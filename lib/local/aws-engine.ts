/** The engine of a deployed stage: its own state machine, on AWS or on an emulator. */
import {
  ListStateMachinesCommand,
  StartSyncExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Engine, Execution } from './engine.ts';
import { EngineRefusal, rootName, StartError } from './errors.ts';

/** How long a client waits for an execution, in milliseconds: longer than the workflow's 25 s. */
const SYNC_TIMEOUT_MS = 29_000;
/** How long Step Functions may take to tell of a page of state machines, in milliseconds. */
const FIND_TIMEOUT_MS = 5_000;

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
        refuseUnstarted(error);
        // A lost connection says nothing of the execution, so it is not started again.
        const timedOut = abortSignal.aborted;
        const message = error instanceof Error ? error.message : String(error);
        return failed(name, timedOut ? 'TIMED_OUT' : 'FAILED', message);
      }
    },
  };
}

/** What Step Functions surely did not start gets the status and words of the gateway's refusal.vtl. */
function refuseUnstarted(cause: unknown): void {
  const { name = '', $metadata } = cause as {
    readonly name?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  if (/Throttling|LimitExceeded/.test(name) || $metadata?.httpStatusCode === 429) {
    const options = { statusCode: 429, retryAfterSeconds: 1, cause } as const;
    throw new EngineRefusal('too many requests; try again', options);
  }
  if (/ValidationException|InvalidExecutionInput/.test(name)) {
    throw new EngineRefusal("the request must be at most 262144 bytes as the workflow's input", {
      statusCode: 413,
      cause,
    });
  }
}

/**
 * Finds the state machine of a stage by its name.
 *
 * @throws StartError if there is none, or if Step Functions cannot be asked.
 */
export async function findStateMachine(client: SFNClient, name: string): Promise<string> {
  const where = await client.config.region();
  let nextToken: string | undefined;
  do {
    const page = await listPage(client, nextToken).catch((cause: unknown) => {
      const got = rootName(cause) === 'AbortError' ? 'no answer in 5 s' : rootName(cause);
      const problem = `cannot look for state machine ${name} in ${where} (${got})`;
      throw new StartError(`${problem}; ${adviceFor(cause)}`, { cause });
    });
    const arn = page.stateMachines?.find((machine) => machine.name === name)?.stateMachineArn;
    if (arn !== undefined) return arn;
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  throw new StartError(
    `there is no state machine ${name} in ${where}; deploy the stage first, or name its --region`,
  );
}

function listPage(client: SFNClient, nextToken: string | undefined) {
  const input = { maxResults: 1_000, ...(nextToken && { nextToken }) };
  const abortSignal = AbortSignal.timeout(FIND_TIMEOUT_MS);
  return client.send(new ListStateMachinesCommand(input), { abortSignal });
}

function adviceFor(error: unknown): string {
  const names = `${(error as Error).name} ${rootName(error)}`;
  if (/Credentials|Token|UnrecognizedClient|Signature/.test(names)) {
    return 'check the credentials of the AWS CLI (aws configure, or AWS_PROFILE)';
  }
  return (error as { readonly $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
    ? 'check what these credentials may do'
    : 'check the network, the region and AWS_ENDPOINT_URL';
}
