/** Lambda: the full face of the service. */
import { accountsOnDemand } from '../lib/runtime/accounts-runtime.ts';
import { publishBreakers } from '../lib/runtime/after-event.ts';
import { createInstances } from '../lib/runtime/discovery-runtime.ts';
import { faceRuntimeFromEnv } from '../lib/runtime/face-runtime.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { serveFace, type FaceRuntime } from '../lib/services/serve-face.ts';

/** Makes the handler of one task of the workflow. */
export const createHandler = (runtime: FaceRuntime) => (event: unknown) =>
  serveFace('full', event, runtime);

export const handler = lazyHandler(
  createHandler,
  () => faceRuntimeFromEnv(accountsOnDemand, createInstances()),
  publishBreakers,
);
