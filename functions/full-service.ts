/** Lambda: the full face of the service, and the probe that tries it while level 2 climbs. */
import { afterFaceEvent } from '../lib/runtime/after-event.ts';
import { faceRuntimeFromEnv } from '../lib/runtime/face-runtime.ts';
import { faceSdk } from '../lib/runtime/face-sdk.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import {
  isProbe,
  probe,
  serveFace,
  type FaceAnswer,
  type FaceRuntime,
  type ProbeAnswer,
} from '../lib/services/serve-face.ts';
import { traced } from '../lib/telemetry/traced.ts';

/** Makes the handler of one task of the workflow; `{probe: true}` asks for the probe. */
export const createHandler = (
  runtime: FaceRuntime,
): ((event: unknown) => Promise<FaceAnswer | ProbeAnswer>) =>
  traced<FaceAnswer | ProbeAnswer>('full-service', (event) =>
    isProbe(event) ? probe('full', event, runtime) : serveFace('full', event, runtime),
  );

export const handler = lazyHandler(
  createHandler,
  () => faceRuntimeFromEnv(faceSdk),
  afterFaceEvent,
);
