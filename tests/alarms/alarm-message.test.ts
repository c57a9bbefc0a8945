/** A message of CloudWatch is read as it writes it; anything else is refused in words. */
import { describe, expect, test } from 'vitest';
import { AlarmMessageError, readAlarmMessage } from '../../lib/alarms/alarm-message.ts';

/** As CloudWatch publishes it, with the fields that nobody reads. */
const MESSAGE = {
  AlarmName: 'resilient-service-dev-default-level-1-error-rate',
  AlarmDescription: 'default: level 1 to 2',
  AWSAccountId: '123456789012',
  NewStateValue: 'ALARM',
  NewStateReason: 'Threshold Crossed: 1 datapoint [0.6] was greater than the threshold (0.25).',
  StateChangeTime: '2026-01-02T03:04:05.678+0000',
  Region: 'US East (N. Virginia)',
  OldStateValue: 'OK',
  Trigger: { Metrics: [] },
};
const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe('an alarm message', () => {
  test('says which alarm changed to what, and when', () => {
    expect(readAlarmMessage(JSON.stringify(MESSAGE))).toEqual({
      alarmName: 'resilient-service-dev-default-level-1-error-rate',
      state: 'ALARM',
      reason: MESSAGE.NewStateReason,
      changedAtMs: AT_MS,
    });
  });

  test.each([
    '2026-01-02T03:04:05.678+0000',
    '2026-01-02T03:04:05.678+00:00',
    '2026-01-02T03:04:05.678Z',
    '2026-01-02T05:34:05.678+0230',
  ])('is of one instant, however its zone is written: %s', (StateChangeTime) => {
    const { changedAtMs } = readAlarmMessage(JSON.stringify({ ...MESSAGE, StateChangeTime }));
    expect(changedAtMs).toBe(AT_MS);
  });

  test('keeps no more of its reason than a log line needs', () => {
    const long = { ...MESSAGE, NewStateReason: 'x'.repeat(1_000) };
    expect(readAlarmMessage(JSON.stringify(long)).reason).toHaveLength(200);
  });

  test.each([
    JSON.stringify('x'.repeat(100_000)),
    JSON.stringify({ ...MESSAGE, NewStateValue: 'x'.repeat(100_000) }),
    'x'.repeat(100_000),
  ])('is refused in few words, however long it is', (body) => {
    expect(() => readAlarmMessage(body)).toThrow(/^.{1,200}$/);
  });

  test.each([
    ['', /JSON/],
    ['not json', /JSON/],
    ['null', /the message/],
    ['[]', /AlarmName/],
    [JSON.stringify({ ...MESSAGE, AlarmName: 7 }), /AlarmName/],
    [JSON.stringify({ ...MESSAGE, NewStateValue: 'PANIC' }), /NewStateValue/],
    [JSON.stringify({ ...MESSAGE, StateChangeTime: 'yesterday' }), /StateChangeTime/],
    [JSON.stringify({ ...MESSAGE, StateChangeTime: undefined }), /StateChangeTime/],
    // SNS's envelope: the subscription must deliver raw messages.
    [JSON.stringify({ Type: 'Notification', Message: JSON.stringify(MESSAGE) }), /AlarmName/],
  ])('is refused if it is %s', (body, field) => {
    expect(() => readAlarmMessage(body)).toThrow(AlarmMessageError);
    expect(() => readAlarmMessage(body)).toThrow(field);
  });
});
