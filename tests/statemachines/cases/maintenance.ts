/** Paths through maintenance: the page, the answer that depends on nothing, the probe beside them. */
import { answered, outcome, published, STATIC_MAINTENANCE } from '../expected.ts';
import * as given from '../given.ts';
import type { RequestCase } from '../harness.ts';

const { MAINTENANCE } = given;

const row = given.fullRow(3, 10);
const onceEach = { read: 1, maintenance: 1, probe: 1, mutator: 1 };

function without(field: keyof given.FaceAnswer): given.Fake {
  const entries = Object.entries(MAINTENANCE).filter(([name]) => name !== field);
  return given.answers(Object.fromEntries(entries));
}

const PROBES: readonly [what: string, fake: given.Fake, result: string][] = [
  ['succeeds', given.answers({ outcome: 'success' }), 'success'],
  ['fails', given.answers({ outcome: 'error' }), 'error'],
  ['says something else', given.answers({ outcome: 'maybe' }), 'error'],
  ['says no outcome', given.answers({}), 'error'],
  ['says yes in another type', given.answers({ outcome: ['success'] }), 'error'],
  ['answers null', given.answers(null), 'error'],
  ['answers a string', given.answers('success'), 'error'],
  ['throws', given.throws(), 'error'],
  ['is throttled', given.throws('Lambda.TooManyRequestsException'), 'error'],
  ['hangs', given.hangs, 'error'],
];

const probes = PROBES.map(([what, probe, result]): RequestCase => ({
  title: `a probe that ${what} is called once and recorded as ${result}`,
  given: { row, probe },
  answer: answered(3, MAINTENANCE),
  recorded: [outcome(3, result, MAINTENANCE.durationMs)],
  calls: onceEach,
}));

const BAD_PAGES: readonly [what: string, fake: given.Fake][] = [
  ['throws', given.throws()],
  ['throws a StoreThrottledError', given.throws('StoreThrottledError')],
  ['cannot be reached', given.throws('Lambda.SdkClientException')],
  ['hangs', given.hangs],
  ['answers null', given.answers(null)],
  ['answers a string', given.answers('closed')],
  ['answers without statusCode', without('statusCode')],
  ['answers without headers', without('headers')],
  ['answers without body', without('body')],
  ['answers without durationMs', without('durationMs')],
  ['answers a body that is no text', given.answers({ ...MAINTENANCE, body: {} })],
  ['answers a statusCode that is no number', given.answers({ ...MAINTENANCE, statusCode: '503' })],
];

const badPages = BAD_PAGES.map(([what, maintenance]): RequestCase => ({
  title: `a maintenance face that ${what} is called once and replaced by the static answer`,
  given: { row, maintenance },
  answer: STATIC_MAINTENANCE,
  recorded: [outcome(3, 'success', null)],
  calls: onceEach,
}));

const { AFTER, NONE, EACH, RECEIVED_AT, rowWith } = given;
const elected = { probeIntervalMs: 5_000, nextProbeAtMs: RECEIVED_AT };
const notProbed = {
  answer: answered(3, MAINTENANCE),
  recorded: [],
  calls: { read: 1, maintenance: 1 },
};
const wasProbed = {
  answer: answered(3, MAINTENANCE),
  recorded: [outcome(3, 'success', MAINTENANCE.durationMs)],
  calls: { ...onceEach, claim: 1 },
};

/** One probe per interval over the fleet. */
const elections: readonly RequestCase[] = [
  {
    title: 'a probe that is due is claimed first',
    given: { row: rowWith(3, elected) },
    ...wasProbed,
  },
  {
    title: 'a probe that is not due is neither claimed nor tried',
    given: { row: rowWith(3, { ...elected, nextProbeAtMs: AFTER }) },
    ...notProbed,
  },
  {
    title: 'the interval of the deployment holds where the row has none',
    given: {
      row: given.fullRow(3),
      input: { deployed: { ...given.INPUT.deployed, probeIntervalMs: { N: '5000' } } },
    },
    ...wasProbed,
  },
  {
    title: 'a row that says that there is no interval probes each time',
    given: {
      row: rowWith(3, { probeIntervalMs: 0 }),
      input: { deployed: { ...given.INPUT.deployed, probeIntervalMs: { N: '5000' } } },
    },
    ...wasProbed,
    calls: onceEach,
  },
  ...(
    [
      ['lost', given.throws('DynamoDB.ConditionalCheckFailedException')],
      ['throttled', given.throws('DynamoDB.ProvisionedThroughputExceededException')],
      ['without an answer', given.hangs],
    ] as const
  ).map(([what, claim]): RequestCase => ({
    title: `a claim that is ${what} probes nothing, and is not repeated`,
    given: { row: rowWith(3, elected), claim },
    ...notProbed,
    calls: { ...notProbed.calls, claim: 1 },
  })),
  {
    title: 'a request that is not drawn claims nothing',
    given: { row: rowWith(3, { ...elected, sampleUntilMs: AFTER, sampleBelow: NONE }) },
    ...notProbed,
  },
  {
    title: 'a request that is drawn claims',
    given: { row: rowWith(3, { ...elected, sampleUntilMs: AFTER, sampleBelow: EACH }) },
    ...wasProbed,
  },
  {
    title: 'a claimed probe that fails is recorded',
    given: { row: rowWith(3, elected), probe: given.throws() },
    ...wasProbed,
    recorded: [outcome(3, 'error', MAINTENANCE.durationMs)],
  },
];

export const maintenanceCases: readonly RequestCase[] = [
  ...probes,
  ...elections,
  ...badPages,
  {
    title: 'a probe that shows nothing is recorded by nobody',
    given: { row, probe: given.answers({ outcome: 'none' }) },
    answer: answered(3, MAINTENANCE),
    recorded: [],
    calls: { read: 1, maintenance: 1, probe: 1 },
  },
  {
    title: 'a maintenance face needs no outcome: it never counts',
    given: { row, maintenance: without('outcome') },
    answer: answered(3, MAINTENANCE),
    recorded: [outcome(3, 'success', MAINTENANCE.durationMs)],
    calls: onceEach,
  },
  {
    title: 'a maintenance face that claims an error does not make one',
    given: { row, maintenance: given.answers({ ...MAINTENANCE, outcome: 'error' }) },
    answer: answered(3, MAINTENANCE),
    recorded: [outcome(3, 'success', MAINTENANCE.durationMs)],
    calls: onceEach,
  },
  {
    title: 'a throttled maintenance face is called once more',
    given: {
      row,
      maintenance: given.throwsOnce('Lambda.TooManyRequestsException', MAINTENANCE),
    },
    answer: answered(3, MAINTENANCE),
    recorded: [outcome(3, 'success', MAINTENANCE.durationMs)],
    calls: { ...onceEach, maintenance: 2 },
  },
  {
    title: 'a maintenance face that is throttled twice is replaced by the static answer',
    given: { row, maintenance: given.throws('Lambda.TooManyRequestsException') },
    answer: STATIC_MAINTENANCE,
    recorded: [outcome(3, 'success', null)],
    calls: { ...onceEach, maintenance: 2 },
  },
  {
    title: 'the static answer is given even if the probe and the mutator fail too',
    given: {
      row,
      maintenance: given.throws(),
      probe: given.throws(),
      mutator: given.throws(),
    },
    answer: STATIC_MAINTENANCE,
    recorded: [outcome(3, 'error', null)],
    calls: onceEach,
  },
  {
    title: 'the static answer is marked where the read failed too',
    given: {
      read: given.throws(),
      maintenance: given.throws(),
      input: { failOpenLevel: 3 },
    },
    answer: { ...STATIC_MAINTENANCE, failOpen: true },
    recorded: [published(3, 'none', null, { epoch: 0, failOpen: true })],
    calls: { read: 1, maintenance: 1, mutator: 1 },
  },
];
