/** Alarms that fire are set to OK, and no others. */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rearm } from '../../lib/alarms/alarm-states.ts';
import { cloudWatchAlarms } from '../../lib/alarms/cloudwatch.ts';
import { rememberingTelemetry } from '../functions/events.ts';

describe('rearming', () => {
  test('sets the alarms that are in ALARM to OK, and says so', async () => {
    const { telemetry, told } = rememberingTelemetry();
    const client = mockClient(CloudWatchClient);
    onTestFinished(() => client.restore());
    client.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [{ AlarmName: 'b' }] });
    client.on(SetAlarmStateCommand).resolves({});
    await rearm(cloudWatchAlarms(new CloudWatchClient({ region: 'us-east-1' })), telemetry, [
      'a',
      'b',
      'c',
    ]);
    expect(client.commandCalls(DescribeAlarmsCommand).map(({ args }) => args[0].input)).toEqual([
      { AlarmNames: ['a', 'b', 'c'], StateValue: 'ALARM', MaxRecords: 100 },
    ]);
    expect(client.commandCalls(SetAlarmStateCommand).map(({ args }) => args[0].input)).toEqual([
      { AlarmName: 'b', StateValue: 'OK', StateReason: expect.stringContaining('notifies again') },
    ]);
    expect(told).toEqual([['info', 'alarm rearmed', { alarm: 'b' }]]);
  });

  test('asks nothing where no scope listens to alarms: no names would mean all of them', async () => {
    const { telemetry } = rememberingTelemetry();
    const client = mockClient(CloudWatchClient);
    onTestFinished(() => client.restore());
    await rearm(cloudWatchAlarms(new CloudWatchClient({ region: 'us-east-1' })), telemetry, []);
    expect(client.calls()).toEqual([]);
  });
});
