/** LocalStack's Step Functions interpreter: the packaged state machine through it, against the fakes of the path cases. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { packaged } from '../deploy/packaged.ts';
import * as given from '../statemachines/given.ts';
import {
  fakeOf,
  isHanging,
  shortenTimeouts,
  TARGETS,
  type Case,
  type Given,
  type Target,
} from '../statemachines/harness.ts';
import type { Machine } from '../statemachines/definition.ts';
import { pythonWith } from './install.ts';

const SCRIPT = new URL('interpreter.py', import.meta.url).pathname;

/** How long all executions together may take, in milliseconds. */
const RUNS_MS = 300_000;

/** What an execution did there. */
export interface OtherRun {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'CRASHED';
  readonly output: unknown;
  readonly error: string | null;
  /** What each target was called with, in order; those never called are left out. */
  readonly heard: Partial<Record<Target, unknown[]>>;
}

/** The definition that CloudFormation makes of the packaged template: every reference is a name or an ARN. */
export async function packagedDefinition(): Promise<Machine> {
  const { resource } = await packaged('dev');
  const { DefinitionString: definition } = resource('ServiceResiliencyWorkflow').Properties;
  const { 'Fn::Sub': sub } = definition as { readonly 'Fn::Sub': readonly [string, References] };
  const [body, references] = sub;
  const replaced = body.replaceAll(/\$\{([\w:]+)\}/g, (_match, name: string) => {
    if (name === 'AWS::Partition') return 'aws';
    const { Ref: table, 'Fn::GetAtt': [id] = [] } = references[name] ?? {};
    return table ?? `arn:aws:lambda:us-east-1:123456789012:function:${id ?? ''}`;
  });
  return JSON.parse(replaced) as Machine;
}

type References = Readonly<
  Record<string, { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] }>
>;

/** How often a target may be called in one execution: each task is repeated once. */
const MOST_CALLS = 3;

/** What a fake does, as data: the first calls, of which the last is repeated. */
function repliesOf(fake: given.Fake): object[] {
  return Array.from({ length: MOST_CALLS }, (_, index) => {
    if (fake === given.hangs) return { hangs: true };
    try {
      // What has no value is no field, as in JSON.
      return { answer: fake(index + 1) ?? null };
    } catch (error) {
      return { error: (error as Error).name };
    }
  });
}

/** A definition and what it shall run. */
interface Plan {
  readonly machine: Machine;
  readonly cases: readonly Case[];
}

/**
 * Runs cases on definitions, all in one process.
 *
 * @param plans By a name of the caller's.
 * @returns By that name, then by title.
 * @throws Error with what the process said, if it did not end well.
 */
export async function runElsewhere(
  plans: Readonly<Record<string, Plan>>,
): Promise<Readonly<Record<string, ReadonlyMap<string, OtherRun>>>> {
  const python = await pythonWith('interpreter.requirements.txt');
  const definitions = Object.entries(plans).flatMap(([name, { machine }]) => [
    [name, JSON.stringify(machine)],
    [impatient(name), JSON.stringify({ ...machine, States: shortenTimeouts(machine.States) })],
  ]);
  const runs = Object.entries(plans).flatMap(([name, { cases }]) =>
    cases.map(({ title, given: met }) => runOf(name, title, met)),
  );
  const child = spawn(python, [SCRIPT], { timeout: RUNS_MS });
  // What it said is told below, where it ended early.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify({ definitions: Object.fromEntries(definitions) as object, runs }));
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (out === '') throw new Error(`the interpreter must answer, got: ${complaint.slice(-2_000)}`);
  const did = Object.entries(JSON.parse(out) as Readonly<Record<string, OtherRun>>);
  return Object.fromEntries(
    Object.keys(plans).map((name) => {
      const prefix = idOf(name, '');
      const mine = did.filter(([id]) => id.startsWith(prefix));
      return [name, new Map(mine.map(([id, each]) => [id.slice(prefix.length), each]))];
    }),
  );
}

const idOf = (name: string, title: string) => `${name}: ${title}`;
const impatient = (name: string) => `${name}, impatient`;

function runOf(name: string, title: string, met: Given): object {
  return {
    id: idOf(name, title),
    title,
    definition: isHanging(met) ? impatient(name) : name,
    isHanging: isHanging(met),
    input: met.whole ?? { ...given.INPUT, ...met.input },
    drawn: met.drawn ?? [],
    drawnRow: met.drawnRow,
    fakes: Object.fromEntries(TARGETS.map((target) => [target, repliesOf(fakeOf(met, target))])),
  };
}
