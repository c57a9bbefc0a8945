/** Paths that the state read decides: every kind of row, no row, a read that fails. */
import { answered, outcome } from '../expected.ts';
import * as given from '../given.ts';
import type { Case, RequestCase } from '../harness.ts';

const { DEGRADED, FAILED, FULL, MAINTENANCE, RECEIVED_AT } = given;

const served = {
  1: { answer: answered(1, FULL), recorded: [], calls: { read: 1, full: 1 } },
  2: {
    answer: answered(2, DEGRADED),
    recorded: [outcome(2, 'success', 12)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  3: {
    answer: answered(3, MAINTENANCE),
    recorded: [outcome(3, 'success', given.MAINTENANCE.durationMs)],
    calls: { read: 1, maintenance: 1, probe: 1, mutator: 1 },
  },
} as const;

const wellFormed: readonly RequestCase[] = [
  { title: 'a missing row is level 1 without errors', given: {}, ...served[1] },
  { title: 'an empty row is level 1 without errors', given: { row: {} }, ...served[1] },
  {
    title: 'a missing row has epoch 0',
    given: { full: given.answers(FAILED) },
    answer: answered(1, FAILED),
    recorded: [outcome(1, 'error', 12, 0)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  { title: 'a minimal row at level 1', given: { row: given.minimalRow(1) }, ...served[1] },
  {
    title: 'a minimal row at level 2 has epoch 0',
    given: { row: given.minimalRow(2, 5) },
    ...served[2],
    recorded: [outcome(2, 'success', 12, 0)],
  },
  {
    title: 'a minimal row at level 3 has epoch 0',
    given: { row: given.minimalRow(3, 10) },
    ...served[3],
    recorded: [outcome(3, 'success', given.MAINTENANCE.durationMs, 0)],
  },
  { title: 'a full row at level 1', given: { row: given.fullRow(1) }, ...served[1] },
  { title: 'a full row at level 2', given: { row: given.fullRow(2, 5) }, ...served[2] },
  { title: 'a full row at level 3', given: { row: given.fullRow(3, 10) }, ...served[3] },
];

const openAt = {
  1: { answer: answered(1, FULL, true), calls: { read: 1, full: 1 } },
  2: { answer: answered(2, DEGRADED, true), calls: { read: 1, degraded: 1 } },
  3: { answer: answered(3, MAINTENANCE, true), calls: { read: 1, maintenance: 1 } },
} as const;

const malformations: readonly [what: string, attributes: given.Item][] = [
  ['currentLevel is a string', { currentLevel: { S: '2' } }],
  ['currentLevel is null', { currentLevel: { NULL: true } }],
  ['currentLevel is 7', { currentLevel: { N: '7' } }],
  ['currentLevel is 0', { currentLevel: { N: '0' } }],
  ['currentLevel is 1.5', { currentLevel: { N: '1.5' } }],
  ['currentLevel is -2', { currentLevel: { N: '-2' } }],
  ['currentLevel is 2E0', { currentLevel: { N: '2E0' } }],
  ['errorCount is a string', { errorCount: { S: '0' } }],
  ['errorCount is a list', { errorCount: { L: [{ N: '0' }] } }],
  ['epoch is a string', { epoch: { S: '7' } }],
  ['epoch is a map', { epoch: { M: { N: { N: '7' } } } }],
  ['override is a string', { override: { S: 'drill' } }],
  ['override is null', { override: { NULL: true } }],
  ['override is a list', { override: { L: [] } }],
  ['override.untilMs is a string', { override: { M: { untilMs: { S: String(RECEIVED_AT) } } } }],
  ['override.untilMs is null', { override: { M: { untilMs: { NULL: true } } } }],
  ...['1.5', '-1', '-0.5', '1E2', '1e2'].flatMap((number): [string, given.Item][] => [
    [`errorCount is ${number}`, { errorCount: { N: number } }],
    [`epoch is ${number}`, { epoch: { N: number } }],
    [`override.untilMs is ${number}`, { override: { M: { untilMs: { N: number } } } }],
  ]),
];

const malformed = malformations.map(([what, attributes]): RequestCase => ({
  title: `a row whose ${what} is a failed read: served open, nothing recorded`,
  given: { row: { ...given.fullRow(2, 5), ...attributes } },
  ...openAt[1],
  recorded: [],
}));

const malformedAndPinned = malformations
  .filter(([, attributes]) => !('override' in attributes))
  .map(([what, attributes]): RequestCase => ({
    title: `a row whose ${what} is a failed read, though it is pinned without an end`,
    given: { row: { ...given.pinnedRow(2), ...attributes } },
    ...openAt[1],
    recorded: [],
  }));

const failures = [
  ['fails', { read: given.throws('DynamoDB.InternalServerErrorException') }],
  ['is throttled', { read: given.throws('DynamoDB.ProvisionedThroughputExceededException') }],
  ['hangs', { read: given.hangs }],
] as const;

const failedReads = failures.flatMap(([what, met]) =>
  ([1, 2, 3] as const).map((failOpenLevel): RequestCase => ({
    title: `a read that ${what} is not repeated, and served at failOpenLevel ${failOpenLevel}`,
    given: { ...met, input: { failOpenLevel } },
    recorded: [],
    ...openAt[failOpenLevel],
  })),
);

const failedOpen: readonly RequestCase[] = [
  {
    title: 'an error served open is not recorded',
    given: { read: given.throws(), full: given.answers(FAILED) },
    answer: answered(1, FAILED, true),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'an error of the degraded face served open is not recorded',
    given: {
      read: given.throws(),
      degraded: given.answers(FAILED),
      input: { failOpenLevel: 2 },
    },
    answer: answered(2, FAILED, true),
    recorded: [],
    calls: { read: 1, degraded: 1 },
  },
];

export const rowCases: readonly RequestCase[] = [
  ...wellFormed,
  ...malformed,
  ...malformedAndPinned,
  ...failedReads,
  ...failedOpen,
];

/** What the faces are told, beside the answer that their case expects. */
export const tellings: readonly [Case['title'], Case['given'], heard: object][] = [
  ['the full face is told that the level is known', {}, { full: [told(false)] }],
  ['the full face is told of serving open', { read: given.throws() }, { full: [told(true)] }],
  [
    'the degraded face is told of serving open',
    { read: given.throws(), input: { failOpenLevel: 2 } },
    { degraded: [told(true)] },
  ],
  [
    'the maintenance face and the probe are told the same request',
    { row: given.fullRow(3, 10) },
    { maintenance: [told(false)], probe: [{ ...told(false), probe: true }] },
  ],
  [
    'the probe of a tick is told what the tick began with',
    { row: given.fullRow(3, 10), input: { kind: 'tick' } },
    { probe: [{ ...told(false), probe: true }] },
  ],
  [
    'the read asks for the key of the scope, eventually consistent',
    {},
    {
      read: [
        {
          TableName: { Ref: 'ServiceResiliencyTable' },
          Key: { PK: { S: given.INPUT.stateKey } },
          ConsistentRead: false,
        },
      ],
    },
  ],
];

function told(failOpen: boolean): object {
  const { scope, trace, request } = given.INPUT;
  return { scope, executionId: given.EXECUTION_ID, failOpen, trace, request };
}
