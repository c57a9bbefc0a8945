/** Paths of the tick: what it leaves alone, what it probes, what it hands to the mutator. */
import { tick } from '../expected.ts';
import * as given from '../given.ts';
import type { TickCase } from '../harness.ts';

const { EPOCH, RECEIVED_AT } = given;

const FOREVER = Number.MAX_SAFE_INTEGER;
const calledOnce = { calls: { read: 1, mutator: 1 } };

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

/** The mutator reads the row itself, and says what is wrong with it. */
const unknown = (level: number) => ({
  recorded: [{ ...tick(level, 'none', 0), failOpen: true }],
  ...calledOnce,
});

const notProbed: readonly TickCase[] = [
  {
    title: 'a tick at level 1 without errors publishes the level',
    given: { row: given.fullRow(1) },
    state: known({ level: 1 }),
    recorded: [tick(1, 'none')],
    ...calledOnce,
  },
  {
    title: 'a tick without a row publishes the level',
    given: {},
    state: known({ level: 1, epoch: 0 }),
    recorded: [tick(1, 'none', 0)],
    ...calledOnce,
  },
  {
    title: 'a tick says where alarms decide',
    given: { row: given.fullRow(3), input: { signals: 'alarms' } },
    state: known({ level: 3 }),
    recorded: [{ ...tick(3, 'success'), signals: 'alarms' }],
    calls: { read: 1, probe: 1, mutator: 1 },
  },
  ...[1, 2, 3].flatMap((level): TickCase[] => [
    {
      title: `a tick whose read fails probes nothing, failOpenLevel ${level} or not`,
      given: { read: given.throws(), input: { failOpenLevel: level as 1 | 2 | 3 } },
      state: { ...UNKNOWN, level },
      ...unknown(level),
    },
  ]),
  {
    title: 'a tick whose read hangs probes nothing',
    given: { read: given.hangs },
    state: { ...UNKNOWN, level: 1 },
    ...unknown(1),
  },
  ...['7', '0', '1.5'].map((level): TickCase => ({
    title: `a tick on a row at level ${level} probes nothing`,
    given: { row: { ...given.fullRow(2, 5), currentLevel: { N: level } } },
    state: { ...UNKNOWN, level: 1 },
    ...unknown(1),
  })),
  ...[{ S: '7' }, { N: '7.5' }, { N: '-7' }].map((epoch): TickCase => ({
    title: `a tick on a row whose epoch is ${JSON.stringify(epoch)} probes nothing`,
    given: { row: { ...given.fullRow(2), epoch } },
    state: { ...UNKNOWN, level: 1 },
    ...unknown(1),
  })),
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

const due = (what: unknown) => ({ due: given.answers({ probe: what }) });
const elected = given.rowWith(3, { probeIntervalMs: 5_000 });
const ramping = given.rowWith(2, { rampBelow: '0ccccccc' });
const asked = { read: 1, due: 1, mutator: 1 };
const canary = (result: string) => ({ ...tick(2, result), servedLevel: 1 });

/** Where something is due for the whole fleet, the mutator says to whom. */
const claimed: readonly TickCase[] = [
  {
    title: 'a tick that has the probe of level 3 tries it',
    given: { row: elected, ...due('degraded') },
    state: known({ level: 3 }),
    recorded: [tick(3, 'success')],
    calls: { ...asked, probe: 1 },
  },
  {
    title: 'a tick that has not tries nothing',
    given: { row: elected, ...due('none') },
    state: known({ level: 3 }),
    recorded: [tick(3, 'none')],
    calls: asked,
  },
  ...(
    [
      ['null', given.answers(null)],
      ['nothing that is known', given.answers({ probe: 'all' })],
      ['an error', given.throws()],
      ['nothing in time', given.hangs],
    ] as const
  ).map(([what, answer]): TickCase => ({
    title: `a tick that is told ${what} tries nothing`,
    given: { row: elected, due: answer },
    state: known({ level: 3 }),
    recorded: [tick(3, 'none')],
    calls: asked,
  })),
  ...(
    [
      ['succeeds', given.answers({ outcome: 'success' }), 'success'],
      ['fails', given.answers({ outcome: 'error' }), 'error'],
      ['says nothing', given.answers({}), 'error'],
      ['throws', given.throws(), 'error'],
      ['hangs', given.hangs, 'error'],
    ] as const
  ).map(([what, fullProbe, result]): TickCase => ({
    title: `a tick at level 2 with a probe of the full face that ${what}`,
    given: { row: ramping, fullProbe, ...due('full') },
    state: known({ level: 2 }),
    recorded: [canary(result)],
    calls: { ...asked, fullProbe: 1 },
  })),
  {
    title: 'a tick at level 2 where the full face has no probe',
    given: { row: ramping, fullProbe: given.answers({ outcome: 'none' }), ...due('full') },
    state: known({ level: 2 }),
    recorded: [tick(2, 'none')],
    calls: { ...asked, fullProbe: 1 },
  },
];

const cases = [...notProbed, ...healed, ...probed, ...claimed, ...mutatorFails];

export const tickCases: readonly TickCase[] = cases.map((each) => ({
  ...each,
  given: { ...each.given, input: { ...each.given.input, kind: 'tick' } },
}));
