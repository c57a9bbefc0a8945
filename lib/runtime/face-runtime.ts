/** What a face function is made of on Lambda: no AWS SDK, so that its bundle has none. */
import { createServices } from '../services/registry.ts';
import type { FaceRuntime } from '../services/serve-face.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import { systemClock } from './clock.ts';
import { readFaceConfig } from './face-config.ts';

/**
 * Makes the runtime of a face from the environment.
 *
 * @throws ConfigError
 */
export function faceRuntimeFromEnv(): FaceRuntime {
  const config = readFaceConfig();
  return {
    services: createServices(config),
    telemetry: powertoolsTelemetry(config),
    clock: systemClock,
  };
}
