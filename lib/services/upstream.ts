/** A service that stands in front of APIs which exist already, by their URLs. */
import { timeout } from '../breaker/index.ts';
import { maintenance } from './maintenance.ts';
import type { FaceOf, Service } from './service.ts';
import { createCredentials } from './upstream-credentials.ts';
import { createUpstreamFace, sendable, type FaceParts } from './upstream-face.ts';
import { isUpstreamFailure } from './upstream-client.ts';
import { placeOf } from './upstream-place.ts';
import { requestHeaders } from './upstream-headers.ts';
import { createLastGoodFace, type LastGoodFace } from './upstream-last-good.ts';
import type { UpstreamParts } from './upstream-parts.ts';
import type { StaticAnswer, UpstreamSettings } from './upstream-settings.ts';
import { tracedTry } from './upstream-span.ts';

/** How long the probe may take, in milliseconds: its task has a second, the function's start included. */
const PROBE_MS = 800;

/** Firewalls refuse requests that do not say what they are. */
const PROBE_HEADERS = { accept: '*/*', 'user-agent': 'resilient-service' };

/** Makes the service. */
export function createUpstreamService(settings: UpstreamSettings, parts: UpstreamParts): Service {
  const { fullUrl, fullProbeUrl } = settings;
  const credentials = createCredentials(settings.credentials, parts);
  const shared = { settings, parts, credentials };
  const { degraded, probe, keep } = degradedOf(shared);
  return {
    takesAnyBody: true,
    full: createUpstreamFace('full', fullUrl, shared, keep),
    degraded,
    maintenance,
    probe: (face, _request, { executionId }) =>
      face === 'full' ? probeOf(fullProbeUrl, shared, executionId) : probe(executionId),
  };
}

/** The face of level 2 and how it is probed. */
interface Degraded {
  readonly degraded: FaceOf;
  readonly probe: (executionId: string) => ReturnType<Service['probe']>;
  /** What it has to be told of the full face's answers. */
  readonly keep?: LastGoodFace['keep'];
}

function degradedOf(shared: FaceParts): Degraded {
  const { settings, parts } = shared;
  const { degraded: given, fullUrl, probeUrl } = settings;
  if (given instanceof URL) {
    return {
      degraded: createUpstreamFace('degraded', given, shared),
      probe: (executionId) => probeOf(probeUrl, shared, executionId),
    };
  }
  if (typeof given === 'object') {
    return { degraded: staticFace(given), probe: async () => 'success' };
  }
  const { keep, serve, probe } = createLastGoodFace(given, parts);
  const degraded = sendable(fullUrl, settings, (request, context, { path }) =>
    serve(request, context, path),
  );
  return { degraded, probe, keep };
}

function staticFace({ status, contentType, text }: StaticAnswer): FaceOf {
  const outcome = status < 400 ? 'success' : 'none';
  const headers = { 'Content-Type': contentType };
  return async ({ method }) => ({
    outcome,
    statusCode: status,
    headers,
    bodyText: method === 'HEAD' ? '' : text,
  });
}

/** Not behind the breaker, which would answer from memory what the probe is to find out. */
async function probeOf(
  url: URL | undefined,
  { settings, parts, credentials }: FaceParts,
  executionId: string,
): ReturnType<Service['probe']> {
  if (url === undefined) return 'none';
  const isKnown = url.origin === settings.fullUrl.origin;
  const reply = await timeout({ timeout: PROBE_MS }).execute(async ({ signal }) => {
    const own = isKnown ? await credentials.headers() : {};
    const headers = requestHeaders(PROBE_HEADERS, executionId, own);
    return placeOf(parts.instances, isUpstreamFailure)(url, (target) =>
      tracedTry(target, { method: 'GET', headers }, { agent: false, signal, carriesBinary: true }),
    );
  });
  return reply.statusCode < 300 ? 'success' : 'error';
}
