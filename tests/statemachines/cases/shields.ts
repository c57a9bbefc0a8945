/** Paths of the shield: the degraded face in place of a full one that failed, or refused. */
import { answered, crashed, outcome, published } from '../expected.ts';
import * as given from '../given.ts';
import type { Answer, RequestCase } from '../harness.ts';

const { AFTER, DEGRADED, EACH, FAILED, NONE, REFUSED, REJECTED, rowWith, SLOW } = given;

const safe = { safe: true } as const;
const shielded = (answer: Answer): Answer => ({ ...answer, shielded: true });
const row = rowWith(1, { shield: 'safe' });
const failing = { full: given.answers(FAILED), row };
const once = { read: 1, full: 1, degraded: 1, mutator: 1 };
const asDegraded = {
  answer: shielded(answered(2, DEGRADED)),
  recorded: [outcome(1, 'error', 12)],
  calls: once,
};
const asFailed = {
  answer: answered(1, FAILED),
  recorded: [outcome(1, 'error', 12)],
  calls: { read: 1, full: 1, mutator: 1 },
};

const served: readonly RequestCase[] = [
  { title: 'a safe request is shielded', given: { ...failing, input: safe }, ...asDegraded },
  { title: 'another one is not', given: failing, ...asFailed },
  {
    title: 'where all are shielded, it is',
    given: { ...failing, row: rowWith(1, { shield: 'all' }) },
    ...asDegraded,
  },
  {
    title: 'where none is shielded, a safe one is not',
    given: { ...failing, input: safe, row: rowWith(1, { shield: 'off' }) },
    ...asFailed,
  },
  {
    title: 'a missing row is shielded as deployed',
    given: {
      full: given.answers(FAILED),
      input: { ...safe, deployed: { ...given.INPUT.deployed, shield: { S: 'safe' } } },
    },
    ...asDegraded,
    recorded: [outcome(1, 'error', 12, 0)],
  },
  {
    title: 'a row that cannot be read is shielded as deployed, and nothing is recorded',
    given: {
      read: given.throws(),
      full: given.answers(FAILED),
      input: { ...safe, deployed: { ...given.INPUT.deployed, shield: { S: 'safe' } } },
    },
    answer: shielded(answered(2, DEGRADED, true)),
    recorded: [],
    calls: { read: 1, full: 1, degraded: 1 },
  },
  {
    title: 'the row goes before the deployment',
    given: {
      ...failing,
      row: rowWith(1, { shield: 'off' }),
      input: { ...safe, deployed: { ...given.INPUT.deployed, shield: { S: 'all' } } },
    },
    ...asFailed,
  },
  {
    title: 'a full face that crashes is shielded',
    given: { ...failing, full: given.throws(), input: safe },
    ...asDegraded,
    recorded: [outcome(1, 'error', null)],
  },
  {
    title: 'a full face that refuses is shielded, and nothing is recorded',
    given: { ...failing, full: given.answers(REFUSED), input: safe },
    ...asDegraded,
    recorded: [],
    calls: { read: 1, full: 1, degraded: 1 },
  },
  {
    title: 'one that refuses has not tried, so a request that is not safe is shielded too',
    given: { ...failing, full: given.answers(REFUSED) },
    ...asDegraded,
    recorded: [],
    calls: { read: 1, full: 1, degraded: 1 },
  },
  {
    title: 'where none is shielded, what is refused is not',
    given: { full: given.answers(REFUSED), row: rowWith(1, { shield: 'off' }), input: safe },
    answer: answered(1, REFUSED),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'an input that is rejected is not shielded',
    given: { ...failing, full: given.answers(REJECTED), input: safe },
    answer: answered(1, REJECTED),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'a slow success is an answer, and not shielded',
    given: { ...failing, full: given.answers(SLOW), input: safe },
    answer: answered(1, SLOW),
    recorded: [outcome(1, 'slow', 12)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'a canary that fails is shielded, and recorded as a canary',
    given: {
      full: given.answers(FAILED),
      input: safe,
      row: rowWith(2, { shield: 'safe', judge: 'rate', rampBelow: EACH }),
    },
    ...asDegraded,
    recorded: [{ ...outcome(2, 'error', 12), servedLevel: 1 }],
  },
  {
    title: 'a level that is pinned is shielded all the same, and nothing is recorded',
    given: { ...failing, input: safe, row: { ...given.pinnedRow(1), shield: { S: 'safe' } } },
    ...asDegraded,
    recorded: [],
    calls: { read: 1, full: 1, degraded: 1 },
  },
  {
    title: 'a crash under a pin is published beside the shield',
    given: {
      full: given.throws(),
      input: safe,
      row: { ...given.pinnedRow(1), shield: { S: 'safe' } },
    },
    ...asDegraded,
    recorded: [published(1, 'error', null)],
  },
  {
    title: 'an error that is not drawn is shielded, and not recorded',
    given: {
      ...failing,
      input: safe,
      row: rowWith(1, { shield: 'safe', judge: 'rate', sampleUntilMs: AFTER, sampleBelow: NONE }),
    },
    ...asDegraded,
    recorded: [],
    calls: { read: 1, full: 1, degraded: 1 },
  },
  {
    title: 'a degraded face that finds the input wrong is the answer',
    given: { ...failing, input: safe, degraded: given.answers(REJECTED) },
    ...asDegraded,
    answer: shielded(answered(2, REJECTED)),
  },
];

const noBetter: readonly RequestCase[] = (
  [
    ['throws', given.throws('NoShieldError')],
    ['is throttled', given.throws('Lambda.TooManyRequestsException')],
    ['hangs', given.hangs],
  ] as const
).map(([what, degraded]) => ({
  title: `a degraded face that ${what} leaves the failure as it was`,
  given: { ...failing, input: safe, degraded },
  answer: answered(1, FAILED),
  recorded: [outcome(1, 'error', 12)],
  calls: once,
}));

const unusable: readonly RequestCase[] = (
  [
    ['null', null],
    ['an empty object', {}],
    ['a body that is no text', { ...DEGRADED, body: {} }],
  ] as const
).map(([what, answer]) => ({
  title: `a degraded face that answers ${what} leaves a plain failure`,
  given: { ...failing, input: safe, degraded: given.answers(answer) },
  answer: crashed(1),
  recorded: [outcome(1, 'error', 12)],
  calls: once,
}));

const mutatorFails: readonly RequestCase[] = [
  ...(['Error', 'Lambda.ServiceException'] as const).map((name): RequestCase => ({
    title: `a mutator that fails with ${name} beside the shield changes no answer`,
    given: { ...failing, input: safe, mutator: given.throws(name) },
    ...asDegraded,
  })),
  ...['StoreThrottledError', 'Lambda.TooManyRequestsException'].map((name): RequestCase => ({
    title: `a mutator that fails with ${name} beside the shield is told once more`,
    given: { ...failing, input: safe, mutator: given.throwsOnce(name, null) },
    ...asDegraded,
    recorded: [outcome(1, 'error', 12), outcome(1, 'error', 12)],
    calls: { ...once, mutator: 2 },
  })),
];

export const shieldCases: readonly RequestCase[] = [
  ...served,
  ...noBetter,
  ...unusable,
  ...mutatorFails,
];
