/** What a face function is made of on Lambda: no AWS SDK, so that a bundle has none unless its accounts do. */
import type { Accounts } from '../services/accounts.ts';
import { createServices } from '../services/registry.ts';
import type { FaceRuntime } from '../services/serve-face.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import { systemClock } from './clock.ts';
import { readFaceConfig } from './face-config.ts';
import { faceEntries } from './face-entries.ts';
import { systemChance } from './simulation.ts';

/**
 * Makes the runtime of a face from the environment.
 *
 * @param accountsOf Opens the accounts of a table when they are asked for.
 * @throws ConfigError
 */
export async function faceRuntimeFromEnv(
  accountsOf: (tableName: string) => () => Promise<Accounts>,
): Promise<FaceRuntime> {
  const config = readFaceConfig();
  const telemetry = powertoolsTelemetry(config);
  return {
    services: await createServices(faceEntries(config), {
      ...config,
      accounts: accountsOf(config.accountsTable),
      clock: systemClock,
      chance: systemChance,
      telemetry,
    }),
    telemetry,
    clock: systemClock,
    random: systemChance.random,
  };
}
