/** Read replicas and the workflow agree: what it acts on is what they hold, and without them nothing is otherwise. */
import { expect, test } from 'vitest';
import { AS_ON_THE_ROW, NEVER_MS, OTHERWISE } from '../../lib/level/replica.ts';
import { comeBackAfter } from '../../lib/services/come-back.ts';
import { allStates, readDefinition } from './definition.ts';
import * as given from './given.ts';
import { run } from './harness.ts';

const definition = readDefinition();

test('a replica has each attribute that the workflow reads of a row, and no other is read', () => {
  const text = JSON.stringify(definition);
  const read = [...text.matchAll(/\$\.read\.row\.(\w+)/g)].map(([, name = '']) => name);
  expect(new Set(read)).toEqual(new Set([...AS_ON_THE_ROW, ...OTHERWISE]));
});

test('what is prepared with a replica is what is prepared without', () => {
  const { Prepare: plain, PrepareReplica: replica } = Object.fromEntries(allStates(definition));
  const { 'read.$': _read, 'freshUntilMs.$': _fresh, ...others } = parametersOf(replica);
  expect(others).toEqual(parametersOf(plain));
});

const parametersOf = (state: unknown) =>
  (state as { readonly Parameters: Readonly<Record<string, unknown>> }).Parameters;

test('without replicas, and before there were any, an execution goes through the same states as ever', async () => {
  const { readReplicas: _none, ...before } = given.INPUT;
  const met = { row: given.fullRow(1) };
  const paths = [await run(met), await run({ ...met, whole: before })].map(({ events }) =>
    events.flatMap((event) =>
      event.type === 'StateEntered' && 'state' in event ? [event.state.name] : [],
    ),
  );
  const path =
    'Given Prepare ReadState ItemOrNothing AddDefaults CheckRow CheckOverride Normalise Route Full CheckAnswer RecordOutcome Respond'.split(
      ' ',
    );
  expect(paths).toEqual([path, path]);
});

test('whoever read a replica in maintenance is asked to come back in a minute: only the row knows the next probe', () => {
  const row = { nextProbeAtMs: { N: String(NEVER_MS) } };
  expect(comeBackAfter({ row, receivedAt: given.RECEIVED_AT }, 0.5)).toBe(60);
});
