/** Turns an alarm into a transition: one read, a verdict, at most one fenced write. */
import { moveLevel } from '../level/writes.ts';
import { stateKeyOf } from '../store/level-store.ts';
import { settledBy, type Protocol, type Settled } from '../store/record-outcome.ts';
import { stateOf } from '../store/row.ts';
import type { AlarmMessage } from './alarm-message.ts';
import { judgeAlarm, type Ignored } from './judge.ts';
import type { LevelAlarm, Signals } from './level-alarms.ts';

/** What became of an alarm. */
export type Applied =
  | ({ readonly kind: 'moved' } & Settled)
  /** 'overtaken': the row changed between the read and the write, so it was judged on old news. */
  | { readonly kind: 'ignored'; readonly why: Ignored | 'overtaken' };

/**
 * Applies one alarm. Delivering it again, late or out of order changes nothing: the row is then at
 * another level, or its level began too late for this evidence.
 *
 * @param atMs Now, in epoch milliseconds.
 * @throws StoreThrottledError, StoreUnavailableError, RowMalformedError; it may then be repeated.
 */
export async function applyAlarm(
  protocol: Protocol,
  given: {
    readonly message: AlarmMessage;
    readonly alarm: LevelAlarm;
    readonly signals: Signals;
  },
  atMs: number,
): Promise<Applied> {
  const { alarm } = given;
  const stateKey = stateKeyOf(alarm.scope);
  const state = stateOf(stateKey, await protocol.store.read(stateKey));
  const policy = protocol.policyOf(state.policy, alarm.scope);
  const verdict = judgeAlarm({ ...given, state, policy, atMs });
  if (verdict.kind === 'ignore') return { kind: 'ignored', why: verdict.why };
  const item = await protocol.store.write(stateKey, moveLevel(state, alarm, policy, atMs));
  if (item === null) return { kind: 'ignored', why: 'overtaken' };
  const settled = await settledBy(protocol, alarm.scope, state, stateOf(stateKey, item));
  return { kind: 'moved', ...settled };
}
