/** Paths of a row whose policy judges a rate: what is recorded, and of how many. */
import { answered, outcome } from '../expected.ts';
import * as given from '../given.ts';
import type { RequestCase } from '../harness.ts';

const { AFTER, BEFORE, DEGRADED, EACH, FAILED, FULL, NONE, RECEIVED_AT, rowWith, SLOW } = given;

const rate = { judge: 'rate' };
const watched = { ...rate, watchUntilMs: AFTER };
const failing = { full: given.answers(FAILED) };

type More = Readonly<Record<string, number | string>>;

/** [what the row says, its attributes, what the full face does, whether it is recorded] */
const AT_LEVEL_1: readonly [string, More, 'success' | 'error' | 'slow', boolean][] = [
  ['nothing', rate, 'success', false],
  ['errors of another judge', { ...rate, errorCount: 3 }, 'success', false],
  ['a watch that ends now', { ...rate, watchUntilMs: RECEIVED_AT }, 'success', false],
  ['a watch', watched, 'success', true],
  ['an error without a success since', { ...rate, run: 1, watchUntilMs: BEFORE }, 'success', true],
  ['nothing', rate, 'error', true],
  ['a watch', watched, 'error', true],
  ['nothing', rate, 'slow', true],
  ['a share of all', { ...watched, sampleUntilMs: AFTER, sampleBelow: EACH }, 'error', true],
  ['a share of none', { ...watched, sampleUntilMs: AFTER, sampleBelow: NONE }, 'error', false],
  ['a share of none', { ...watched, sampleUntilMs: AFTER, sampleBelow: NONE }, 'success', false],
  [
    'a share of none that ends now',
    { ...watched, sampleUntilMs: RECEIVED_AT, sampleBelow: NONE },
    'success',
    true,
  ],
  [
    'a share of all and caution',
    { ...watched, cautionUntilMs: AFTER, sampleUntilMs: AFTER, sampleBelow: EACH },
    'error',
    true,
  ],
  [
    'a share of none and caution',
    { ...watched, cautionUntilMs: AFTER, sampleUntilMs: AFTER, sampleBelow: NONE },
    'error',
    false,
  ],
];

const ANSWERS = { success: FULL, error: FAILED, slow: SLOW };

const atLevel1 = AT_LEVEL_1.map(([what, more, result, isRecorded]): RequestCase => ({
  title: `a rate: ${result} at level 1 where the row says ${what} is ${isRecorded ? '' : 'not '}recorded`,
  given: { row: rowWith(1, more), full: given.answers(ANSWERS[result]) },
  answer: answered(1, ANSWERS[result]),
  recorded: isRecorded ? [outcome(1, result, 12)] : [],
  calls: { read: 1, full: 1, ...(isRecorded && { mutator: 1 }) },
}));

/** A watch that begins counts one in sixteen: the first draw is below, the second is not. */
const caution = [0x0f, 0x10].map((byte): RequestCase => {
  const isRecorded = byte < 0x10;
  return {
    title: `a rate: caution ${isRecorded ? 'counts' : 'leaves out'} a draw of ${byte.toString(16)}`,
    given: { row: rowWith(1, { ...watched, cautionUntilMs: AFTER }), drawn: [byte], ...failing },
    answer: answered(1, FAILED),
    recorded: isRecorded ? [outcome(1, 'error', 12)] : [],
    calls: { read: 1, full: 1, ...(isRecorded && { mutator: 1 }) },
  };
});

const atLevel2: readonly RequestCase[] = [
  {
    title: 'a rate: success at level 2 that nobody counts is not recorded',
    given: { row: rowWith(2, rate) },
    answer: answered(2, DEGRADED),
    recorded: [],
    calls: { read: 1, degraded: 1 },
  },
  {
    title: 'a rate: success at level 2 under a watch is recorded',
    given: { row: rowWith(2, watched) },
    answer: answered(2, DEGRADED),
    recorded: [outcome(2, 'success', 12)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  {
    title: 'a rate: error at level 2 is recorded',
    given: { row: rowWith(2, rate), degraded: given.answers(FAILED) },
    answer: answered(2, FAILED),
    recorded: [outcome(2, 'error', 12)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  {
    title: 'counts with a dwell: success at level 2 lifts nothing before its end',
    given: { row: rowWith(2, { quietUntilMs: AFTER }) },
    answer: answered(2, DEGRADED),
    recorded: [],
    calls: { read: 1, degraded: 1 },
  },
  {
    title: 'counts with a dwell: success at level 2 is recorded from its end on',
    given: { row: rowWith(2, { quietUntilMs: RECEIVED_AT }) },
    answer: answered(2, DEGRADED),
    recorded: [outcome(2, 'success', 12)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
];

export const rateCases: readonly RequestCase[] = [...atLevel1, ...caution, ...atLevel2];
