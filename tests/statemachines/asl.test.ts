/** Rules that the state machine's file keeps, whichever path an execution takes. */
import { existsSync } from 'node:fs';
import type { StateMachine as Interpreted } from 'aws-local-stepfunctions';
import { describe, expect, test } from 'vitest';
import { publishedInterpreter } from '../local/vendor/given.ts';
import { sampleBoundOf } from '../../lib/level/share.ts';
import { INITIAL_STATE } from '../../lib/level/state.ts';
import {
  allMachines,
  allStates,
  functionOf,
  readDefinition,
  successorsOf,
  type Machine,
  type Retrier,
  type Rule,
  type State,
} from './definition.ts';

const THROTTLED = 'Lambda.TooManyRequestsException';
const STORE_THROTTLED = 'StoreThrottledError';

/** What the slowest path may take, in seconds. */
const SLOWEST_SECONDS = 24;

/** What API Gateway waits for an integration, in seconds. */
const GATEWAY_SECONDS = 29;

const machine = readDefinition();
const states = allStates(machine);
const tasks = states.filter(([, state]) => state.Type === 'Task');

/** Every object in the file, at any depth. */
function everyObject(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(everyObject);
  return Array.isArray(value) ? inside : [value as Record<string, unknown>, ...inside];
}

const objects = everyObject(machine);

describe('the file', () => {
  test('is valid for the validator of the interpreter', async () => {
    // It changes what it is given.
    const definition: unknown = readDefinition();
    type Definition = ConstructorParameters<typeof Interpreted>[0];
    const { StateMachine } = await publishedInterpreter();
    expect(() => new StateMachine(definition as Definition)).not.toThrow();
  });

  test('names each state once, across branches: targets are bound by name', () => {
    const names = states.map(([name]) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('can reach every state', () => {
    const unreached = allMachines(machine).flatMap((each) => {
      const targets = Object.values(each.States).flatMap(successorsOf);
      const reached = new Set([each.StartAt, ...targets]);
      return Object.keys(each.States).filter((name) => !reached.has(name));
    });
    expect(unreached).toEqual([]);
  });

  test('uses JSONPath: the interpreter runs JSONata wrongly', () => {
    const keys = objects.flatMap(Object.keys);
    expect(keys.filter((key) => ['QueryLanguage', 'Assign', 'Arguments'].includes(key))).toEqual(
      [],
    );
  });
});

describe.each(tasks)('the task %s', (_name, task) => {
  test('reads or claims on the table, or invokes a function', () => {
    const services = ['dynamodb:getItem', 'dynamodb:updateItem', 'lambda:invoke'];
    expect(services.map((service) => `arn:aws:states:::${service}`)).toContain(task.Resource);
  });

  test('invokes a function that has a file, if any', () => {
    const file = functionOf(task) ?? 'mutator';
    expect(existsSync(new URL(`../../functions/${file}.ts`, import.meta.url))).toBe(true);
  });

  test('names its function by the ARN that CloudFormation knows, if any', () => {
    const attribute = task.Parameters?.FunctionName?.['Fn::GetAtt'] ?? ['', 'Arn'];
    expect(attribute).toEqual([expect.any(String), 'Arn']);
  });

  test('has a timeout', () => {
    expect(task.TimeoutSeconds).toBeGreaterThanOrEqual(1);
  });

  test('catches everything, last, and keeps its input', () => {
    const last = task.Catch?.at(-1);
    expect(last).toMatchObject({ ErrorEquals: ['States.ALL'], ResultPath: '$.failure' });
  });

  test('repeats, once, only what surely did nothing', () => {
    const safe = functionOf(task) === 'mutator' ? [THROTTLED, STORE_THROTTLED] : [THROTTLED];
    const retriers = task.Retry ?? [];
    const others = retriers.flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(others.filter((error) => !safe.includes(error))).toEqual([]);
    expect(retriers.filter(({ MaxAttempts }) => MaxAttempts !== 1)).toEqual([]);
  });

  test('spreads what it repeats over a second, so that all do not come back at once', () => {
    const { Retry: retriers = [] } = task;
    const spread = { IntervalSeconds: 1, JitterStrategy: 'FULL' };
    expect(retriers).toEqual(retriers.map((retrier) => ({ ...retrier, ...spread })));
  });
});

describe('forms that go wrong in the interpreter, the emulator or Step Functions', () => {
  const pairs = objects.flatMap((object) => Object.entries(object));

  test.each([
    ['IsPresent: false, which never matches', 'IsPresent', false],
    ['IsNull: false, which never matches', 'IsNull', false],
    ['ResultPath "$", which writes a key of that name', 'ResultPath', '$'],
  ])('there is no %s', (_form, key, value) => {
    expect(pairs.filter((pair) => pair[0] === key && pair[1] === value)).toEqual([]);
  });

  test('there is no Pass with a Result, which is dropped if it is falsy', () => {
    const results = states.filter(
      ([, { Type, Result }]) => Type === 'Pass' && Result !== undefined,
    );
    expect(results).toEqual([]);
  });

  test('nothing compares the order of strings, or timestamps, but a draw with its bound', () => {
    const unordered = /^(String(Less|Greater)|String\w+Path$|Timestamp|IsTimestamp)/;
    const compared = objects.flatMap((rule) =>
      Object.keys(rule)
        .filter((key) => unordered.test(key))
        .map((key) => `${String(rule['Variable'])} ${key}`),
    );
    expect([...new Set(compared)].toSorted()).toEqual([
      '$.draw.uuid StringLessThan',
      '$.draw.uuid StringLessThanPath',
    ]);
  });

  test('each draw is a state of its own: two in one would be the same', () => {
    const drawn = states.filter(([, state]) => JSON.stringify(state).includes('States.UUID()'));
    for (const [, { Type, Parameters }] of drawn.filter(([, { Branches }]) => !Branches)) {
      expect([Type, Parameters]).toEqual(['Pass', { 'uuid.$': 'States.UUID()' }]);
    }
    expect(drawn.length).toBeGreaterThanOrEqual(4);
  });

  test('the caution of a watch that begins is that of the rules', () => {
    const [bound] = pairs.flatMap(([key, value]) => (key === 'StringLessThan' ? [value] : []));
    const beginning = { ...INITIAL_STATE, cautionUntilMs: 2 };
    expect(bound).toBe(sampleBoundOf(beginning, 1));
  });

  test('nothing reads $$.State, which is never filled', () => {
    expect(pairs.filter(([, value]) => String(value).includes('$$.State'))).toEqual([]);
  });

  test('what an And asks the presence of is not compared before', () => {
    const ands = objects.flatMap(({ And }) => (And === undefined ? [] : [And as Rule[]]));
    const early = ands.flatMap((rules) =>
      rules.filter(
        ({ Variable, IsPresent }, index) =>
          IsPresent === undefined &&
          rules.slice(index).some((rule) => rule.IsPresent && rule.Variable === Variable),
      ),
    );
    expect(early).toEqual([]);
  });
});

describe('time', () => {
  test.each([
    ['ReadState', 'serving open is quicker than waiting'],
    ['ReadReplica', 'the row may still be read'],
    ['Probe', 'the answer of maintenance waits for it'],
    ['TickProbe', 'it is the same probe'],
  ])('%s has one second: %s', (name) => {
    expect(Object.fromEntries(states)[name]?.TimeoutSeconds).toBe(1);
  });

  test('the slowest path, retries included, ends before the machine does, and that before the gateway', () => {
    const limit = machine.TimeoutSeconds ?? Infinity;
    expect(slowest(machine, machine.StartAt)).toBeLessThanOrEqual(SLOWEST_SECONDS);
    expect(SLOWEST_SECONDS).toBeLessThan(limit);
    expect(limit).toBeLessThan(GATEWAY_SECONDS);
  });
});

/** The longest that a machine can take from a state on, in seconds. */
function slowest(from: Machine, name: string): number {
  const state = from.States[name];
  if (state === undefined) throw new Error(`no state ${name}`);
  const branches = (state.Branches ?? []).map((branch) => slowest(branch, branch.StartAt));
  const rest = successorsOf(state).map((next) => slowest(from, next));
  return secondsOf(state) + Math.max(0, ...branches) + Math.max(0, ...rest);
}

function secondsOf(state: State): number {
  const { TimeoutSeconds = 0, Retry = [] } = state;
  return TimeoutSeconds + Math.max(0, ...Retry.map((retrier) => again(retrier, TimeoutSeconds)));
}

/** What a retry adds: its wait, and another run where the error can come at the end of one. */
function again({ ErrorEquals, IntervalSeconds, MaxAttempts, BackoffRate }: Retrier, run: number) {
  const isRefusal = ErrorEquals.every((error) => error === THROTTLED);
  const waits = Array.from({ length: MaxAttempts }, (_, n) => IntervalSeconds * BackoffRate ** n);
  const refusedAtOnce = waits.reduce((sum, wait) => sum + wait, 0);
  return isRefusal ? refusedAtOnce : refusedAtOnce + MaxAttempts * run;
}
