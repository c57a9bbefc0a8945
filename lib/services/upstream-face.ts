/** A face that passes requests on to one upstream. */
import { answerFailure, badMethod, badRequest, passOn } from './upstream-answer.ts';
import type { Answer, FaceOf, ServiceContext, ServiceRequest, TextAnswer } from './service.ts';
import { createUpstreamClient } from './upstream-client.ts';
import type { Credentials } from './upstream-credentials.ts';
import { requestHeaders } from './upstream-headers.ts';
import type { LastGoodFace } from './upstream-last-good.ts';
import { callersLocation, prefixIn } from './upstream-location.ts';
import type { UpstreamParts } from './upstream-parts.ts';
import { UpstreamStatusError } from './upstream-reply.ts';
import { bodyOf } from './upstream-request-body.ts';
import type { UpstreamSettings } from './upstream-settings.ts';
import { targetOf } from './upstream-target.ts';

/** TRACE shows headers that are meant for others, after CONNECT the connection is no longer HTTP's. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** What the faces of one service share. */
export interface FaceParts {
  readonly settings: UpstreamSettings;
  readonly parts: UpstreamParts;
  /** They go to the origin of the full upstream, and to no other. */
  readonly credentials: Credentials;
}

/** Where a request that may be sent goes. */
export type Sendable = (
  request: ServiceRequest,
  context: ServiceContext,
  target: { readonly path: string },
) => Promise<Answer | TextAnswer>;

/** A face that is asked only what can be sent to an upstream; the rest is refused, and counts for nothing. */
export function sendable(base: URL, { append }: UpstreamSettings, ask: Sendable): FaceOf {
  return async (request, context) => {
    if (!METHODS.includes(request.method)) return badMethod(METHODS);
    const target = targetOf(base, request, append);
    return target.ok ? ask(request, context, target) : badRequest(target.problem);
  };
}

/**
 * Makes the face.
 *
 * @param keep Is given every answer that was passed on.
 */
export function createUpstreamFace(
  face: 'full' | 'degraded',
  base: URL,
  { settings, parts, credentials }: FaceParts,
  keep?: LastGoodFace['keep'],
): FaceOf {
  const { timeoutMs, breakAfter, sharedBreaker, passCors, fullUrl, location } = settings;
  const { telemetry, carriesBinary } = parts;
  const options = { timeoutMs, breakAfter, sharedBreaker, passCors, carriesBinary };
  const { share, monitors, instances } = parts;
  const client = createUpstreamClient(face, options, {
    share,
    monitors,
    instances,
    log: telemetry,
  });
  const isKnown = base.origin === fullUrl.origin;
  const ask: Sendable = async (request, context, { path }) => {
    const { scope, executionId, countStatuses = [] } = context;
    const { method } = request;
    try {
      const own = isKnown ? await credentials.headers() : {};
      const headers = requestHeaders(request.headers, executionId, own);
      const body = bodyOf(request);
      return passOn(await client.send(base, { method, path, headers, body, countStatuses }));
    } catch (error) {
      const isPassed = error instanceof UpstreamStatusError && !error.isFailure;
      if (!isPassed) telemetry.warn('upstream failed', { scope, face, executionId, error });
      return answerFailure(error);
    }
  };
  return sendable(base, settings, async (request, context, target) => {
    const answer = await ask(request, context, target);
    if (isKnown && (answer.statusCode === 401 || answer.statusCode === 403)) credentials.refused();
    await keep?.(request, context, target.path, answer);
    return location === 'rewrite' ? located(answer, base, target.path, request) : answer;
  });
}

function located(
  answer: Answer | TextAnswer,
  base: URL,
  path: string,
  request: ServiceRequest,
): Answer | TextAnswer {
  const { location } = answer.headers;
  if (location === undefined) return answer;
  const callers = callersLocation(location, { base, path, prefix: prefixIn(request.headers) });
  return { ...answer, headers: { ...answer.headers, location: callers } };
}
