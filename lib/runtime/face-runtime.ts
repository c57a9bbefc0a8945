/** What a face function is made of on Lambda: no AWS SDK, so that a bundle has none unless it is given one. */
import { memoryLastGood } from '../services/last-good-memory.ts';
import { createServices } from '../services/registry.ts';
import type { FaceRuntime } from '../services/serve-face.ts';
import { metered } from '../telemetry/meters.ts';
import { sharedMonitors } from '../telemetry/monitors.ts';
import { readableLog } from '../telemetry/readable-log.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import { systemClock } from './clock.ts';
import { readFaceConfig } from './face-config.ts';
import { faceEntries } from './face-entries.ts';
import { readerBelow, readMaintenanceAnswers } from './maintenance-answers.ts';
import type { FaceSdk } from './face-sdk.ts';
import { systemChance } from './simulation.ts';

/**
 * Makes the runtime of a face from the environment.
 *
 * @param sdk What is opened when it is asked for.
 * @throws ConfigError
 */
export async function faceRuntimeFromEnv(sdk: FaceSdk): Promise<FaceRuntime> {
  const config = readFaceConfig();
  const telemetry = metered(
    readableLog(powertoolsTelemetry(config), systemClock),
    sharedMonitors().meters,
  );
  const { lastGoodTable, breakersTable } = config;
  const inMemory = memoryLastGood(systemClock);
  const lastGood =
    lastGoodTable === undefined ? async () => inMemory : sdk.lastGoodOf(lastGoodTable);
  const entries = Object.entries(await faceEntries(config));
  const serves = Object.fromEntries(entries.map(([scope, entry]) => [scope, entry.serves]));
  return {
    services: await createServices(serves, {
      ...config,
      accounts: sdk.accountsOf(config.accountsTable),
      clock: systemClock,
      chance: systemChance,
      telemetry,
      lastGood,
      readCredential: sdk.readCredential,
      ...(breakersTable !== undefined && { share: sdk.shareOn?.(breakersTable) }),
      ...(sdk.instances !== undefined && { instances: sdk.instances }),
      carriesBinary: false,
      maintenance: readMaintenanceAnswers(config.stage),
      readText: readerBelow(),
    }),
    cors: Object.fromEntries(entries.map(([scope, entry]) => [scope, entry.cors])),
    telemetry,
    clock: systemClock,
    random: systemChance.random,
  };
}
