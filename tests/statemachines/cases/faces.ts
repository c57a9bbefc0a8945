/** Paths that the full and the degraded face decide: outcomes, unusable answers, failures. */
import { answered, crashed, outcome } from '../expected.ts';
import * as given from '../given.ts';
import type { Given, RequestCase } from '../harness.ts';

const { DEGRADED, FAILED, FULL, REJECTED } = given;

const outcomes: readonly RequestCase[] = [
  {
    title: 'a success at level 1 with no errors counted is not recorded',
    given: { row: given.fullRow(1) },
    answer: answered(1, FULL),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'a success at level 1 with errors counted is recorded',
    given: { row: given.fullRow(1, 4) },
    answer: answered(1, FULL),
    recorded: [outcome(1, 'success', 12)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'an error at level 1 is recorded',
    given: { row: given.fullRow(1), full: given.answers(FAILED) },
    answer: answered(1, FAILED),
    recorded: [outcome(1, 'error', 12)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'a rejected input at level 1 is not recorded',
    given: { row: given.fullRow(1, 4), full: given.answers(REJECTED) },
    answer: answered(1, REJECTED),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'a success at level 2 is recorded, though no errors are counted',
    given: { row: given.fullRow(2) },
    answer: answered(2, DEGRADED),
    recorded: [outcome(2, 'success', 12)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  {
    title: 'an error at level 2 is recorded',
    given: { row: given.fullRow(2, 5), degraded: given.answers(FAILED) },
    answer: answered(2, FAILED),
    recorded: [outcome(2, 'error', 12)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  {
    title: 'a rejected input at level 2 is not recorded',
    given: { row: given.fullRow(2, 5), degraded: given.answers(REJECTED) },
    answer: answered(2, REJECTED),
    recorded: [],
    calls: { read: 1, degraded: 1 },
  },
];

/** Bodies that a careless hand-over would change. */
const BODIES: readonly [what: string, body: unknown][] = [
  ['null', null],
  ['false', false],
  ['0', 0],
  ['an empty string', ''],
  ['an empty list', []],
  ['a list of lists', [[1, [2]], []]],
  ['Spanish, an emoji and U+2028', { message: 'señal 🦔 \u2028' }],
  ['a quote', { message: 'the field "order" is missing' }],
  ['a line break', { message: 'one\ntwo' }],
  ['a backslash', { path: 'C:\\temp' }],
  ['something like a path', { 'a.$': '$.stateKey', b: 'States.UUID()', $: '$$.Execution.Name' }],
];

const bodies = BODIES.map(([what, body]): RequestCase => {
  const answer = { ...FULL, body: JSON.stringify(body) };
  return {
    title: `a body that is ${what} reaches the client as it is`,
    given: { full: given.answers(answer) },
    answer: answered(1, answer),
    recorded: [],
    calls: { read: 1, full: 1 },
  };
});

/** The levels with a face that does work. */
const WORKING = [
  { level: 1, face: 'full', good: FULL },
  { level: 2, face: 'degraded', good: DEGRADED },
] as const;

type Working = (typeof WORKING)[number];

/** Everything that is no answer, as a fake of the face. */
function failuresOf({ good }: Working): [what: string, fake: given.Fake][] {
  const incomplete = Object.keys(good).map((field): [string, given.Fake] => {
    const entries = Object.entries(good).filter(([name]) => name !== field);
    return [`answers without ${field}`, given.answers(Object.fromEntries(entries))];
  });
  return [
    ...incomplete,
    ['answers a statusCode that is no number', given.answers({ ...good, statusCode: '200' })],
    ['answers a body that is no text', given.answers({ ...good, body: {} })],
    ['answers a statusCode of null', given.answers({ ...good, statusCode: null })],
    ['answers null', given.answers(null)],
    ['answers an empty object', given.answers({})],
    ['answers a string', given.answers('fine')],
    ['answers a list', given.answers([good])],
    ['throws', given.throws()],
    ['throws a StoreThrottledError', given.throws('StoreThrottledError')],
    ['cannot be reached', given.throws('Lambda.SdkClientException')],
    ['fails within Lambda', given.throws('Lambda.ServiceException')],
    ['times out within Lambda', given.throws('Sandbox.Timedout')],
    ['hangs', given.hangs],
  ];
}

const failures = WORKING.flatMap((working) =>
  failuresOf(working).map(([what, fake]): RequestCase => {
    const { level, face } = working;
    return {
      title: `a ${face} face that ${what} is called once, an error at level ${level}`,
      given: { row: given.fullRow(level, 3), [face]: fake } satisfies Given,
      answer: crashed(level),
      recorded: [outcome(level, 'error', null)],
      calls: { read: 1, [face]: 1, mutator: 1 },
    };
  }),
);

const throttled = WORKING.flatMap(({ level, face, good }): RequestCase[] => [
  {
    title: `a throttled ${face} face is called once more`,
    given: {
      row: given.fullRow(level, 3),
      [face]: given.throwsOnce('Lambda.TooManyRequestsException', good),
    },
    answer: answered(level, good),
    recorded: [outcome(level, 'success', 12)],
    calls: { read: 1, [face]: 2, mutator: 1 },
  },
  {
    title: `a ${face} face that is throttled twice is an error at level ${level}`,
    given: {
      row: given.fullRow(level, 3),
      [face]: given.throws('Lambda.TooManyRequestsException'),
    },
    answer: crashed(level),
    recorded: [outcome(level, 'error', null)],
    calls: { read: 1, [face]: 2, mutator: 1 },
  },
]);

export const faceCases: readonly RequestCase[] = [
  ...outcomes,
  ...bodies,
  ...failures,
  ...throttled,
];
