/** Paths of the tick: what it leaves alone, what it probes, what it hands to the mutator. */
import { tick } from '../expected.ts';
import * as given from '../given.ts';
import type { TickCase } from '../harness.ts';

const { EPOCH, RECEIVED_AT } = given;

const FOREVER = Number.MAX_SAFE_INTEGER;
const onlyRead = { recorded: [], calls: { read: 1 } };

interface Read {
  readonly level: number;
  readonly errorCount?: number;
  readonly epoch?: number;
  readonly pinnedUntilMs?: number;
}

const known = (read: Read) => ({
  failOpen: false,
  errorCount: 0,
  epoch: EPOCH,
  pinnedUntilMs: 0,
  ...read,
});

const UNKNOWN = { failOpen: true, errorCount: 0, epoch: 0, pinnedUntilMs: FOREVER };

const leftAlone: readonly TickCase[] = [
  {
    title: 'a tick at level 1 without errors costs one read and no invocation',
    given: { row: given.fullRow(1) },
    state: known({ level: 1 }),
    ...onlyRead,
  },
  {
    title: 'a tick without a row costs one read and no invocation',
    given: {},
    state: known({ level: 1, epoch: 0 }),
    ...onlyRead,
  },
  ...[1, 2, 3].flatMap((level): TickCase[] => [
    {
      title: `a tick whose read fails does nothing, failOpenLevel ${level} or not`,
      given: { read: given.throws(), input: { failOpenLevel: level as 1 | 2 | 3 } },
      state: { ...UNKNOWN, level },
      ...onlyRead,
    },
  ]),
  {
    title: 'a tick whose read hangs does nothing',
    given: { read: given.hangs },
    state: { ...UNKNOWN, level: 1 },
    ...onlyRead,
  },
  ...['7', '0', '1.5'].map((level): TickCase => ({
    title: `a tick on a row at level ${level} does nothing`,
    given: { row: { ...given.fullRow(2, 5), currentLevel: { N: level } } },
    state: { ...UNKNOWN, level: 1 },
    ...onlyRead,
  })),
  {
    title: 'a tick on a malformed row does nothing',
    given: { row: { ...given.fullRow(2), epoch: { S: '7' } } },
    state: { ...UNKNOWN, level: 1 },
    ...onlyRead,
  },
];

const healed: readonly TickCase[] = [
  {
    title: 'a tick at level 1 with errors',
    given: { row: given.fullRow(1, 5) },
    state: known({ level: 1, errorCount: 5 }),
    recorded: [tick(1, 'none')],
    calls: { read: 1, mutator: 1 },
  },
  {
    title: 'a tick at level 2',
    given: { row: given.fullRow(2, 5) },
    state: known({ level: 2, errorCount: 5 }),
    recorded: [tick(2, 'none')],
    calls: { read: 1, mutator: 1 },
  },
  {
    title: 'a tick at level 2 without errors',
    given: { row: given.fullRow(2) },
    state: known({ level: 2 }),
    recorded: [tick(2, 'none')],
    calls: { read: 1, mutator: 1 },
  },
  {
    title: 'a tick at level 2 on a row that says no epoch',
    given: { row: given.minimalRow(2, 5) },
    state: known({ level: 2, errorCount: 5, epoch: 0 }),
    recorded: [tick(2, 'none', 0)],
    calls: { read: 1, mutator: 1 },
  },
  ...[1, 2, 3].flatMap((level) =>
    // The schedule's clock is not asked: the mutator judges, and nothing probes before it did.
    [undefined, RECEIVED_AT - 1, RECEIVED_AT, RECEIVED_AT + 1].map((untilMs): TickCase => ({
      title: `a tick at level ${level} with an override until ${untilMs} leaves it to the mutator`,
      given: { row: given.pinnedRow(level, untilMs) },
      state: known({ level, pinnedUntilMs: untilMs ?? FOREVER }),
      recorded: [tick(level, 'none')],
      calls: { read: 1, mutator: 1 },
    })),
  ),
];

const PROBES: readonly [what: string, fake: given.Fake, result: string][] = [
  ['succeeds', given.answers({ outcome: 'success' }), 'success'],
  ['fails', given.answers({ outcome: 'error' }), 'error'],
  ['says no outcome', given.answers({}), 'error'],
  ['says something else', given.answers({ outcome: 'none' }), 'error'],
  ['answers null', given.answers(null), 'error'],
  ['throws', given.throws(), 'error'],
  ['is throttled', given.throws('Lambda.TooManyRequestsException'), 'error'],
  ['hangs', given.hangs, 'error'],
];

const row = given.fullRow(3, 10);
const state = known({ level: 3, errorCount: 10 });

const probed = PROBES.map(([what, probe, result]): TickCase => ({
  title: `a tick at level 3 with a probe that ${what} probes once and records ${result}`,
  given: { row, probe },
  state,
  recorded: [tick(3, result)],
  calls: { read: 1, probe: 1, mutator: 1 },
}));

const told = tick(3, 'success');

const mutatorFails: readonly TickCase[] = [
  ...(['Error', 'Lambda.ServiceException', 'Sandbox.Timedout'] as const).map((name): TickCase => ({
    title: `a tick whose mutator fails with ${name} is not repeated`,
    given: { row, mutator: given.throws(name) },
    state,
    recorded: [told],
    calls: { read: 1, probe: 1, mutator: 1 },
  })),
  {
    title: 'a tick whose mutator hangs ends all the same',
    given: { row, mutator: given.hangs },
    state,
    recorded: [told],
    calls: { read: 1, probe: 1, mutator: 1 },
  },
  ...['StoreThrottledError', 'Lambda.TooManyRequestsException'].map((name): TickCase => ({
    title: `a tick whose mutator fails with ${name} tells it once more, and probes once`,
    given: { row, mutator: given.throwsOnce(name, null) },
    state,
    recorded: [told, told],
    calls: { read: 1, probe: 1, mutator: 2 },
  })),
  {
    title: 'a tick whose mutator is throttled twice gives up',
    given: { row, mutator: given.throws('StoreThrottledError') },
    state,
    recorded: [told, told],
    calls: { read: 1, probe: 1, mutator: 2 },
  },
];

const cases = [...leftAlone, ...healed, ...probed, ...mutatorFails];

export const tickCases: readonly TickCase[] = cases.map((each) => ({
  ...each,
  given: { ...each.given, input: { ...each.given.input, kind: 'tick' } },
}));
