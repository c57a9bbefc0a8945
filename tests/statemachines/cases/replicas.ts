/** Paths where the row has read replicas: which item a request reads, and what it makes of a replica. */
import { production } from '../../../lib/level/policy.ts';
import { writeReplica } from '../../../lib/level/replica.ts';
import { deployedInput } from '../../../lib/runtime/deployed-input.ts';
import { parseRow } from '../../../lib/store/row.ts';
import { answered, outcome } from '../expected.ts';
import * as given from '../given.ts';
import type { Case, Given, RequestCase } from '../harness.ts';

const { AFTER, DEGRADED, FAILED, FULL, MAINTENANCE, RECEIVED_AT } = given;

const input = {
  readReplicas: 9,
  deployed: deployedInput({ ...production, shield: 'off' }),
  safe: true,
} as const;

/** A replica as it is written, of a row with some numbers and texts; read at once. */
function replica(level: number, more: Readonly<Record<string, number | string>> = {}) {
  const row = {
    currentLevel: level,
    errorCount: 0,
    epoch: given.EPOCH,
    replicaVersion: 3,
    ...more,
  };
  const { set } = writeReplica(parseRow(row).state, production, RECEIVED_AT);
  const attributes = Object.entries(set).map(([name, value]) => [
    name,
    typeof value === 'number' ? { N: String(value) } : { S: value as string },
  ]);
  const key = { PK: { S: `REPLICA#3#${given.INPUT.stateKey}` } };
  return { ...key, ...Object.fromEntries(attributes) } as given.Item;
}

const third = (held: given.Item, met: Given = {}): Given => ({
  input,
  drawnRow: 3,
  // What the row says is another level: who reads it is seen.
  row: given.fullRow(3, 10),
  held,
  ...met,
});

const ofReplica = {
  1: { answer: answered(1, FULL), recorded: [], calls: { replica: 1, full: 1 } },
  2: { answer: answered(2, DEGRADED), recorded: [], calls: { replica: 1, degraded: 1 } },
  3: { answer: answered(3, MAINTENANCE), recorded: [], calls: { replica: 1, maintenance: 1 } },
} as const;

const ofRow = { answer: answered(1, FULL), recorded: [] } as const;

const all = { drawn: [0x00] } as const;
const none = { drawn: [0xff] } as const;

export const replicaCases: readonly RequestCase[] = [
  {
    title: 'the row is one of those that are drawn',
    given: { input, drawnRow: 0, row: given.fullRow(1), held: replica(3) },
    ...ofRow,
    calls: { read: 1, full: 1 },
  },
  {
    title: 'where an engine counts the end in, the row is read once more often',
    given: { input, drawnRow: 10, row: given.fullRow(1), held: replica(3) },
    ...ofRow,
    calls: { read: 1, full: 1 },
  },
  { title: 'a replica at level 1', given: third(replica(1)), ...ofReplica[1] },
  { title: 'a replica at level 2', given: third(replica(2), none), ...ofReplica[2] },
  {
    title: 'a replica at level 3, which claims no probe though none may be under way',
    given: third(replica(3, { probeIntervalMs: 5_000, nextProbeAtMs: given.BEFORE })),
    ...ofReplica[3],
  },
  {
    title: 'a replica of a ramp, by which nobody goes ahead of the dice',
    given: third(replica(2, { rampBelow: given.NONE, nextCanaryAtMs: given.BEFORE })),
    ...ofReplica[2],
  },
  {
    title: 'a replica of a ramp, by which a share tries the full face',
    given: third(replica(2, { rampBelow: '40000000' }), { drawn: [0x00, 0xff] }),
    answer: answered(1, FULL),
    recorded: [],
    calls: { replica: 1, full: 1 },
  },
  {
    title: 'an error that begins a watch, which few of many do by a replica',
    given: third(replica(1), { ...all, full: given.answers(FAILED) }),
    answer: answered(1, FAILED),
    recorded: [outcome(1, 'error', 12)],
    calls: { replica: 1, full: 1, mutator: 1 },
  },
  {
    title: 'an error that begins none, since others do',
    given: third(replica(1), { ...none, full: given.answers(FAILED) }),
    answer: answered(1, FAILED),
    recorded: [],
    calls: { replica: 1, full: 1 },
  },
  ...[0x0f, 0x10].map((byte): RequestCase => {
    const isRecorded = byte < 0x10;
    return {
      title: `after the end of the watch that a replica holds, a draw of ${byte.toString(16)} is ${isRecorded ? 'counted' : 'left out'}`,
      given: third(replica(1, { watchUntilMs: given.BEFORE }), {
        drawn: [byte],
        full: given.answers(FAILED),
      }),
      answer: answered(1, FAILED),
      recorded: isRecorded ? [outcome(1, 'error', 12)] : [],
      calls: { replica: 1, full: 1, ...(isRecorded && { mutator: 1 }) },
    };
  }),
  {
    title: 'a success where a replica is watched',
    given: third(replica(1, { watchUntilMs: AFTER })),
    answer: answered(1, FULL),
    recorded: [outcome(1, 'success', 12)],
    calls: { replica: 1, full: 1, mutator: 1 },
  },
  ...(
    [
      ['that is missing', {}],
      ['that nobody has told for ten ticks', { held: tooOld() }],
      ['that no writer of replicas made', { held: given.fullRow(2) }],
      ['that cannot be read', { replica: given.throws('DynamoDB.InternalServerErrorException') }],
      ['whose read hangs', { replica: given.hangs }],
    ] as const
  ).map(([what, met]): RequestCase => ({
    title: `a replica ${what} is answered by one read of the row`,
    given: { input, drawnRow: 3, row: given.fullRow(1), ...met },
    ...ofRow,
    calls: { replica: 1, read: 1, full: 1 },
  })),
  {
    title: 'a malformed replica is a failed read',
    given: third({ ...replica(2), epoch: { S: '7' } }),
    answer: answered(1, FULL, true),
    recorded: [],
    calls: { replica: 1, full: 1 },
  },
  {
    title: 'an operator past the level reads the row',
    given: { input: { ...input, bypass: true }, drawnRow: 3, row: given.fullRow(3) },
    ...ofRow,
    calls: { read: 1, full: 1 },
  },
];

function tooOld(): given.Item {
  return { ...replica(3), freshUntilMs: { N: String(RECEIVED_AT) } };
}

/** Which item is read. */
export const replicaTellings: readonly [Case['title'], Case['given'], heard: object][] = [
  [
    'the read of a replica asks for its key, eventually consistent',
    third(replica(1)),
    {
      replica: [
        {
          TableName: { Ref: 'ServiceResiliencyTable' },
          Key: { PK: { S: `REPLICA#3#${given.INPUT.stateKey}` } },
          ConsistentRead: false,
        },
      ],
    },
  ],
];
