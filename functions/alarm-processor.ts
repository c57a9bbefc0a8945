/** Lambda: turns the alarms of a queue into fenced moves of the level. */
import * as v from 'valibot';
import { readAlarmMessage } from '../lib/alarms/alarm-message.ts';
import { applyAlarm, type Applied } from '../lib/alarms/apply-alarm.ts';
import { announce } from '../lib/events/announce.ts';
import { alarmRuntimeFromEnv, type AlarmRuntime } from '../lib/runtime/alarm-runtime.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { tellOfChange } from '../lib/runtime/tell-replicas.ts';
import { shortened } from '../lib/store/shown.ts';
import { reportChange } from '../lib/telemetry/report-change.ts';

const eventSchema = v.object({
  Records: v.array(v.object({ messageId: v.string(), body: v.string() })),
});

/** Which records of the batch come again; five times, and then they are dead letters. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What became of one record. */
type Processed = 'failed' | 'ignored' | 'moved-down' | 'moved-up';

/** Makes the handler of a batch. A record that fails keeps no other from being processed. */
export const createHandler =
  (runtime: AlarmRuntime) =>
  async (event: unknown): Promise<BatchAnswer> => {
    const { Records: records } = v.parse(eventSchema, event);
    const processed: Processed[] = [];
    // One after the other: two alarms of a batch may speak of the same level.
    for (const { messageId, body } of records) {
      processed.push(await processRecord(runtime, messageId, body));
    }
    const countOf = (what: Processed) => processed.filter((each) => each === what).length;
    runtime.telemetry.measure(
      'AlarmProcessor',
      {},
      {
        RecordsProcessed: records.length,
        ProcessingErrors: countOf('failed'),
        FailureAlarmProcessed: countOf('moved-down'),
        RecoveryAlarmProcessed: countOf('moved-up'),
        AlarmIgnored: countOf('ignored'),
      },
    );
    const failed = records.filter((_record, index) => processed[index] === 'failed');
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };

export const handler = lazyHandler(createHandler, alarmRuntimeFromEnv);

async function processRecord(
  runtime: AlarmRuntime,
  messageId: string,
  body: string,
): Promise<Processed> {
  try {
    return await applyMessage(runtime, messageId, body);
  } catch (error) {
    runtime.telemetry.error('alarm not processed', { messageId, error });
    return 'failed';
  }
}

async function applyMessage(
  runtime: AlarmRuntime,
  messageId: string,
  body: string,
): Promise<Processed> {
  const { protocol, telemetry, clock, alarmNamed } = runtime;
  const message = readAlarmMessage(body);
  const { alarmName, state } = message;
  const known = alarmNamed(alarmName);
  if (known === undefined) {
    telemetry.warn('alarm ignored', {
      // What anybody may have sent.
      alarm: shortened(alarmName),
      messageId,
      why: 'unknown-alarm',
    });
    return 'ignored';
  }
  const applied: Applied = await applyAlarm(protocol, { ...known, message }, clock.nowMs());
  const { scope, from, to } = known.alarm;
  if (applied.kind === 'ignored') {
    telemetry.info('alarm ignored', {
      scope,
      alarm: alarmName,
      state,
      messageId,
      why: applied.why,
    });
    return 'ignored';
  }
  for (const change of applied.changes) {
    reportChange(telemetry, scope, change, {
      alarm: alarmName,
      alarmReason: message.reason,
      messageId,
    });
  }
  if (applied.changes.length > 0) await tellOfChange(runtime, scope, applied.state);
  await announce(runtime, scope, applied.state, applied.history);
  return to > from ? 'moved-down' : 'moved-up';
}
