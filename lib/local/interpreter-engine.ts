/** The engine of the laptop: the deployed state machine's own file, interpreted in this process. */
import type { StateMachine as Machine } from 'aws-local-stepfunctions';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { walkedStates, type CaughtFailure } from './walked-states.ts';
import type { Engine, Execution } from './engine.ts';
import type { WorkflowInput } from '../runtime/workflow.ts';
import { ExecutionTimeoutError, StateMachine } from './vendor/interpreter.ts';

/** A Lambda function as the workflow calls it. */
export type LambdaHandler = (payload: unknown) => Promise<unknown>;

/** What the workflow's tasks call. */
export interface TaskTargets {
  /** The functions, by their name in serverless.yml. */
  readonly functions: Readonly<Record<string, LambdaHandler>>;
  /** The direct integrations with DynamoDB. They throw errors that are named as Step Functions names them. */
  readonly getItem: (input: unknown) => Promise<unknown>;
  readonly updateItem: (input: unknown) => Promise<unknown>;
}

type Definition = ConstructorParameters<typeof StateMachine>[0];
type Json = Parameters<Machine['run']>[0];
type TaskHandler = (input: Json) => Promise<Json>;

/** The resource of a task that goes to DynamoDB by itself, up to its operation. */
const DYNAMODB = 'arn:aws:states:::dynamodb:';

/** A claim that somebody else has won is an answer, not a failure. */
const LOST_CLAIM = 'DynamoDB.ConditionalCheckFailedException';

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
 * @param definition The parsed ASL file. It is not validated, which takes a third of a start: the
 *   tests validate the file that is there.
 * @throws Error if a task has no target: it would call AWS.
 */
export function createInterpreterEngine(
  definition: unknown,
  targets: TaskTargets,
  telemetry: Telemetry,
): Engine {
  const machine = new StateMachine(definition as Definition, {
    validationOptions: { noValidate: true },
  });
  const tasks = tasksOf(definition as { States: Record<string, AslState> });
  const handlers = Object.fromEntries(
    tasks.map(([name, state]) => [name, bindTask(name, state, targets)]),
  );
  const tellFailure = createFailureTeller(new Map(tasks), telemetry);
  return {
    async execute(input, executionId): Promise<Execution> {
      const json = input as unknown as Json;
      const run = machine.run(json, {
        context: { Execution: { Id: executionId, Name: executionId, Input: json } },
        overrides: { taskResourceLocalHandlers: handlers },
      });
      const ended = await endOf(run.result);
      const { path, caught } = await walkedStates(run.eventLogs);
      for (const failure of caught) tellFailure(failure, input, executionId);
      if ('output' in ended) return { status: 'SUCCEEDED', output: ended.output, path };
      const { error } = ended;
      const status = error instanceof ExecutionTimeoutError ? 'TIMED_OUT' : 'FAILED';
      telemetry.error('execution failed', { executionId, status, error });
      return { status, error: error instanceof Error ? error.message : String(error), path };
    },
  };
}

async function endOf(result: Promise<unknown>): Promise<{ output: unknown } | { error: unknown }> {
  try {
    return { output: await result };
  } catch (error) {
    return { error };
  }
}

/**
 * Makes what logs a failure that the workflow catches: the client's answer says nothing of it. A
 * function counts what it throws, and whoever is called after a failed read counts that: the face
 * that serves open, the mutator of a tick. What is left to count is a mutator that never answers.
 */
function createFailureTeller(tasks: ReadonlyMap<string, AslState>, telemetry: Telemetry) {
  const isHungMutator = ({ state, error }: CaughtFailure): boolean => {
    const task = tasks.get(state);
    const isMutator = task !== undefined && functionIdOf(task) === logicalIdOf('mutator');
    return isMutator && error === 'States.Timeout';
  };
  return (failure: CaughtFailure, input: WorkflowInput, executionId: string): void => {
    const { scope } = input;
    if (failure.error === LOST_CLAIM) return;
    telemetry.error('state failed', { ...failure, scope, executionId });
    if (isHungMutator(failure)) telemetry.count('MutatorFailed', scope);
  };
}

/** The logical id that the Serverless Framework gives a function. */
function logicalIdOf(functionName: string): string {
  const normalised = functionName.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return `${normalised.charAt(0).toUpperCase()}${normalised.slice(1)}LambdaFunction`;
}

function functionIdOf(state: AslState): string | undefined {
  return state.Parameters?.FunctionName?.['Fn::GetAtt']?.[0];
}

/** The tasks of a machine and of its branches, by their names. */
function tasksOf(machine: { readonly States: Record<string, AslState> }): [string, AslState][] {
  return Object.entries(machine.States).flatMap(([name, state]): [string, AslState][] => {
    if (state.Branches) return state.Branches.flatMap(tasksOf);
    return state.Type === 'Task' ? [[name, state]] : [];
  });
}

function bindTask(name: string, state: AslState, targets: TaskTargets): TaskHandler {
  const operation = state.Resource?.startsWith(DYNAMODB) && state.Resource.slice(DYNAMODB.length);
  if (operation === 'getItem' || operation === 'updateItem') {
    return async (input) => (await targets[operation](input)) as Json;
  }
  const logicalId = functionIdOf(state);
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
