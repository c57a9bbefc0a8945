/** The workflow decides as lib/level/route.ts does, for any row, request and draw: simulations and guards rest on it. */
import fc from 'fast-check';
import { beforeEach, expect, test, vi } from 'vitest';
import { directivesOf } from '../../lib/level/directives.ts';
import { boundOf } from '../../lib/level/draw.ts';
import { classic, production, type Policy } from '../../lib/level/policy.ts';
import { isRecorded, planOf, type Plan } from '../../lib/level/route.ts';
import { deployedInput } from '../../lib/runtime/deployed-input.ts';
import { seenRow } from '../../lib/store/seen-row.ts';
import * as given from './given.ts';
import { drawAsGiven, run, type Run } from './harness.ts';

beforeEach(() => {
  drawAsGiven();
  return () => vi.restoreAllMocks();
});

const { RECEIVED_AT } = given;

const time = fc.constantFrom(0, RECEIVED_AT - 1, RECEIVED_AT, RECEIVED_AT + 1);
const bound = fc.constantFrom('g', '0', ...[0.05, 0.25, 0.5].map(boundOf));
const number = (...values: number[]) => fc.constantFrom(...values);

/** What a row may say, each of it or not. */
const attributes = fc.record(
  {
    errorCount: number(0, 3),
    judge: fc.constantFrom('counts', 'rate'),
    run: number(0, 2),
    watchUntilMs: time,
    cautionUntilMs: time,
    cautionFromMs: time,
    sampleUntilMs: time,
    sampleBelow: bound,
    exerciseBelow: bound,
    rampBelow: bound,
    quietUntilMs: time,
    nextCanaryAtMs: time,
    nextProbeAtMs: time,
    probeIntervalMs: number(0, 5_000),
  },
  { requiredKeys: [] },
);

const situations = fc.record({
  level: fc.constantFrom(1 as const, 2 as const, 3 as const),
  attributes,
  pinnedUntilMs: fc.option(time, { nil: undefined, freq: 3 }),
  deployed: fc.constantFrom<Policy>(
    classic,
    production,
    { ...production, exerciseDegradedPercent: 5 },
    { ...classic, ramp: [25], dwellMs: 1_000 },
  ),
  safe: fc.boolean(),
  bypass: fc.nat(5).map((dice) => dice === 0),
  outcome: fc.constantFrom('success', 'slow', 'error', 'none'),
  drawn: fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
});

const ANSWERS = {
  success: given.FULL,
  slow: given.SLOW,
  error: given.FAILED,
  none: given.REJECTED,
} as const;

/** What an execution did, in the words of a plan. */
function didOf({ heard }: Run): { readonly plan: object; readonly records: boolean } {
  const face = (['full', 'degraded', 'maintenance'] as const).find(
    (each) => heard[each].length > 0,
  );
  const isProbed = heard.probe.length > 0;
  const probe = heard.claim.length > 0 ? 'claim' : isProbed ? 'each' : 'none';
  const records = heard.mutator.some((payload) => (payload as { record: boolean }).record);
  return { plan: { face, probe }, records };
}

test('for any row, request and draw', { timeout: 90_000 }, async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(situations, async (situation) => {
    const { level, pinnedUntilMs, safe, bypass, outcome, drawn } = situation;
    const override = { override: { M: { untilMs: { N: String(pinnedUntilMs) } } } };
    const row = {
      ...given.rowWith(level, situation.attributes),
      ...(pinnedUntilMs !== undefined && override),
    };
    // No shield: which face is in question, not which follows.
    const deployed = { ...situation.deployed, shield: 'off' } as const;
    const answer = given.answers(ANSWERS[outcome]);
    const did = didOf(
      await run({
        row,
        drawn,
        input: { safe, bypass, deployed: deployedInput(deployed) },
        full: answer,
        // An exercise that fails would be followed by the full face.
        degraded: level === 1 ? given.answers(given.DEGRADED) : answer,
        probe: given.answers({ outcome: outcome === 'slow' ? 'error' : outcome }),
      }),
    );
    const state = seenRow(row, { level, epoch: given.EPOCH });
    const draws = drawn.map((byte) => byte.toString(16).padStart(2, '0').repeat(4));
    const draw = () => draws.shift() ?? '';
    const words = directivesOf(deployed);
    const plan = planOf(state, words, { safe, bypass }, RECEIVED_AT, draw);
    const counts = resultOf(plan, outcome);
    const records = isRecorded(state, words, plan, counts, RECEIVED_AT, draw);
    const { face, probe } = plan;
    expect(did).toEqual({ plan: { face, probe }, records });
    seen.add(`${level} ${face} ${probe} ${records}`);
  });
  await fc.assert(property, { numRuns: 800 });
  // Every way was gone, or the test would say nothing of it.
  expect([...seen].toSorted()).toEqual(WAYS);
});

function resultOf({ face, probe }: Plan, outcome: keyof typeof ANSWERS) {
  if (face === 'maintenance' && probe === 'none') return 'none';
  if (outcome === 'none') return 'none';
  return outcome === 'success' ? 'success' : 'error';
}

const WAYS = [
  '1 degraded none false',
  '1 full none false',
  '1 full none true',
  '2 degraded none false',
  '2 degraded none true',
  '2 full none false',
  '2 full none true',
  '3 full none false',
  '3 maintenance claim false',
  '3 maintenance claim true',
  '3 maintenance each false',
  '3 maintenance each true',
  '3 maintenance none false',
];
