/** Whether an alarm may move a level now: the rule, as a function of the alarm and the row. */
import { hasRamp, type Policy } from '../level/policy.ts';
import { isPinned, type LevelState } from '../level/state.ts';
import type { AlarmMessage } from './alarm-message.ts';
import { windowMsOf, type LevelAlarm, type Signals } from './level-alarms.ts';

/** Why an alarm is acknowledged without a move. */
export type Ignored =
  /** It went to OK or has no data. */
  | 'not-firing'
  /** Its scope is moved by outcomes alone. */
  | 'signals-direct'
  /** The policy climbs on evidence of the full face alone, and a recovery alarm has none. */
  | 'ramp'
  /** The scope is at another level than the one it speaks of: done already, or out of order. */
  | 'other-level'
  /** Its window reaches back before the level began, so its evidence is of another time. */
  | 'old-evidence'
  /** It fired so long ago that its condition may be over; what still holds is notified again. */
  | 'too-old'
  /** It says that it fires a minute from now or later, which no alarm does. */
  | 'future'
  /** An operator holds the level. */
  | 'pinned';

/**
 * How old an alarm may be when it is processed, in milliseconds: queues and people may keep it for
 * days, rearming brings what still holds within a minute.
 */
const MAX_AGE_MS = 15 * 60_000;

/**
 * How far the clocks of CloudWatch and of this process may be apart, in milliseconds. No window is shorter:
 * a message that moved a level is from before the end of the window that begins with that move, so it is
 * old evidence ever after, whatever its date.
 */
const MAX_AHEAD_MS = 60_000;

/** What to do about an alarm. */
export type AlarmVerdict =
  | { readonly kind: 'move' }
  | { readonly kind: 'ignore'; readonly why: Ignored };

/** Whether a policy lets an alarm ask for its move: under a ramp only downwards. */
export function mayMove({ from, to }: Pick<LevelAlarm, 'from' | 'to'>, policy: Policy): boolean {
  return to > from || !hasRamp(policy);
}

/**
 * Judges an alarm against the row as it is now.
 *
 * @param situation.atMs Now, in epoch milliseconds.
 */
export function judgeAlarm(situation: {
  readonly message: AlarmMessage;
  readonly alarm: LevelAlarm;
  readonly signals: Signals;
  readonly state: LevelState;
  /** The policy in force. */
  readonly policy: Policy;
  readonly atMs: number;
}): AlarmVerdict {
  const { message, alarm, signals, state, policy, atMs } = situation;
  if (message.state !== 'ALARM') return { kind: 'ignore', why: 'not-firing' };
  if (signals === 'direct') return { kind: 'ignore', why: 'signals-direct' };
  if (!mayMove(alarm, policy)) return { kind: 'ignore', why: 'ramp' };
  if (isPinned(state, atMs)) return { kind: 'ignore', why: 'pinned' };
  if (state.currentLevel !== alarm.from) return { kind: 'ignore', why: 'other-level' };
  if (atMs - message.changedAtMs > MAX_AGE_MS) return { kind: 'ignore', why: 'too-old' };
  if (message.changedAtMs - atMs >= MAX_AHEAD_MS) return { kind: 'ignore', why: 'future' };
  const beganMs = state.lastTransition === null ? -Infinity : Date.parse(state.lastTransition);
  // Written so that a time that cannot be read is no evidence.
  const isOfThisLevel = message.changedAtMs >= beganMs + windowMsOf(alarm);
  return isOfThisLevel ? { kind: 'move' } : { kind: 'ignore', why: 'old-evidence' };
}
