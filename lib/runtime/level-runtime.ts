/** What a function that reads or moves the level is made of. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Announcer } from '../events/announce.ts';
import { eventBridgeEvents } from '../events/event-bridge.ts';
import type { LevelEvents } from '../events/level-events.ts';
import { PRESETS, type Policy, type PresetName } from '../level/policy.ts';
import type { LevelState } from '../level/state.ts';
import { createDocumentClient } from '../store/dynamo-client.ts';
import { DynamoLevelStore } from '../store/dynamo-level-store.ts';
import type { Protocol } from '../store/record-outcome.ts';
import { metered, type Meters } from '../telemetry/meters.ts';
import { sharedMonitors } from '../telemetry/monitors.ts';
import { observedStore } from '../telemetry/observed-store.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { systemClock, type Clock } from './clock.ts';
import { readConfig, type Config } from './config.ts';
import { overridePolicy } from './policy-schema.ts';
import { readScopes, type Scopes } from './scopes.ts';

/** The level with everything that reads and moves it. */
export interface LevelRuntime extends Announcer {
  readonly protocol: Protocol;
  /** The policy of a scope, which its row may override. */
  readonly deployedPolicyOf: (scope: string) => Policy;
  /** The scopes that exist; a client cannot make more. */
  readonly scopes: Scopes;
  readonly clock: Clock;
}

/**
 * Makes the runtime from its parts.
 *
 * @param parts.policy The preset of the scopes that name none.
 * @param parts.scopes Those of scopes.json by default.
 * @param parts.events Nobody is told of level changes by default.
 * @param parts.meters Told of what the table fails with; nobody by default.
 */
export function createLevelRuntime(parts: {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly policy: PresetName;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly scopes?: Scopes;
  readonly events?: LevelEvents | null;
  readonly meters?: Pick<Meters, 'storeFailed'>;
}): LevelRuntime {
  const { client, tableName, policy, telemetry, clock } = parts;
  const { scopes = readScopes(), events = null, meters } = parts;
  const deployedPolicyOf = (scope: string) => PRESETS[scopes[scope]?.policy ?? policy];
  const table = new DynamoLevelStore(client, tableName);
  const store = meters === undefined ? table : observedStore(table, meters);
  const protocol = { store, policyOf: policyInForce(deployedPolicyOf, telemetry) };
  return {
    protocol,
    deployedPolicyOf,
    scopes,
    telemetry,
    events,
    clock,
  };
}

/**
 * Makes the runtime from the environment.
 *
 * @throws ConfigError
 */
export function levelRuntimeFromEnv(): LevelRuntime {
  const config = readConfig();
  const { meters } = sharedMonitors();
  return createLevelRuntime({
    ...config,
    client: createDocumentClient(inRegion(config)),
    telemetry: metered(powertoolsTelemetry(config), meters),
    meters,
    clock: systemClock,
    events: eventsOf(config),
  });
}

/** One attempt, and a short one: what is not told now is told by the tick. */
function eventsOf(config: Config): LevelEvents | null {
  const { eventBus: busName, stage } = config;
  if (busName === undefined) return null;
  const client = new EventBridgeClient({
    ...inRegion(config),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  return eventBridgeEvents(client, { busName, source: `resilient-service-${stage}` });
}

function inRegion({ region }: Config): { readonly region?: string } {
  return region === undefined ? {} : { region };
}

/** A row policy that does not validate is ignored, counted and logged: the deployed one then decides. */
function policyInForce(deployedPolicyOf: (scope: string) => Policy, telemetry: Telemetry) {
  return (overrides: LevelState['policy'], scope: string): Policy => {
    const deployed = deployedPolicyOf(scope);
    if (overrides === undefined) return deployed;
    const checked = overridePolicy(deployed, overrides);
    if (checked.ok) return checked.policy;
    telemetry.warn('row policy ignored', { scope, problem: checked.problem });
    telemetry.count('PolicyIgnored', scope);
    return deployed;
  };
}
