/** When an alarm may move a level: a table, and what no alarm can do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeAlarm } from '../../lib/alarms/judge.ts';
import { levelAlarms, type LevelAlarm } from '../../lib/alarms/level-alarms.ts';
import { bank, production, type Policy } from '../../lib/level/policy.ts';
import { INITIAL_STATE, type LevelState } from '../../lib/level/state.ts';

const BEGAN_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE_MS = 60_000;
/** Three periods, any one of which may be the one that fired. */
const WINDOW_MS = 3 * MINUTE_MS;
const alarms = { errorRate: [0.25, 0.5], minRequests: 20, periodS: 60, periods: 1 } as const;
const scoped = { stage: 'dev', scope: 'account', alarms, policy: bank };
const [level1, level2, probes, streak] = levelAlarms(scoped) as [
  LevelAlarm,
  LevelAlarm,
  LevelAlarm,
  LevelAlarm,
];

const row = (more: Partial<LevelState>): LevelState => ({
  ...INITIAL_STATE,
  lastTransition: new Date(BEGAN_MS).toISOString(),
  ...more,
});

function judge(given: {
  readonly alarm?: LevelAlarm;
  readonly row?: Partial<LevelState>;
  readonly afterMs?: number;
  readonly ageMs?: number;
  readonly state?: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly signals?: 'direct' | 'alarms' | 'both';
  readonly policy?: Policy;
}) {
  const { alarm = level1, afterMs = WINDOW_MS, ageMs = 1_000 } = given;
  const { state = 'ALARM', signals = 'alarms' } = given;
  const changedAtMs = BEGAN_MS + afterMs;
  const message = { alarmName: alarm.name, state, reason: '', changedAtMs };
  const verdict = judgeAlarm({
    message,
    alarm,
    signals,
    state: row(given.row ?? {}),
    policy: given.policy ?? bank,
    atMs: changedAtMs + ageMs,
  });
  return verdict.kind === 'move' ? 'move' : verdict.why;
}

describe('an alarm', () => {
  test.each([
    ['moves the level that it speaks of', {}, 'move'],
    ['moves under both signals', { signals: 'both' }, 'move'],
    ['moves nothing where outcomes alone decide', { signals: 'direct' }, 'signals-direct'],
    ['moves nothing when it is over', { state: 'OK' }, 'not-firing'],
    ['moves nothing without data', { state: 'INSUFFICIENT_DATA' }, 'not-firing'],
    ['moves nothing at a level further down', { row: { currentLevel: 2 } }, 'other-level'],
    ['moves level 2 down', { alarm: level2, row: { currentLevel: 2 } }, 'move'],
    ['moves nothing at a level further up', { alarm: level2 }, 'other-level'],
    ['moves level 1 down under a ramp', { policy: production }, 'move'],
    [
      'moves nothing up under a ramp',
      { policy: production, alarm: streak, row: { currentLevel: 2 } },
      'ramp',
    ],
    ['moves level 2 up', { alarm: streak, row: { currentLevel: 2 } }, 'move'],
    ['counts from the very end of its window', { afterMs: WINDOW_MS }, 'move'],
    ['moves nothing a moment earlier', { afterMs: WINDOW_MS - 1 }, 'old-evidence'],
    ['moves nothing that began after it', { afterMs: -1 }, 'old-evidence'],
    [
      'has the window of its probes',
      { alarm: probes, row: { currentLevel: 3 }, afterMs: 3 * WINDOW_MS - 1 },
      'old-evidence',
    ],
    [
      'moves level 3 up at the end of that window',
      { alarm: probes, row: { currentLevel: 3 }, afterMs: 3 * WINDOW_MS },
      'move',
    ],
    ['moves a level that never changed', { row: { lastTransition: null }, afterMs: 0 }, 'move'],
    [
      'moves nothing whose beginning cannot be read',
      { row: { lastTransition: 'long ago' } },
      'old-evidence',
    ],
    ['moves the level a quarter of an hour later', { ageMs: 15 * MINUTE_MS }, 'move'],
    ['moves nothing after that', { ageMs: 15 * MINUTE_MS + 1 }, 'too-old'],
    ['moves the level if it is almost a minute ahead', { ageMs: 1 - MINUTE_MS }, 'move'],
    ['moves nothing further ahead', { ageMs: -MINUTE_MS }, 'future'],
    ['moves nothing an hour ahead', { ageMs: -60 * MINUTE_MS }, 'future'],
    ['moves no pinned level', { row: { override: { reason: 'drill' } } }, 'pinned'],
    [
      'moves a level whose pin has expired',
      { row: { override: { reason: 'drill', untilMs: BEGAN_MS } } },
      'move',
    ],
  ] as const)('%s', (_words, given, expected) => {
    expect(judge(given)).toBe(expected);
  });

  test('moves no level twice, whatever its date and whenever it comes again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(level1, level2, probes, streak),
        fc.integer({ min: 0, max: 20 * MINUTE_MS }),
        fc.integer({ min: -90 * MINUTE_MS, max: 20 * MINUTE_MS }),
        fc.integer({ min: 0, max: 30 * MINUTE_MS }),
        fc.integer({ min: -90 * MINUTE_MS, max: 20 * MINUTE_MS }),
        (alarm, afterMs, ageMs, backAfterMs, againAgeMs) => {
          fc.pre(judge({ alarm, row: { currentLevel: alarm.from }, afterMs, ageMs }) === 'move');
          // The level was moved by it, and is back: on the clock of whoever brought it back.
          const movedAtMs = BEGAN_MS + afterMs + ageMs;
          const lastTransition = new Date(movedAtMs + 1 + backAfterMs).toISOString();
          const again = { alarm, afterMs, ageMs: againAgeMs };
          const back = { currentLevel: alarm.from, lastTransition };
          expect(judge({ ...again, row: back })).not.toBe('move');
        },
      ),
    );
  });

  test('never moves on evidence from before the level began', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(level1, level2, probes, streak),
        fc.constantFrom(1, 2, 3),
        fc.integer({ min: -10 * MINUTE_MS, max: 10 * MINUTE_MS }),
        (alarm, currentLevel, afterMs) => {
          const moved = judge({ alarm, row: { currentLevel }, afterMs }) === 'move';
          const windowMs = alarm.periodS * alarm.periods * 1_000;
          expect(moved).toBe(currentLevel === alarm.from && afterMs >= windowMs);
        },
      ),
    );
  });
});
