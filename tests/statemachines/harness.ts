/** Runs the state machine in the interpreter against fake targets and notes everything it did. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { StateMachine as Interpreted } from 'aws-local-stepfunctions';
import { vi } from 'vitest';
import type { WorkflowInput } from '../../lib/runtime/workflow.ts';
import { StateMachine } from '../../lib/local/vendor/interpreter.ts';
import { isReplicaKey } from '../../lib/store/level-store.ts';
import { allStates, functionOf, readDefinition, type Machine, type State } from './definition.ts';
import * as given from './given.ts';

/** What a task can call: a face that is asked to probe is a probe, a mutator that is asked what is due is `due`. */
export const TARGETS = [
  'read',
  'replica',
  'claim',
  'full',
  'degraded',
  'maintenance',
  'probe',
  'fullProbe',
  'due',
  'mutator',
] as const;
export type Target = (typeof TARGETS)[number];

/** What an execution meets: targets that are not named are healthy, without a row it is missing. */
export interface Given extends Partial<Record<Target, given.Fake>> {
  readonly input?: Partial<WorkflowInput>;
  readonly row?: given.Item;
  /** What the row's read replicas hold; missing by default. */
  readonly held?: given.Item;
  /** Which of the row (0) and its nine replicas is drawn, or one more than there are; by chance where it is not said. */
  readonly drawnRow?: 0 | 3 | 10;
  /** The whole input, in place of INPUT. */
  readonly whole?: unknown;
  /** The bytes that each draw consists of, in order; by chance where there is none. */
  readonly drawn?: readonly number[];
}

/** What a request's execution answers. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: unknown;
  readonly body: string;
  readonly level: number;
  readonly failOpen: boolean;
  readonly shielded: boolean;
}

/** One path through the machine. */
export interface Case {
  readonly title: string;
  readonly given: Given;
  /** What the mutator is told, each time; nobody is told of anything if it is empty. */
  readonly recorded: readonly unknown[];
  /** How often each target is called, the mutator included; those not named never. */
  readonly calls: Partial<Record<Target, number>>;
}

export interface RequestCase extends Case {
  readonly answer: Answer;
}

export interface TickCase extends Case {
  /** What the tick took the row for. */
  readonly state: unknown;
}

type YieldOf<Log> = Log extends AsyncGenerator<infer Item> ? Item : never;
export type Event = YieldOf<ReturnType<Interpreted['run']>['eventLogs']>;

/** What an execution did. */
export interface Run {
  readonly output: unknown;
  /** What each target was called with, in order. */
  readonly heard: Readonly<Record<Target, unknown[]>>;
  readonly events: readonly Event[];
}

const DEFINITION = readDefinition();

const HEALTHY: Record<Exclude<Target, 'read' | 'replica'>, given.Fake> = {
  full: given.answers(given.FULL),
  degraded: given.answers(given.DEGRADED),
  maintenance: given.answers(given.MAINTENANCE),
  probe: given.answers({ outcome: 'success' }),
  fullProbe: given.answers({ outcome: 'success' }),
  claim: given.answers({}),
  due: given.answers({ probe: 'none' }),
  mutator: given.answers({ recorded: 'counted' }),
};

const FACE_OF_FUNCTION: Readonly<Record<string, Target>> = {
  'full-service': 'full',
  'degraded-service': 'degraded',
  'maintenance-service': 'maintenance',
  mutator: 'mutator',
};

function healthy(target: Target, { row, held }: Given): given.Fake {
  if (target === 'read') return () => found(row);
  return target === 'replica' ? () => found(held) : HEALTHY[target];
}

/**
 * Runs one execution to its end; where a target hangs, with every timeout cut to a second.
 *
 * @param Interpreter That of the laptop by default.
 */
export async function run(met: Given, Interpreter = StateMachine): Promise<Run> {
  const heard = Object.fromEntries(
    TARGETS.map((target) => [target, []]),
  ) as unknown as Run['heard'];
  const call = async (target: Target, payload: unknown): Promise<unknown> => {
    const calls = heard[target].push(payload);
    return fakeOf(met, target)(calls);
  };
  const input = (met.whole ?? { ...given.INPUT, ...met.input }) as Json;
  const { patient, impatient } = machinesOf(Interpreter);
  const machine = isHanging(met) ? impatient : patient;
  const { drawn: bytes = [], drawnRow } = met;
  const nowMs = drawnRow === undefined ? undefined : DRAWN_AT_MS[drawnRow];
  return drawing.run({ bytes, octets: 0, nowMs }, async () => {
    const execution = machine.run(input, {
      context: { Execution: { Id: EXECUTION_ID, Name: EXECUTION_ID, Input: input } },
      overrides: { taskResourceLocalHandlers: bindTasks(call), retryIntervalOverrides: AT_ONCE },
    });
    const events = collect(execution.eventLogs);
    return { output: await execution.result, heard, events: await events };
  });
}

/** What stands for a target in an execution. */
export function fakeOf(met: Given, target: Target): given.Fake {
  return met[target] ?? healthy(target, met);
}

/** Whether something in it never answers. */
export function isHanging(met: Given): boolean {
  return Object.values(met).includes(given.hangs);
}

const { EXECUTION_ID } = given;

const drawing = new AsyncLocalStorage<{
  readonly bytes: readonly number[];
  octets: number;
  readonly nowMs: number | undefined;
}>();

/** Times by which the laptop's interpreter, whose dice are the clock, draws a number of eleven. */
const DRAWN_AT_MS = { 0: 18, 3: 28, 10: 4 } as const;

const OCTETS = 16;

/**
 * Makes the interpreter draw what a case says: it makes a UUID of sixteen random octets, and a number of the clock.
 * Undone by the test.
 */
export function drawAsGiven(): void {
  const { random } = Math;
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => drawing.getStore()?.nowMs ?? now());
  vi.spyOn(Math, 'random').mockImplementation(() => {
    const mine = drawing.getStore();
    const byte = mine?.bytes[Math.floor(mine.octets / OCTETS)];
    if (mine === undefined || byte === undefined) return random();
    mine.octets += 1;
    return byte / 256;
  });
}

type Json = Parameters<Interpreted['run']>[0];
type Call = (target: Target, payload: unknown) => Promise<unknown>;

const machines = new Map<typeof StateMachine, ReturnType<typeof createMachines>>();

/** Made once for each interpreter: its validation takes longer than all executions. */
function machinesOf(Interpreter: typeof StateMachine) {
  const made = machines.get(Interpreter) ?? createMachines(Interpreter);
  machines.set(Interpreter, made);
  return made;
}

function createMachines(Interpreter: typeof StateMachine) {
  return {
    patient: createMachine(Interpreter, DEFINITION),
    impatient: createMachine(Interpreter, {
      ...DEFINITION,
      States: shortenTimeouts(DEFINITION.States),
    }),
  };
}

/** Retries wait for nothing. */
const AT_ONCE = Object.fromEntries(allStates(DEFINITION).map(([name]) => [name, 0]));

function createMachine(Interpreter: typeof StateMachine, definition: Machine): Interpreted {
  // The interpreter's validation changes what it is given.
  const copy = structuredClone(definition) as unknown;
  return new Interpreter(copy as ConstructorParameters<typeof StateMachine>[0], {
    validationOptions: { checkArn: false },
  });
}

/** Each timeout cut to a second. */
export function shortenTimeouts(states: Machine['States']): Machine['States'] {
  const shorten = (state: State): State => ({
    ...state,
    ...(state.TimeoutSeconds !== undefined && { TimeoutSeconds: 1 }),
    ...(state.Branches && {
      Branches: state.Branches.map((branch) => ({
        ...branch,
        States: shortenTimeouts(branch.States),
      })),
    }),
  });
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, shorten(state)]));
}

/** Binds every task by what it calls, as the laptop's engine does; no name of a state matters. */
function bindTasks(call: Call) {
  const tasks = allStates(DEFINITION).filter(([, state]) => state.Type === 'Task');
  return Object.fromEntries(tasks.map(([name, state]) => [name, bindTask(state, call)]));
}

function bindTask(state: State, call: Call): (input: Json) => Promise<Json> {
  const functionName = functionOf(state);
  if (functionName === null) {
    const target = state.Resource?.endsWith(':updateItem') ? 'claim' : 'read';
    return async (input) => (await call(isReplica(input) ? 'replica' : target, input)) as Json;
  }
  const face = FACE_OF_FUNCTION[functionName];
  if (face === undefined) throw new Error(`no fake for the function ${functionName}`);
  return async (input) => {
    const { Payload: payload } = input as unknown as { readonly Payload: Asked };
    const answer = await call(targetOf(face, payload), payload);
    return { Payload: structuredClone(answer) as Json, StatusCode: 200 };
  };
}

function isReplica(input: Json): boolean {
  const { Key: key } = input as unknown as {
    readonly Key?: { readonly PK: { readonly S: string } };
  };
  return isReplicaKey(key?.PK.S);
}

interface Asked {
  readonly probe?: boolean;
  readonly kind?: string;
}

function targetOf(face: Target, { probe, kind }: Asked): Target {
  if (probe === true) return face === 'full' ? 'fullProbe' : 'probe';
  return kind === 'claim' ? 'due' : face;
}

/** What GetItem answers; on AWS there is more in it than the item. */
function found(row: given.Item | undefined): unknown {
  return { ...(row && { Item: structuredClone(row) }), SdkHttpMetadata: { HttpStatusCode: 200 } };
}

async function collect(log: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of log) events.push(event);
  return events;
}
