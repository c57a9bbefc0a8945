/** What each kind of execution may cost: the budgets, counted on the paths that have them. */
import { describe, expect, test } from 'vitest';
import * as given from './given.ts';
import { run, type Given, type Target } from './harness.ts';

const { answers, throws, FAILED, REJECTED, fullRow, minimalRow, pinnedRow } = given;

const tick = { input: { kind: 'tick' } } as const;
const byAlarms = { input: { signals: 'alarms' } } as const;
const allFail = { maintenance: throws(), probe: throws(), mutator: throws() };

/**
 * A read is half a read unit: one item, eventually consistent. Only the mutator writes, at most
 * twice. Invocations are those of all Lambda functions, the mutator's included.
 */
const BUDGETS: readonly [
  kind: string,
  met: Given,
  reads: number,
  mutations: number,
  invocations: number,
][] = [
  ['level 1, no row', {}, 1, 0, 1],
  ['level 1, healthy', { row: fullRow(1) }, 1, 0, 1],
  ['level 1, errors counted', { row: minimalRow(1, 4) }, 1, 1, 2],
  ['error at level 1', { row: fullRow(1), full: answers(FAILED) }, 1, 1, 2],
  ['error at level 2', { row: fullRow(2, 5), degraded: answers(FAILED) }, 1, 1, 2],
  ['rejected input', { row: fullRow(2, 5), degraded: answers(REJECTED) }, 1, 0, 1],
  ['level 2 success', { row: fullRow(2, 5) }, 1, 1, 2],
  ['maintenance, no probe due', { row: pinnedRow(3) }, 1, 0, 1],
  ['maintenance with a probe', { row: fullRow(3, 10) }, 1, 1, 3],
  ['maintenance where everything fails', { row: fullRow(3, 10), ...allFail }, 1, 1, 3],
  ['error at level 1, by alarms', { ...byAlarms, row: fullRow(1), full: answers(FAILED) }, 1, 0, 1],
  ['level 2 success, by alarms', { ...byAlarms, row: fullRow(2, 5) }, 1, 0, 1],
  ['a read that fails', { read: throws() }, 1, 0, 1],
  ['tick at level 1, healthy', { ...tick, row: fullRow(1) }, 1, 1, 1],
  ['tick at level 1, errors counted', { ...tick, row: fullRow(1, 4) }, 1, 1, 1],
  ['tick at level 2', { ...tick, row: fullRow(2, 5) }, 1, 1, 1],
  ['tick at level 3', { ...tick, row: fullRow(3, 10) }, 1, 1, 2],
  ['tick, pinned', { ...tick, row: pinnedRow(3) }, 1, 1, 1],
];

const FUNCTIONS: readonly Target[] = ['full', 'degraded', 'maintenance', 'probe', 'mutator'];

describe('what one execution costs', () => {
  test.each([...BUDGETS])('%s', async (_kind, met, reads, mutations, invocations) => {
    const { heard } = await run(met);
    const invoked = FUNCTIONS.reduce((sum, target) => sum + heard[target].length, 0);
    const counted = { reads: heard.read.length, mutations: heard.mutator.length, invoked };
    expect(counted).toEqual({ reads, mutations, invoked: invocations });
  });
});
