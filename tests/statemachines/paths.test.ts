/** Every path of the deployed state machine, through the interpreter, against fake targets. */
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { allCases, requestGroups } from './cases.ts';
import { replicaTellings } from './cases/replicas.ts';
import { tellings } from './cases/rows.ts';
import { tickCases } from './cases/ticks.ts';
import { callsOf, outcomesOf } from './expected.ts';
import { possibleSteps, takenSteps } from './coverage.ts';
import { readDefinition } from './definition.ts';
import { RECEIVED_AT } from './given.ts';
import { drawAsGiven, run, type Case, type Run } from './harness.ts';

/** By title. All cases run at once, so that those that hang do it together. */
let runs: ReadonlyMap<string, Run>;

beforeAll(async () => {
  drawAsGiven();
  const entries = allCases.map(async (each) => [each.title, await run(each.given)] as const);
  runs = new Map(await Promise.all(entries));
  vi.restoreAllMocks();
});

function runOf({ title }: Case): Run {
  const found = runs.get(title);
  if (found === undefined) throw new Error(`nothing ran as "${title}"`);
  return found;
}

describe.each(requestGroups)('paths of $of', ({ cases }) => {
  test.each([...cases])('$title', (each) => {
    const did = runOf(each);
    expect(did.output).toEqual(each.answer);
    expect(outcomesOf(did)).toEqual(each.recorded);
    expect(callsOf(did)).toEqual(each.calls);
  });
});

describe('paths of the tick', () => {
  test.each([...tickCases])('$title', (each) => {
    const did = runOf(each);
    expect(did.output).toMatchObject({ kind: 'tick', state: each.state });
    expect(outcomesOf(did)).toEqual(each.recorded);
    expect(callsOf(did)).toEqual(each.calls);
  });
});

describe('what the targets are told', () => {
  test.each([...tellings, ...replicaTellings])('%s', async (_title, met, heard) => {
    drawAsGiven();
    onTestFinished(() => void vi.restoreAllMocks());
    const did = await run(met);
    expect(did.heard).toMatchObject(heard);
  });
});

test('the mutator and the maintenance face know the row as it was read, and when', () => {
  for (const each of allCases) {
    const { heard } = runOf(each);
    for (const payload of [...heard.mutator, ...heard.due, ...heard.maintenance] as Told[]) {
      // Where it could not be understood, there is none to know.
      const ofReplica = heard.read.length === 0 ? each.given.held : undefined;
      const row = payload.failOpen ? {} : (ofReplica ?? each.given.row ?? {});
      expect(payload).toMatchObject({ receivedAt: RECEIVED_AT });
      expect([each.title, payload.row]).toEqual([each.title, row]);
    }
  }
});

interface Told {
  readonly failOpen: boolean;
  readonly row: unknown;
}

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
