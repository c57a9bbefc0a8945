/** What a function that reads or moves the level is made of. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Policy } from '../level/policy.ts';
import type { LevelState } from '../level/state.ts';
import { createDocumentClient } from '../store/dynamo-client.ts';
import { DynamoLevelStore } from '../store/dynamo-level-store.ts';
import { DEFAULT_SCOPE } from '../store/level-store.ts';
import type { Protocol } from '../store/record-outcome.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { systemClock, type Clock } from './clock.ts';
import { readConfig } from './config.ts';
import { overridePolicy } from './policy-schema.ts';

/** The level with everything that reads and moves it. */
export interface LevelRuntime {
  readonly protocol: Protocol;
  /** The policy that rows may override. */
  readonly deployedPolicy: Policy;
  /** The scopes that exist; a client cannot make more. */
  readonly scopes: readonly string[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/** Makes the runtime from its parts. */
export function createLevelRuntime(parts: {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly policy: Policy;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}): LevelRuntime {
  const { client, tableName, policy, telemetry, clock } = parts;
  const store = new DynamoLevelStore(client, tableName);
  const protocol = { store, policyOf: policyInForce(policy, telemetry) };
  return { protocol, deployedPolicy: policy, scopes: [DEFAULT_SCOPE], telemetry, clock };
}

/**
 * Makes the runtime from the environment.
 *
 * @throws ConfigError
 */
export function levelRuntimeFromEnv(): LevelRuntime {
  const config = readConfig();
  return createLevelRuntime({
    ...config,
    client: createDocumentClient({ region: config.region }),
    telemetry: powertoolsTelemetry(config),
    clock: systemClock,
  });
}

/** A row policy that does not validate is ignored, counted and logged: the deployed one then decides. */
function policyInForce(deployed: Policy, telemetry: Telemetry) {
  return (overrides: LevelState['policy'], scope: string): Policy => {
    if (overrides === undefined) return deployed;
    const checked = overridePolicy(deployed, overrides);
    if (checked.ok) return checked.policy;
    telemetry.warn('row policy ignored', { scope, problem: checked.problem });
    telemetry.count('PolicyIgnored', scope);
    return deployed;
  };
}
