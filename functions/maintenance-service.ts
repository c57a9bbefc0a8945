/** Lambda: the maintenance face of the service. */
import { faceRuntimeFromEnv } from '../lib/runtime/face-runtime.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { flushAfterEvent } from '../lib/runtime/flush-otel.ts';
import { serveFace, type FaceRuntime } from '../lib/services/serve-face.ts';
import { traced } from '../lib/telemetry/traced.ts';

/** Makes the handler of one task of the workflow. */
export const createHandler = (runtime: FaceRuntime) =>
  traced('maintenance-service', (event) => serveFace('maintenance', event, runtime));

/** Maintenance depends on nothing: there is no AWS SDK in this function. */
const nothing = async (): Promise<never> => {
  throw new Error('the maintenance function opens nothing');
};

const NO_SDK = { accountsOf: () => nothing, lastGoodOf: () => nothing, readCredential: nothing };

export const handler = lazyHandler(
  createHandler,
  () => faceRuntimeFromEnv(NO_SDK),
  flushAfterEvent,
);
