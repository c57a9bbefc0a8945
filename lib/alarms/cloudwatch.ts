/** The states of alarms in CloudWatch. */
import {
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
  StateValue,
  type CloudWatchClient,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmStates } from './alarm-states.ts';

/** Reads and sets them by name; at most 100 at a time, which is 25 scopes. */
export function cloudWatchAlarms(client: CloudWatchClient): AlarmStates {
  return {
    async firing(names) {
      const request = { AlarmNames: [...names], StateValue: StateValue.ALARM, MaxRecords: 100 };
      const { MetricAlarms: alarms = [] } = await client.send(new DescribeAlarmsCommand(request));
      return alarms.flatMap(({ AlarmName: name }) => name ?? []);
    },
    async setOk(name, reason) {
      const request = { AlarmName: name, StateValue: StateValue.OK, StateReason: reason };
      await client.send(new SetAlarmStateCommand(request));
    },
  };
}
