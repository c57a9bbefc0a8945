/** Lambda: the maintenance face of the service. */
import { faceRuntimeFromEnv } from '../lib/runtime/face-runtime.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { serveFace, type FaceRuntime } from '../lib/services/serve-face.ts';

/** Makes the handler of one task of the workflow. */
export const createHandler = (runtime: FaceRuntime) => (event: unknown) =>
  serveFace('maintenance', event, runtime);

export const handler = lazyHandler(createHandler, faceRuntimeFromEnv);
