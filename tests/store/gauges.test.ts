/** The numbers of a row under a rate, as metrics have them: each level has what it waits for, and nothing else. */
import { expect, test } from 'vitest';
import { adaptive, classic, production, type Policy } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';
import { gaugesOf } from '../../lib/store/status.ts';

const AT_MS = 1_000_000;
const WATCHED = { WindowRequests: 0, SampleOneIn: 1 };

const cases: readonly [
  what: string,
  policy: Policy,
  state: Partial<LevelState>,
  gauges: Readonly<Record<string, number>>,
][] = [
  ['a count of errors has no window', classic, { currentLevel: 1, errorCount: 3 }, {}],
  ['level 1 waits for nothing', production, { currentLevel: 1 }, WATCHED],
  [
    'a share is told while it is in force',
    production,
    { currentLevel: 1, sampleOneIn: 8, sampleUntilMs: AT_MS + 1 },
    { WindowRequests: 0, SampleOneIn: 8 },
  ],
  ['too little was seen to say what is ordinary', adaptive, { currentLevel: 1 }, WATCHED],
  [
    'what is ordinary was learned, and what level 1 falls from by it',
    adaptive,
    { currentLevel: 1, learnedErrors: 300, learnedRequests: 10_000 },
    { ...WATCHED, OrdinaryErrorRate: 3, ThresholdErrorRate: 9 },
  ],
  [
    'level 2 waits for its dwell, and climbs by the first step',
    production,
    { currentLevel: 2, quietUntilMs: AT_MS + 4_000, rampBelow: '40000000' },
    { ...WATCHED, DwellLeft: 4_000, RampStep: 1, RampShare: 25 },
  ],
  [
    'a dwell that is over has nothing left',
    production,
    { currentLevel: 2, quietUntilMs: AT_MS - 1, rampStep: 2 },
    { ...WATCHED, DwellLeft: 0, RampStep: 3, RampShare: 50 },
  ],
  [
    'level 3 waits for its probe',
    production,
    { currentLevel: 3, probeIntervalMs: 10_000, nextProbeAtMs: AT_MS + 7_000 },
    { ...WATCHED, ProbeInterval: 10_000, NextProbe: 7_000 },
  ],
];

test.each(cases)('%s', (_what, policy, given, gauges) => {
  const state = { ...INITIAL_STATE, ...given };
  expect(gaugesOf({ state, policy, atMs: AT_MS })).toEqual(gauges);
});
