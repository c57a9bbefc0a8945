/** The rows that actors meet at under a rate: just below each threshold, and with a step left undone. */
import type { Level } from '../../lib/level/level.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { EARLIER, NOW_MS } from './steps.ts';

const SLOT = (NOW_MS / 1_000).toString(36);
const OLD_SUCCESSES = `O${(NOW_MS / 1_000 - 5).toString(36)}`;

/** The names of now. */
const [ERRORS, SUCCESSES, WEIGHT, FIRST] = [
  `E${SLOT}`,
  `O${SLOT}`,
  `W${SLOT}`,
  `F${SLOT}`,
] as const;

const rowAt = (currentLevel: Level, more: Item): Item => ({
  PK: 'SYSTEM_STATE',
  currentLevel,
  errorCount: 0,
  successCount: 0,
  epoch: 3,
  lastUpdated: EARLIER,
  ...more,
});

const WATCHED = { watchSinceMs: NOW_MS - 5_000, watchUntilMs: NOW_MS + 15_000, okMs: 12 };
const DWELL = {
  dwellMs: 30_000,
  quietUntilMs: NOW_MS + 9_000,
  rampStep: 0,
  stepSinceMs: NOW_MS + 9_000,
};

/** A row whose policy learns: 0.5 % of 2,000 were errors. */
const LEARNING = {
  policy: { deviationPercent: 5 },
  learnedErrors: 10,
  learnedRequests: 2_000,
  learnedUntilMs: NOW_MS - 9_000,
};

const step = (rampStep: number, more: Item): Item => {
  const since = { stepSinceMs: NOW_MS - 10_000, quietUntilMs: NOW_MS - 40_000 };
  return { dwellMs: 30_000, rampStep, rampBelow: '40000000', ...since, ...more };
};

const MAINTAINED = { dwellMs: 30_000, quietUntilMs: NOW_MS, probeIntervalMs: 5_000 };

/** Each by what is nearly so. */
export const RATE_STARTS: readonly (readonly [string, Item | undefined])[] = [
  ['level 1, nothing was ever written', undefined],
  ['level 1, nobody watches', rowAt(1, { okMs: 12, watchUntilMs: NOW_MS })],
  ['level 1, one error below a run', rowAt(1, { ...WATCHED, run: 4, [ERRORS]: 4 })],
  [
    'level 1, one outcome below a rate',
    rowAt(1, { ...WATCHED, run: 1, [ERRORS]: 10, [SUCCESSES]: 9 }),
  ],
  ['level 1, one error below a rate', rowAt(1, { ...WATCHED, [ERRORS]: 9, [SUCCESSES]: 27 })],
  [
    'level 1, one below an early verdict',
    rowAt(1, { ...WATCHED, run: 6, [ERRORS]: 6, [OLD_SUCCESSES]: 900 }),
  ],
  [
    'level 1, one error below what is far from ordinary, with slots to learn',
    rowAt(1, { ...WATCHED, ...LEARNING, [ERRORS]: 9, [SUCCESSES]: 90, [OLD_SUCCESSES]: 80 }),
  ],
  [
    'level 2, the last step one outcome short, with as many errors as are ordinary',
    rowAt(2, { ...step(2, { canaryOk: 77, canaryErrors: 2 }), ...LEARNING }),
  ],
  ['level 1, a fall left undone', rowAt(1, { ...WATCHED, run: 20, [ERRORS]: 20 })],
  [
    'level 1, one below the mark of a share',
    rowAt(1, { ...WATCHED, [ERRORS]: 5, [SUCCESSES]: 194, [WEIGHT]: 199, [FIRST]: NOW_MS - 900 }),
  ],
  [
    'level 1, one below a rate and the mark of a share',
    rowAt(1, {
      ...WATCHED,
      run: 2,
      [ERRORS]: 49,
      [SUCCESSES]: 150,
      [WEIGHT]: 199,
      [FIRST]: NOW_MS - 900,
    }),
  ],
  [
    'level 2 in the dwell, one error below a run',
    rowAt(2, { ...WATCHED, ...DWELL, run: 4, [ERRORS]: 4 }),
  ],
  [
    'level 2 in the dwell, one error below a rate',
    rowAt(2, { ...WATCHED, ...DWELL, [ERRORS]: 19, [SUCCESSES]: 20 }),
  ],
  ['level 2, a first step one outcome short', rowAt(2, step(0, { canaryOk: 19 }))],
  [
    'level 2, a first step one error below bad',
    rowAt(2, step(0, { canaryOk: 6, canaryErrors: 2, canaryRun: 1 })),
  ],
  [
    'level 2, a later step one error below bad',
    rowAt(2, step(1, { canaryOk: 6, canaryErrors: 2, canaryRun: 2 })),
  ],
  ['level 2, the last step one outcome short', rowAt(2, step(2, { canaryOk: 19 }))],
  [
    'level 2, the last step, with as many errors as may be',
    rowAt(2, step(2, { canaryOk: 17, canaryErrors: 2 })),
  ],
  ['level 2, a climb left undone', rowAt(2, step(2, { canaryOk: 30 }))],
  [
    'level 2, a retreat left undone',
    rowAt(2, step(1, { canaryOk: 3, canaryErrors: 3, canaryRun: 3 })),
  ],
  [
    'level 2, the last step, while the degraded face fails',
    rowAt(2, { ...WATCHED, ...step(2, { canaryOk: 19 }), run: 4, [ERRORS]: 4 }),
  ],
  [
    'level 3, a probe is due and is the last that is missing',
    rowAt(3, { ...MAINTAINED, nextProbeAtMs: NOW_MS, successCount: 2 }),
  ],
  ['level 3, no probe was ever claimed', rowAt(3, { quietUntilMs: NOW_MS - 1, successCount: 1 })],
  [
    'level 3, no probe is due',
    rowAt(3, { ...MAINTAINED, nextProbeAtMs: NOW_MS + 1, successCount: 2 }),
  ],
  [
    'level 3, a climb left undone',
    rowAt(3, { ...MAINTAINED, nextProbeAtMs: NOW_MS + 1, successCount: 3 }),
  ],
  [
    'level 3 in the dwell, with all the probes that are needed',
    rowAt(3, { ...MAINTAINED, quietUntilMs: NOW_MS + 1, nextProbeAtMs: NOW_MS, successCount: 3 }),
  ],
  [
    'level 2, pinned',
    rowAt(2, { ...step(2, { canaryOk: 30 }), override: { reason: 'drill', untilMs: NOW_MS + 1 } }),
  ],
  [
    'level 2, a pin has run out',
    rowAt(2, { ...step(2, { canaryOk: 19 }), override: { reason: 'drill', untilMs: NOW_MS } }),
  ],
];
