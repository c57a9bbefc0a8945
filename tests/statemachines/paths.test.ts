/** Every path of the deployed state machine, through the interpreter, against fake targets. */
import { beforeAll, describe, expect, test } from 'vitest';
import { allCases, requestGroups } from './cases.ts';
import { tellings } from './cases/rows.ts';
import { tickCases } from './cases/ticks.ts';
import { possibleSteps, takenSteps } from './coverage.ts';
import { readDefinition } from './definition.ts';
import { run, type Case, type Run } from './harness.ts';

/** By title. All cases run at once, so that those that hang do it together. */
let runs: ReadonlyMap<string, Run>;

beforeAll(async () => {
  const entries = allCases.map(async (each) => [each.title, await run(each.given)] as const);
  runs = new Map(await Promise.all(entries));
});

function runOf({ title }: Case): Run {
  const found = runs.get(title);
  if (found === undefined) throw new Error(`nothing ran as "${title}"`);
  return found;
}

/** How often each target was called; those never called are left out. */
function callsOf({ heard }: Run): object {
  const counts = Object.entries(heard).map(([target, calls]) => [target, calls.length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

describe.each(requestGroups)('paths of $of', ({ cases }) => {
  test.each([...cases])('$title', (each) => {
    const did = runOf(each);
    expect(did.output).toEqual(each.answer);
    expect(did.heard.mutator).toEqual(each.recorded);
    expect(callsOf(did)).toEqual(each.calls);
  });
});

describe('paths of the tick', () => {
  test.each([...tickCases])('$title', (each) => {
    const did = runOf(each);
    expect(did.output).toMatchObject({ kind: 'tick', state: each.state });
    expect(did.heard.mutator).toEqual(each.recorded);
    expect(callsOf(did)).toEqual(each.calls);
  });
});

describe('what the targets are told', () => {
  test.each([...tellings])('%s', async (_title, met, heard) => {
    const did = await run(met);
    expect(did.heard).toMatchObject(heard);
  });
});

describe('the cases together', () => {
  test('have a title each', () => {
    expect(new Set(allCases.map(({ title }) => title)).size).toBe(allCases.length);
  });

  test('enter every state, follow every edge, take every Catch, repeat after every error', () => {
    const machine = readDefinition();
    const taken = new Set([...runs.values()].flatMap(({ events }) => takenSteps(machine, events)));
    expect(possibleSteps(machine).filter((step) => !taken.has(step))).toEqual([]);
  });
});
