/** What a face function is made of on Lambda: no AWS SDK, so that a bundle has none unless its accounts do. */
import type { Accounts } from '../services/accounts.ts';
import { memoryLastGood } from '../services/last-good-memory.ts';
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
  const lastGood = memoryLastGood(systemClock);
  const entries = Object.entries(await faceEntries(config));
  const serves = Object.fromEntries(entries.map(([scope, entry]) => [scope, entry.serves]));
  return {
    services: await createServices(serves, {
      ...config,
      accounts: accountsOf(config.accountsTable),
      clock: systemClock,
      chance: systemChance,
      telemetry,
      lastGood: async () => lastGood,
      carriesBinary: false,
    }),
    cors: Object.fromEntries(entries.map(([scope, entry]) => [scope, entry.cors])),
    telemetry,
    clock: systemClock,
    random: systemChance.random,
  };
}
