/** The engine of the laptop: the deployed state machine's own file, interpreted in this process. */
import { ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Engine, Execution } from './engine.ts';

/** A Lambda function as the workflow calls it. */
export type LambdaHandler = (payload: unknown) => Promise<unknown>;

/** What the workflow's tasks call. */
export interface TaskTargets {
  /** The functions, by their name in serverless.yml. */
  readonly functions: Readonly<Record<string, LambdaHandler>>;
  /** The direct integration with DynamoDB. */
  readonly getItem: (input: unknown) => Promise<unknown>;
}

type Definition = ConstructorParameters<typeof StateMachine>[0];
type Json = Parameters<StateMachine['run']>[0];
type TaskHandler = (input: Json) => Promise<Json>;

/** A state as far as it matters here. */
interface AslState {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: { readonly 'Fn::GetAtt'?: readonly string[] } };
  readonly Branches?: readonly { readonly States: Record<string, AslState> }[];
}

/**
 * Makes the engine. Every task of the definition is bound to its target by its resource and, for a
 * function, by its logical id, so no name of a state is repeated here.
 *
 * @param definition The parsed ASL file; it is not changed.
 * @throws Error if the definition is invalid or a task has no target: it would call AWS.
 */
export function createInterpreterEngine(
  definition: unknown,
  targets: TaskTargets,
  telemetry: Telemetry,
): Engine {
  // The interpreter's validation changes what it is given.
  const machine = new StateMachine(structuredClone(definition) as Definition, {
    validationOptions: { checkArn: false },
  });
  const handlers = Object.fromEntries(
    bindTasks(definition as { States: Record<string, AslState> }, targets),
  );
  return {
    async execute(input, executionId): Promise<Execution> {
      const run = machine.run(input as unknown as Json, {
        context: { Execution: { Id: executionId, Name: executionId } },
        overrides: { taskResourceLocalHandlers: handlers },
      });
      try {
        return { status: 'SUCCEEDED', output: await run.result };
      } catch (error) {
        const status = error instanceof ExecutionTimeoutError ? 'TIMED_OUT' : 'FAILED';
        telemetry.error('execution failed', { executionId, status, error });
        return { status, error: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

/** The logical id that the Serverless Framework gives a function. */
function logicalIdOf(functionName: string): string {
  const normalised = functionName.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return `${normalised.charAt(0).toUpperCase()}${normalised.slice(1)}LambdaFunction`;
}

function bindTasks(
  machine: { readonly States: Record<string, AslState> },
  targets: TaskTargets,
): [name: string, handler: TaskHandler][] {
  return Object.entries(machine.States).flatMap(([name, state]) => {
    if (state.Branches) return state.Branches.flatMap((branch) => bindTasks(branch, targets));
    return state.Type === 'Task' ? [[name, bindTask(name, state, targets)]] : [];
  });
}

function bindTask(name: string, state: AslState, targets: TaskTargets): TaskHandler {
  if (state.Resource === 'arn:aws:states:::dynamodb:getItem') {
    return async (input) => (await targets.getItem(input)) as Json;
  }
  const logicalId = state.Parameters?.FunctionName?.['Fn::GetAtt']?.[0];
  const found = Object.entries(targets.functions).find(([key]) => logicalIdOf(key) === logicalId);
  if (state.Resource !== 'arn:aws:states:::lambda:invoke' || found === undefined) {
    throw new Error(`task ${name} needs ${state.Resource} ${logicalId ?? ''}, which is not here`);
  }
  const [, invoke] = found;
  return async (input) => {
    const { Payload: payload } = input as { readonly Payload: Json };
    const result = await invoke(payload);
    // What JSON drops or changes on the way from a Lambda function must be dropped here too.
    return { Payload: result === undefined ? null : (JSON.parse(JSON.stringify(result)) as Json) };
  };
}
