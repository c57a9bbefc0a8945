/** Lambda: the maintenance face of the service. */
import { faceRuntimeFromEnv } from '../lib/runtime/face-runtime.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { serveFace, type FaceRuntime } from '../lib/services/serve-face.ts';
import { traced } from '../lib/telemetry/traced.ts';
import { flushOtel } from '../lib/telemetry/tracing.ts';

/** Makes the handler of one task of the workflow. */
export const createHandler = (runtime: FaceRuntime) =>
  traced('maintenance-service', (event) => serveFace('maintenance', event, runtime));

export const handler = lazyHandler(
  createHandler,
  () => faceRuntimeFromEnv(() => noAccounts),
  flushOtel,
);

/** Maintenance depends on nothing: there is no AWS SDK in this function. */
async function noAccounts(): Promise<never> {
  throw new Error('the maintenance function has no accounts');
}
