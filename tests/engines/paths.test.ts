/** Every path case of the packaged state machine on LocalStack's interpreter: the same answers, calls and payloads. */
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { allCases, requestGroups } from '../statemachines/cases.ts';
import { tickCases } from '../statemachines/cases/ticks.ts';
import type { Machine, State } from '../statemachines/definition.ts';
import { callsOf, outcomesOf } from '../statemachines/expected.ts';
import { drawAsGiven, isHanging, run, type Case, type Run } from '../statemachines/harness.ts';
import { packagedDefinition, runElsewhere, type OtherRun } from './interpreter.ts';

/** The machine with one thing changed, which the cases must notice. */
const MUTANTS: Readonly<Record<string, (machine: Machine) => Machine>> = {
  'a failed read is not caught': changing('ReadState', ({ Catch: _catch, ...rest }) => rest),
  'a throttled face is not repeated': changing('Full', ({ Retry: _retry, ...rest }) => rest),
  'what is drawn is above its bound': rewriting('StringLessThanPath', 'StringGreaterThanPath'),
  'the row is taken for later than the request': rewriting(
    'NumericGreaterThanPath',
    'NumericLessThanEqualsPath',
  ),
};

function changing(name: string, change: (state: State) => State) {
  return (machine: Machine): Machine => {
    const state = machine.States[name];
    if (state === undefined) throw new Error(`there must be a state ${name}`);
    return { ...machine, States: { ...machine.States, [name]: change(state) } };
  };
}

function rewriting(word: string, other: string) {
  return (machine: Machine): Machine => {
    const body = JSON.stringify(machine);
    if (!body.includes(word)) throw new Error(`there must be a ${word}`);
    return JSON.parse(body.replaceAll(word, other)) as Machine;
  };
}

/** Every third of those that wait for nothing, and the rare ones. */
const someCases = allCases
  .filter(({ given }) => !isHanging(given))
  .filter(({ title }, index) => index % 3 === 0 || title.includes('throttled'));

let elsewhere: Readonly<Record<string, ReadonlyMap<string, OtherRun>>>;
/** By title, on the laptop's interpreter. */
let here: ReadonlyMap<string, Run>;

beforeAll(async () => {
  const packaged = await packagedDefinition();
  const mutants = Object.entries(MUTANTS).map(([name, mutate]) => {
    return [name, { machine: mutate(packaged), cases: someCases }] as const;
  });
  const again = { machine: packaged, cases: someCases };
  const whole = { machine: packaged, cases: allCases };
  const plans = { packaged: whole, again, ...Object.fromEntries(mutants) };
  drawAsGiven();
  const entries = allCases.map(async (each) => [each.title, await run(each.given)] as const);
  [elsewhere, here] = await Promise.all([
    runElsewhere(plans),
    Promise.all(entries).then((all) => new Map(all)),
  ]);
  vi.restoreAllMocks();
});

function didElsewhere({ title }: Case): OtherRun {
  const did = elsewhere['packaged']?.get(title);
  if (did === undefined) throw new Error(`nothing ran as "${title}"`);
  return did;
}

/** What every target was told, with the table by its name as CloudFormation gives it. */
function toldHere({ title }: Case): object {
  const heard = Object.entries(here.get(title)?.heard ?? {}).filter(([, calls]) => calls.length);
  const table = { Ref: 'ServiceResiliencyTable' };
  return JSON.parse(
    JSON.stringify(Object.fromEntries(heard)).replaceAll(
      JSON.stringify(table),
      JSON.stringify(table.Ref),
    ),
  ) as object;
}

describe.each(requestGroups)('paths of $of', ({ cases }) => {
  test.each([...cases])('$title', (each) => {
    const did = didElsewhere(each);
    expect({ ...did, heard: undefined }).toMatchObject({
      status: 'SUCCEEDED',
      output: each.answer,
    });
    expect(did.output).toEqual(each.answer);
    expect(outcomesOf(did)).toEqual(each.recorded);
    expect(callsOf(did)).toEqual(each.calls);
    expect(did.heard).toEqual(toldHere(each));
  });
});

describe('paths of the tick', () => {
  test.each([...tickCases])('$title', (each) => {
    const did = didElsewhere(each);
    expect(did.output).toMatchObject({ kind: 'tick', state: each.state });
    expect(outcomesOf(did)).toEqual(each.recorded);
    expect(callsOf(did)).toEqual(each.calls);
    expect(did.heard).toEqual(toldHere(each));
  });
});

/** The cases in which a machine did other things than the packaged one. */
function differentOn(name: string): readonly string[] {
  const different = someCases.filter((each) => {
    const did = elsewhere[name]?.get(each.title);
    return !isDeepStrictEqual(did, didElsewhere(each));
  });
  return different.map(({ title }) => title);
}

describe('the comparison', () => {
  test('sees no difference where nothing is changed', () => {
    expect(differentOn('again')).toEqual([]);
  });

  test.each(Object.keys(MUTANTS))('sees where %s, and not in every case', (name) => {
    expect(differentOn(name).length).toBeGreaterThan(0);
    expect(differentOn(name).length).toBeLessThan(someCases.length);
  });
});
