/** What each kind of execution may cost: the budgets, counted on the paths that have them. */
import { describe, expect, test } from 'vitest';
import { production } from '../../lib/level/policy.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import * as given from './given.ts';
import { run, type Given, type Target } from './harness.ts';

const { answers, throws, AFTER, BEFORE, FAILED, NONE, REFUSED, REJECTED } = given;
const { fullRow, minimalRow, pinnedRow, rowWith } = given;

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

const PRODUCTION = { ...given.INPUT.deployed, ...deployedInput(production) };
const asDeployed = { input: { deployed: PRODUCTION, safe: true } } as const;
const tickAsDeployed = { input: { kind: 'tick', deployed: PRODUCTION, safe: true } } as const;
const on = (level: number, more: Readonly<Record<string, number | string>> = {}): Given => ({
  ...asDeployed,
  row: rowWith(level, more),
});
const watched = { watchUntilMs: AFTER };
const sampled = { ...watched, sampleUntilMs: AFTER, sampleBelow: NONE };
const dwell = { quietUntilMs: AFTER, rampBelow: '0ccccccc' };
const ramp = { quietUntilMs: BEFORE, rampBelow: '0ccccccc', nextCanaryAtMs: BEFORE };
const fullFails = { full: answers(FAILED) };

/** The same under `production`; a claim is a write of the workflow's own, lost or not. */
const OF_PRODUCTION: readonly [
  kind: string,
  met: Given,
  claims: number,
  mutations: number,
  invocations: number,
][] = [
  ['level 1, no row', asDeployed, 0, 0, 1],
  ['level 1, healthy', on(1), 0, 0, 1],
  ['level 1, errors of counts on it', on(1, { errorCount: 4 }), 0, 0, 1],
  ['level 1, watched', on(1, watched), 0, 1, 2],
  ['level 1, watched, not drawn', on(1, sampled), 0, 0, 1],
  ['error at level 1, shielded', { ...on(1), ...fullFails }, 0, 1, 3],
  ['error at level 1, shielded, not drawn', { ...on(1, sampled), ...fullFails }, 0, 0, 2],
  ['refused at level 1, shielded', { ...on(1), full: answers(REFUSED) }, 0, 0, 2],
  ['level 2 in the dwell', on(2, dwell), 0, 0, 1],
  ['level 2 in the dwell, watched', on(2, { ...dwell, ...watched }), 0, 1, 2],
  ['level 2, a canary', on(2, ramp), 0, 1, 2],
  ['level 2, a canary that fails', { ...on(2, ramp), ...fullFails }, 0, 1, 3],
  ['maintenance, no probe due', on(3, { nextProbeAtMs: AFTER }), 0, 0, 1],
  ['maintenance with a probe', on(3, { nextProbeAtMs: BEFORE }), 1, 1, 3],
  [
    'maintenance, the probe is another’s',
    { ...on(3), claim: throws('DynamoDB.ConditionalCheckFailedException') },
    1,
    0,
    1,
  ],
  [
    'an operator past the level',
    { ...on(3), input: { ...asDeployed.input, bypass: true } },
    0,
    0,
    1,
  ],
  ['tick at level 1', { ...tickAsDeployed, row: rowWith(1, {}) }, 0, 1, 1],
  ['tick at level 2, nothing due', { ...tickAsDeployed, row: rowWith(2, dwell) }, 0, 2, 2],
  [
    'tick at level 2, the full probe due',
    { ...tickAsDeployed, row: rowWith(2, ramp), due: answers({ probe: 'full' }) },
    0,
    2,
    3,
  ],
  [
    'tick at level 3, the probe due',
    { ...tickAsDeployed, row: rowWith(3, {}), due: answers({ probe: 'degraded' }) },
    0,
    2,
    3,
  ],
];

const FUNCTIONS: readonly Target[] = [
  'full',
  'degraded',
  'maintenance',
  'probe',
  'fullProbe',
  'due',
  'mutator',
];

describe('what one execution costs', () => {
  test.each([...BUDGETS])('%s', async (_kind, met, reads, mutations, invocations) => {
    const { heard } = await run(met);
    const invoked = FUNCTIONS.reduce((sum, target) => sum + heard[target].length, 0);
    const counted = { reads: heard.read.length, mutations: heard.mutator.length, invoked };
    expect(counted).toEqual({ reads, mutations, invoked: invocations });
  });

  test.each([...OF_PRODUCTION])(
    'under production: %s',
    async (_kind, met, claims, mutations, invocations) => {
      const { heard } = await run(met);
      const invoked = FUNCTIONS.reduce((sum, target) => sum + heard[target].length, 0);
      expect({
        reads: heard.read.length,
        claims: heard.claim.length,
        mutations: heard.mutator.length + heard.due.length,
        invoked,
      }).toEqual({ reads: 1, claims, mutations, invoked: invocations });
    },
  );
});
