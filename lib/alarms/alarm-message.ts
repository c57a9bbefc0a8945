/** What CloudWatch says when an alarm changes, as the queue delivers it. */
import * as v from 'valibot';
import { shortened } from '../store/shown.ts';

/** A message that no alarm of CloudWatch can have written; it belongs in the dead-letter queue. */
export class AlarmMessageError extends Error {
  override readonly name = 'AlarmMessageError';
  readonly code = 'ALARM_MESSAGE_INVALID';
}

// CloudWatch writes its zone as +0000, which is no ISO 8601; both forms are read.
const time = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))),
  v.check((atMs) => Number.isFinite(atMs), 'must be a time'),
);

const messageSchema = v.object({
  AlarmName: v.string(),
  NewStateValue: v.picklist(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  NewStateReason: v.optional(v.string(), ''),
  StateChangeTime: time,
});

/** An alarm's change of state. */
export interface AlarmMessage {
  readonly alarmName: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  /** CloudWatch's own words, cut to 200 characters. */
  readonly reason: string;
  /** When the alarm changed, in epoch milliseconds. */
  readonly changedAtMs: number;
}

/**
 * Reads the body of a queue's record: the message itself, without SNS's envelope.
 *
 * @throws AlarmMessageError
 */
export function readAlarmMessage(body: string): AlarmMessage {
  const parsed = v.safeParse(messageSchema, parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const field = v.getDotPath(issue) ?? 'the message';
    throw new AlarmMessageError(
      `expected ${field} as an alarm of CloudWatch has it, got ${shortened(issue.received)}`,
    );
  }
  const { AlarmName, NewStateValue, NewStateReason, StateChangeTime } = parsed.output;
  return {
    alarmName: AlarmName,
    state: NewStateValue,
    reason: NewStateReason.slice(0, 200),
    changedAtMs: StateChangeTime,
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const length = body.length;
    throw new AlarmMessageError(`expected JSON, got ${length} characters that are none`, { cause });
  }
}
