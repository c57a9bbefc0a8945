/** The deployed state machine as data, with the few questions that tests and docs ask of it. */
import { readFileSync } from 'node:fs';

/** A condition of a Choice; its operator stands under its own name. */
export interface Rule {
  readonly Variable?: string;
  readonly IsPresent?: boolean;
  readonly And?: readonly Rule[];
  readonly Or?: readonly Rule[];
  readonly Not?: Rule;
  readonly Next?: string;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly JitterStrategy?: string;
}

interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath: string;
  readonly Next: string;
}

export interface State {
  readonly Type: 'Task' | 'Pass' | 'Choice' | 'Parallel' | 'Succeed' | 'Fail' | 'Wait' | 'Map';
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Parameters?: { readonly FunctionName?: { readonly 'Fn::GetAtt': readonly string[] } };
  readonly Result?: unknown;
  readonly ResultPath?: string | null;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly Rule[];
  readonly Default?: string;
  readonly Branches?: readonly Machine[];
  readonly Next?: string;
  readonly End?: boolean;
}

export interface Machine {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

const FILE = new URL('../../statemachines/service-resiliency.asl.json', import.meta.url);

/** Reads the file that is deployed; every call gives a fresh copy. */
export function readDefinition(): Machine {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Machine;
}

/** Every state with its name, those of nested branches too. */
export function allStates(machine: Machine): [name: string, state: State][] {
  return allMachines(machine).flatMap((each) => Object.entries(each.States));
}

/** The machine and every branch in it. */
export function allMachines(machine: Machine): Machine[] {
  const branches = Object.values(machine.States).flatMap((state) => state.Branches ?? []);
  return [machine, ...branches.flatMap(allMachines)];
}

/** The states that may follow a state, each once. */
export function successorsOf(state: State): string[] {
  const rules = [...(state.Choices ?? []), ...(state.Catch ?? [])].map((rule) => rule.Next);
  const next = [state.Next, ...rules, state.Default].filter((name) => name !== undefined);
  return [...new Set(next)];
}

/** The name in serverless.yml of the function that a task invokes; null where it invokes none. */
export function functionOf(state: State): string | null {
  const logicalId = state.Parameters?.FunctionName?.['Fn::GetAtt'][0];
  if (logicalId === undefined) return null;
  const name = logicalId.replace(/LambdaFunction$/, '').replaceAll('Dash', '-');
  return name.charAt(0).toLowerCase() + name.slice(1);
}
