/** Paths after the answer: overrides that keep it from being recorded, a mutator that fails. */
import { answered, crashed, outcome, published } from '../expected.ts';
import * as given from '../given.ts';
import type { RequestCase } from '../harness.ts';

const { DEGRADED, FAILED, MAINTENANCE, RECEIVED_AT } = given;

/** What happens at each level that would be recorded if no override stood in the way. */
const EVENTS = [
  {
    level: 1,
    met: { full: given.answers(FAILED) },
    answer: answered(1, FAILED),
    recorded: [outcome(1, 'error', 12)],
    calls: { read: 1, full: 1 },
    unpinned: { read: 1, full: 1, mutator: 1 },
  },
  {
    level: 2,
    met: {},
    answer: answered(2, DEGRADED),
    recorded: [outcome(2, 'success', 12)],
    calls: { read: 1, degraded: 1 },
    unpinned: { read: 1, degraded: 1, mutator: 1 },
  },
  {
    level: 3,
    met: {},
    answer: answered(3, MAINTENANCE),
    recorded: [outcome(3, 'success', MAINTENANCE.durationMs)],
    calls: { read: 1, maintenance: 1 },
    unpinned: { read: 1, maintenance: 1, probe: 1, mutator: 1 },
  },
] as const;

const pins = EVENTS.flatMap(({ level, met, answer, recorded, calls, unpinned }): RequestCase[] => {
  const inForce = { answer, recorded: [], calls };
  const expired = { answer, recorded, calls: unpinned };
  const pinned = (untilMs?: number) => ({ ...met, row: given.pinnedRow(level, untilMs) });
  return [
    { title: `level ${level} pinned without an end`, given: pinned(), ...inForce },
    {
      title: `level ${level} pinned for another millisecond`,
      given: pinned(RECEIVED_AT + 1),
      ...inForce,
    },
    { title: `level ${level} whose pin ends now`, given: pinned(RECEIVED_AT), ...expired },
    { title: `level ${level} whose pin has ended`, given: pinned(RECEIVED_AT - 1), ...expired },
  ];
});

const crashes: readonly RequestCase[] = [
  {
    title: 'a full face that crashes while the level is pinned',
    given: { row: given.pinnedRow(1), full: given.throws() },
    answer: crashed(1),
    recorded: [published(1, 'error', null)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'a degraded face that crashes while the level is pinned',
    given: { row: given.pinnedRow(2), degraded: given.throws() },
    answer: crashed(2),
    recorded: [published(2, 'error', null)],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
];

const crashesOpen: readonly RequestCase[] = [
  {
    title: 'a full face that crashes while the level is not known',
    given: { read: given.throws(), full: given.throws() },
    answer: crashed(1, true),
    recorded: [published(1, 'error', null, { epoch: 0, failOpen: true })],
    calls: { read: 1, full: 1, mutator: 1 },
  },
];

const byAlarms = { input: { signals: 'alarms' } } as const;
const publishedOnly = (level: number, result: string, durationMs: number | null) =>
  published(level, result, durationMs, byAlarms.input);

const underAlarms: readonly RequestCase[] = [
  {
    title: 'an error is recorded by nobody where alarms decide',
    given: { ...byAlarms, row: given.fullRow(1), full: given.answers(FAILED) },
    answer: answered(1, FAILED),
    recorded: [],
    calls: { read: 1, full: 1 },
  },
  {
    title: 'a success at level 2 is recorded by nobody where alarms decide',
    given: { ...byAlarms, row: given.fullRow(2, 5) },
    answer: answered(2, DEGRADED),
    recorded: [],
    calls: { read: 1, degraded: 1 },
  },
  {
    title: 'a face that crashed is published where alarms decide',
    given: { ...byAlarms, row: given.fullRow(1), full: given.throws() },
    answer: crashed(1),
    recorded: [publishedOnly(1, 'error', null)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
  {
    title: 'a probe is published where alarms decide',
    given: { ...byAlarms, row: given.fullRow(3, 10), probe: given.answers({ outcome: 'error' }) },
    answer: answered(3, MAINTENANCE),
    recorded: [publishedOnly(3, 'error', MAINTENANCE.durationMs)],
    calls: { read: 1, maintenance: 1, probe: 1, mutator: 1 },
  },
  {
    title: 'an outcome is recorded where both decide',
    given: { input: { signals: 'both' }, row: given.fullRow(2, 5) },
    answer: answered(2, DEGRADED),
    recorded: [{ ...outcome(2, 'success', 12), signals: 'both' }],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
];

const row = given.fullRow(2, 5);
const told = outcome(2, 'success', 12);
const answer = answered(2, DEGRADED);

const failures = [
  ['fails', given.throws()],
  ['cannot be reached', given.throws('Lambda.SdkClientException')],
  ['fails within Lambda', given.throws('Lambda.ServiceException')],
  ['times out within Lambda', given.throws('Sandbox.Timedout')],
  ['loses the table', given.throws('StoreUnavailableError')],
  ['hangs', given.hangs],
] as const;

const notRepeated = failures.map(([what, mutator]): RequestCase => ({
  title: `a mutator that ${what} is called once, and the answer unchanged`,
  given: { row, mutator },
  answer,
  recorded: [told],
  calls: { read: 1, degraded: 1, mutator: 1 },
}));

const repeated = ['StoreThrottledError', 'Lambda.TooManyRequestsException'].flatMap(
  (name): RequestCase[] => [
    {
      title: `a mutator that fails with ${name} is called once more`,
      given: { row, mutator: given.throwsOnce(name, null) },
      answer,
      recorded: [told, told],
      calls: { read: 1, degraded: 1, mutator: 2 },
    },
    {
      title: `a mutator that fails with ${name} twice is given up, and the answer unchanged`,
      given: { row, mutator: given.throws(name) },
      answer,
      recorded: [told, told],
      calls: { read: 1, degraded: 1, mutator: 2 },
    },
  ],
);

const unchanged: readonly RequestCase[] = [
  {
    title: 'what the mutator answers changes nothing',
    given: { row, mutator: given.answers({ statusCode: 500, body: 'x', served: null }) },
    answer,
    recorded: [told],
    calls: { read: 1, degraded: 1, mutator: 1 },
  },
  {
    title: 'the answer to an error is unchanged by a mutator that fails',
    given: { full: given.answers(FAILED), mutator: given.throws() },
    answer: answered(1, FAILED),
    recorded: [outcome(1, 'error', 12, 0)],
    calls: { read: 1, full: 1, mutator: 1 },
  },
];

export const recordingCases: readonly RequestCase[] = [
  ...pins,
  ...crashes,
  ...crashesOpen,
  ...underAlarms,
  ...notRepeated,
  ...repeated,
  ...unchanged,
];
