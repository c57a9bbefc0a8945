/** Paths on which another face than the level's own serves: canaries, exercises, an operator past the level. */
import { answered, crashed, outcome, published } from '../expected.ts';
import * as given from '../given.ts';
import type { RequestCase } from '../harness.ts';

const { AFTER, DEGRADED, EACH, FAILED, FULL, MAINTENANCE, NONE, RECEIVED_AT } = given;
const { REFUSED, REJECTED, rowWith, SLOW } = given;

const safe = { safe: true } as const;
const canary = (result: string, durationMs: number | null) => ({
  ...outcome(2, result, durationMs),
  servedLevel: 1,
});

const ramping = { judge: 'rate', rampBelow: EACH, nextCanaryAtMs: AFTER };
const lucky = { row: rowWith(2, ramping) };
const unlucky = { ...ramping, rampBelow: '00000000' };

const byDegraded = { answer: answered(2, DEGRADED), recorded: [], calls: { read: 1, degraded: 1 } };
const byFull = {
  answer: answered(1, FULL),
  recorded: [canary('success', 12)],
  calls: { read: 1, full: 1, mutator: 1 },
};

const canaries: readonly RequestCase[] = [
  { title: 'a request that is drawn tries the full face at level 2', given: lucky, ...byFull },
  {
    title: 'a request that is not drawn is served degraded, and lifts nothing',
    given: { row: rowWith(2, unlucky) },
    ...byDegraded,
  },
  {
    title: 'no request tries the full face before the dwell is over',
    given: { row: rowWith(2, { ...ramping, quietUntilMs: AFTER }) },
    ...byDegraded,
  },
  {
    title: 'a request tries it from the very end of the dwell',
    given: { row: rowWith(2, { ...ramping, quietUntilMs: RECEIVED_AT }) },
    ...byFull,
  },
  {
    title: 'a safe request tries the full face when a canary is due, whatever is drawn',
    given: { input: safe, row: rowWith(2, { ...unlucky, nextCanaryAtMs: RECEIVED_AT }) },
    ...byFull,
  },
  {
    title: 'another request does not, though a canary is due',
    given: { row: rowWith(2, { ...unlucky, nextCanaryAtMs: RECEIVED_AT }) },
    ...byDegraded,
  },
  {
    title: 'a safe request waits for a canary to be due',
    given: { input: safe, row: rowWith(2, unlucky) },
    ...byDegraded,
  },
  {
    title: 'no canary where level 2 is pinned',
    given: { row: { ...given.pinnedRow(2), ...rowWith(2, ramping), override: { M: {} } } },
    ...byDegraded,
  },
  {
    title: 'no canary where the row says that there is no ramp',
    given: { input: safe, row: rowWith(2, { rampBelow: NONE, quietUntilMs: RECEIVED_AT }) },
    answer: answered(2, DEGRADED),
    recorded: [outcome(2, 'success', 12)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  {
    title: 'counts with a ramp: a success of the degraded face lifts nothing',
    given: { row: rowWith(2, { rampBelow: '00000000', nextCanaryAtMs: AFTER }) },
    ...byDegraded,
  },
  {
    title: 'the ramp of the deployment holds where the row has none',
    given: {
      input: { ...safe, deployed: { ...given.INPUT.deployed, rampBelow: { S: EACH } } },
      row: given.fullRow(2),
    },
    ...byFull,
  },
  {
    title: 'a canary that fails is recorded, and is the answer of a request that is not safe',
    given: { ...lucky, full: given.answers(FAILED) },
    answer: answered(1, FAILED),
    recorded: [canary('error', 12)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'a canary that crashes is recorded',
    given: { ...lucky, full: given.throws() },
    answer: crashed(1),
    recorded: [canary('error', null)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'a canary that is slow is recorded as that',
    given: { ...lucky, full: given.answers(SLOW) },
    answer: answered(1, SLOW),
    recorded: [canary('slow', 12)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'a canary that shows nothing is recorded by nobody',
    given: { ...lucky, full: given.answers(REFUSED) },
    answer: answered(1, REFUSED),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'a canary is drawn by the share of what is counted',
    given: { row: rowWith(2, { ...ramping, sampleUntilMs: AFTER, sampleBelow: NONE }) },
    answer: answered(1, FULL),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
];

const exercising = { row: rowWith(1, { exerciseBelow: EACH }) };
const exercised = { answer: answered(2, DEGRADED), recorded: [], calls: { read: 1, degraded: 1 } };
const insteadFull = {
  answer: answered(1, FULL),
  recorded: [],
  calls: { read: 1, degraded: 1, full: 1 },
};

const exercises: readonly RequestCase[] = [
  {
    title: 'an exercise serves degraded at level 1, and moves nothing',
    given: exercising,
    ...exercised,
  },
  {
    title: 'an exercise of a safe request does so too',
    given: { ...exercising, input: safe },
    ...exercised,
  },
  {
    title: 'a request that is not drawn for it is served in full',
    given: { row: rowWith(1, { exerciseBelow: '00000000' }) },
    answer: answered(1, FULL),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'no exercise where level 1 is pinned',
    given: { row: { ...given.pinnedRow(1), exerciseBelow: { S: EACH } } },
    answer: answered(1, FULL),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'an exercise that fails is the answer of a request that is not safe, and moves nothing',
    given: { ...exercising, degraded: given.answers(FAILED) },
    answer: answered(2, FAILED),
    recorded: [],
    calls: { read: 1, degraded: 1 },
  },
  {
    title: 'an exercise that crashes is published',
    given: { ...exercising, degraded: given.throws() },
    answer: crashed(2),
    recorded: [{ ...published(1, 'error', null), servedLevel: 2 }],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  ...(
    [
      ['fails', given.answers(FAILED)],
      ['shows nothing', given.answers(REJECTED)],
      ['is refused', given.answers(REFUSED)],
      ['crashes', given.throws()],
      ['hangs', given.hangs],
      ['answers null', given.answers(null)],
    ] as const
  ).map(([what, degraded]): RequestCase => ({
    title: `an exercise of a safe request that ${what} is followed by the full face`,
    given: { ...exercising, degraded, input: safe },
    ...insteadFull,
  })),
  {
    title: 'an exercise of a safe request that is slow stands',
    given: { ...exercising, degraded: given.answers(SLOW), input: safe },
    answer: answered(2, SLOW),
    recorded: [],
    calls: { read: 1, degraded: 1 },
  },
  {
    title:
      'a full face that fails after an exercise has no shield: the degraded one has just failed',
    given: {
      row: rowWith(1, { exerciseBelow: EACH, shield: 'all' }),
      degraded: given.throws(),
      full: given.answers(FAILED),
      input: safe,
    },
    answer: answered(1, FAILED),
    recorded: [outcome(1, 'error', 12)],
    calls: { read: 1, degraded: 1, full: 1, mutator: 1 },
  },
];

const past = { bypass: true } as const;

const bypasses: readonly RequestCase[] = [
  ...([1, 2, 3] as const).map((level): RequestCase => ({
    title: `past level ${level} an operator is served in full, and nothing is recorded`,
    given: { input: past, row: given.fullRow(level, 4) },
    answer: answered(1, FULL),
    recorded: [],
    calls: { read: 1, full: 1 },
  })),
  ...([1, 2, 3] as const).map((level): RequestCase => ({
    title: `past a pinned level ${level} too`,
    given: { input: past, row: given.pinnedRow(level) },
    answer: answered(1, FULL),
    recorded: [],
    calls: { read: 1, full: 1 },
  })),
  {
    title: 'past a level that is not known too',
    given: { input: { ...past, failOpenLevel: 3 }, read: given.throws() },
    answer: answered(1, FULL, true),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'past the level, an error is no evidence and has no shield',
    given: {
      input: { ...past, ...safe },
      row: rowWith(1, { shield: 'all' }),
      full: given.answers(FAILED),
    },
    answer: answered(1, FAILED),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'past the level, a crash is published',
    given: { input: past, row: given.fullRow(3), full: given.throws() },
    answer: crashed(1),
    recorded: [{ ...published(3, 'error', null), servedLevel: 1 }],
    calls: { read: 1, full: 1, mutator: 1 },
  },
];

/** An input of before has none of what a policy with a ramp wants. */
const { safe: _safe, bypass: _bypass, deployed: _deployed, trace: _trace, ...before } = given.INPUT;

const olderInputs: readonly RequestCase[] = ([1, 2, 3] as const).map((level) => ({
  title: `an input of before is served at level ${level} as before`,
  given: { whole: before, row: given.fullRow(level, 4) },
  answer: { 1: answered(1, FULL), 2: answered(2, DEGRADED), 3: answered(3, MAINTENANCE) }[level],
  recorded: [{ ...outcome(level, 'success', 12), trace: {} }],
  calls: {
    1: { read: 1, full: 1, mutator: 1 },
    2: { read: 1, degraded: 1, mutator: 1 },
    3: { read: 1, maintenance: 1, probe: 1, mutator: 1 },
  }[level],
}));

export const climbingCases: readonly RequestCase[] = [
  ...canaries,
  ...exercises,
  ...bypasses,
  ...olderInputs,
];
