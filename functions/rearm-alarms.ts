/** Lambda: sets firing alarms to OK after each change of level, and every minute. */
import * as v from 'valibot';
import { rearm } from '../lib/alarms/alarm-states.ts';
import { rearmRuntimeFromEnv, type RearmRuntime } from '../lib/runtime/alarm-runtime.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';

/** A level change names its scope; a schedule means every scope. */
const eventSchema = v.object({
  'detail-type': v.string(),
  detail: v.object({ scope: v.optional(v.string()) }),
});

/** Makes the handler of an event of EventBridge. It throws what CloudWatch throws: Lambda tries again. */
export const createHandler = (runtime: RearmRuntime) => async (event: unknown) => {
  const { states, telemetry, alarms } = runtime;
  const { scope } = v.parse(eventSchema, event).detail;
  const names = alarms
    .filter(({ alarm, acts }) => acts && alarm.scope === (scope ?? alarm.scope))
    .map(({ alarm }) => alarm.name);
  await rearm(states, telemetry, names);
};

export const handler = lazyHandler(createHandler, rearmRuntimeFromEnv);
