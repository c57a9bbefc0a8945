/** What a function that reads or moves the level is made of. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Announcer } from '../events/announce.ts';
import { eventBridgeEvents } from '../events/event-bridge.ts';
import type { LevelEvents } from '../events/level-events.ts';
import type { Policy, PresetName } from '../level/policy.ts';
import type { LevelState } from '../level/state.ts';
import { createDocumentClient } from '../store/dynamo-client.ts';
import { DynamoLevelStore } from '../store/dynamo-level-store.ts';
import type { Protocol } from '../store/record-outcome.ts';
import { metered, type Meters } from '../telemetry/meters.ts';
import { sharedMonitors } from '../telemetry/monitors.ts';
import { observedStore } from '../telemetry/observed-store.ts';
import { readableLog } from '../telemetry/readable-log.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { systemClock, type Clock } from './clock.ts';
import { readConfig, type Config } from './config.ts';
import { overridePolicy } from './policy-schema.ts';
import { systemChance } from './simulation.ts';
import { deployedIn, readScopes, servedScopes, type Deployed, type Scopes } from './scopes.ts';

/** The level with everything that reads and moves it. */
export interface LevelRuntime extends Announcer {
  readonly protocol: Protocol;
  /** The policy of a scope, which its row may override. */
  readonly deployedPolicyOf: (scope: string) => Policy;
  /** The preset that it is made from. */
  readonly presetOf: (scope: string) => PresetName;
  /** The scopes that exist; a client cannot make more. */
  readonly scopes: Scopes;
  readonly clock: Clock;
  /** 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Makes the runtime from its parts.
 *
 * @param parts.policy The preset of the scopes that name none.
 * @param parts.scopes Those of services.json by default.
 * @param parts.events Nobody is told of level changes by default.
 * @param parts.meters Told of what the table fails with; nobody by default.
 * @throws ConfigError where a scope's policy contradicts itself.
 */
export function createLevelRuntime(parts: {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly policy: PresetName;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly scopes?: Scopes;
  readonly events?: LevelEvents | null;
  readonly random?: () => number;
  readonly meters?: Pick<Meters, 'storeFailed'>;
}): LevelRuntime {
  const { client, tableName, policy, telemetry, clock } = parts;
  const { scopes = readScopes(), events = null, random = systemChance.random, meters } = parts;
  const deployed = new Map(
    Object.keys(scopes).map((scope) => [scope, deployedIn(scopes, scope, policy)]),
  );
  const deployedOf = (scope: string) => deployed.get(scope) ?? deployedIn(scopes, scope, policy);
  const table = new DynamoLevelStore(client, tableName);
  const store = meters === undefined ? table : observedStore(table, meters);
  const protocol = { store, policyOf: policyInForce(deployedOf, telemetry) };
  return {
    protocol,
    deployedPolicyOf: (scope) => deployedOf(scope).policy,
    presetOf: (scope) => deployedOf(scope).preset,
    scopes,
    telemetry,
    events,
    clock,
    random,
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
    scopes: servedScopes(readScopes(config.stage), config),
    client: createDocumentClient(inRegion(config)),
    telemetry: metered(readableLog(powertoolsTelemetry(config), systemClock), meters),
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
function policyInForce(deployedOf: (scope: string) => Deployed, telemetry: Telemetry) {
  return (overrides: LevelState['policy'], scope: string): Policy => {
    const deployed = deployedOf(scope).policy;
    if (overrides === undefined) return deployed;
    const checked = overridePolicy(deployed, overrides);
    if (checked.ok) return checked.policy;
    telemetry.warn('row policy ignored', { scope, problem: checked.problem });
    telemetry.count('PolicyIgnored', scope);
    return deployed;
  };
}
