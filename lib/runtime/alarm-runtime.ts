/** What the functions of the alarm path are made of. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { AlarmStates } from '../alarms/alarm-states.ts';
import { cloudWatchAlarms } from '../alarms/cloudwatch.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { readConfig } from './config.ts';
import { levelRuntimeFromEnv, type LevelRuntime } from './level-runtime.ts';
import { alarmsOf, readScopes, servedScopes, type ScopedAlarm } from './scopes.ts';

/** The level, and the alarms that may move it. */
export interface AlarmRuntime extends LevelRuntime {
  /** undefined for a name that no alarm of this stage has. */
  readonly alarmNamed: (name: string) => ScopedAlarm | undefined;
}

/** The alarms and their states. */
export interface RearmRuntime {
  readonly states: AlarmStates;
  readonly alarms: readonly ScopedAlarm[];
  readonly telemetry: Telemetry;
}

/**
 * Makes the runtime of the processor from the environment.
 *
 * @throws ConfigError
 */
export function alarmRuntimeFromEnv(): AlarmRuntime {
  const { stage, policy } = readConfig();
  const runtime = levelRuntimeFromEnv();
  const byName = new Map(
    alarmsOf(runtime.scopes, stage, policy).map((scoped) => [scoped.alarm.name, scoped]),
  );
  return { ...runtime, alarmNamed: (name) => byName.get(name) };
}

/**
 * Makes the runtime of rearming from the environment.
 *
 * @throws ConfigError
 */
export function rearmRuntimeFromEnv(): RearmRuntime {
  const config = readConfig();
  const { stage, policy, region } = config;
  const client = new CloudWatchClient({
    ...(region !== undefined && { region }),
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
      throwOnRequestTimeout: true,
    },
  });
  return {
    states: cloudWatchAlarms(client),
    alarms: alarmsOf(servedScopes(readScopes(stage), config), stage, policy),
    telemetry: powertoolsTelemetry(config),
  };
}
