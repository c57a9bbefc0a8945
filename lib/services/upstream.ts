/** A service that stands in front of APIs which exist already, by their URLs. */
import { METHODS } from 'node:http';
import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  TimeoutError,
  timeout,
} from '../breaker/index.ts';
import { maintenance } from './maintenance.ts';
import type { Answer, FaceOf, Service, ServiceRequest, TextAnswer } from './service.ts';
import { createUpstreamClient, isUpstreamFailure } from './upstream-client.ts';
import { requestHeaders } from './upstream-headers.ts';
import {
  UpstreamAnswerError,
  UpstreamNetworkError,
  UpstreamStatusError,
  type UpstreamReply,
} from './upstream-reply.ts';
import type { UpstreamParts } from './upstream-parts.ts';
import type { LastGoodUse, StaticAnswer, UpstreamSettings } from './upstream-settings.ts';
import { tryOnce } from './upstream-try.ts';

/** How long the probe may take, in milliseconds: its task has a second, the function's start included. */
const PROBE_MS = 800;

/** Firewalls refuse requests that do not say what they are. */
const PROBE_HEADERS = { accept: '*/*', 'user-agent': 'resilient-service' };

/** After CONNECT the connection is no longer HTTP's. */
const SENDABLE_METHODS = new Set(METHODS.filter((method) => method !== 'CONNECT'));

/** Makes the service. */
export function createUpstreamService(settings: UpstreamSettings, parts: UpstreamParts): Service {
  const { fullUrl, degraded, probeUrl, fullProbeUrl } = settings;
  const { telemetry } = parts;
  const probeTime = timeout({ timeout: PROBE_MS });
  const faceOf = (face: 'full' | 'degraded', url: URL): FaceOf => {
    const client = createUpstreamClient(`${face} upstream`, settings);
    client.breaker.on('stateChange', (change) => {
      telemetry.warn('upstream breaker', { face, from: change.from, to: change.to });
    });
    return async (request, { scope, executionId, countStatuses = [] }) => {
      const headers = requestHeaders(request.headers, executionId);
      const { method, bodyText } = request;
      if (!SENDABLE_METHODS.has(method.toUpperCase())) return NO_METHOD;
      try {
        const target = withQuery(url, request.query);
        return passOn(await client.send(target, { method, headers, bodyText, countStatuses }));
      } catch (error) {
        const isPassed = error instanceof UpstreamStatusError && !error.isFailure;
        if (!isPassed) telemetry.warn('upstream failed', { scope, face, executionId, error });
        return answerFailure(error);
      }
    };
  };
  return {
    takesAnyBody: true,
    full: faceOf('full', fullUrl),
    degraded: degraded instanceof URL ? faceOf('degraded', degraded) : withoutUpstream(degraded),
    maintenance,
    // Not behind the breaker, which would answer from memory what the probe is to find out.
    async probe(face, _request, { executionId }) {
      if (face === 'degraded' && !(degraded instanceof URL)) return 'success';
      const url = face === 'full' ? fullProbeUrl : probeUrl;
      if (url === undefined) return 'none';
      const headers = requestHeaders(PROBE_HEADERS, executionId);
      const reply = await probeTime.execute(({ signal }) =>
        tryOnce(url, { method: 'GET', headers, bodyText: '' }, { agent: false, signal }),
      );
      return reply.statusCode < 300 ? 'success' : 'error';
    },
  };
}

/** A degraded face that asks nobody. */
function withoutUpstream(degraded: StaticAnswer | LastGoodUse): FaceOf {
  if (typeof degraded === 'string') {
    return async () => ({ ...(await maintenance()), refused: true });
  }
  const { status: statusCode, contentType, text: bodyText } = degraded;
  const headers = { 'Content-Type': contentType };
  const outcome = statusCode < 400 ? 'success' : 'none';
  return async () => ({ outcome, statusCode, headers, bodyText });
}

/** The client's query behind the configured one; a parameter that is configured stays as it is. */
function withQuery(url: URL, query: ServiceRequest['query']): URL {
  const added = Object.entries(query).filter(([name]) => !url.searchParams.has(name));
  if (added.length === 0) return url;
  const target = new URL(url);
  const text = new URLSearchParams(added).toString();
  target.search = url.search === '' ? text : `${url.search}&${text}`;
  return target;
}

/** A redirect shows no work of the service, and may lead to a page that says it is down. */
function passOn(reply: UpstreamReply): TextAnswer {
  const isSuccess = reply.statusCode < 300 || reply.statusCode === 304;
  return { outcome: isSuccess ? 'success' : 'none', ...reply };
}

/**
 * The answer to a client whose request gave none to pass on. What the breaker and the bulkhead refuse was
 * not tried: the failures that opened the one were counted when they happened, the other tells of the
 * clients alone.
 */
function answerFailure(error: unknown): Answer | TextAnswer {
  if (error instanceof UpstreamStatusError) {
    return { outcome: isUpstreamFailure(error) ? 'error' : 'none', ...error.reply };
  }
  if (error instanceof UpstreamAnswerError) {
    return problem(isUpstreamFailure(error) ? 'error' : 'none', 502, error.message);
  }
  if (error instanceof UpstreamNetworkError) {
    return problem('error', 502, 'the upstream could not be reached, or broke off');
  }
  if (error instanceof TimeoutError) {
    return problem('error', 504, 'the upstream did not answer in time');
  }
  if (error instanceof CircuitBreakerOpenError) {
    return refusal('the upstream is failing; try again later', error.retryAfterMs);
  }
  if (error instanceof BulkheadFullError) {
    return refusal('too many requests at the same time; try again', 0);
  }
  throw error;
}

const NO_METHOD = problem('none', 400, 'method must be one that HTTP has, and not CONNECT');

function problem(outcome: Answer['outcome'], status: number, message: string): Answer {
  return { outcome, statusCode: status, headers: {}, body: { status, message } };
}

function refusal(message: string, retryAfterMs: number | null): Answer {
  const seconds = Math.max(1, Math.ceil((retryAfterMs ?? 0) / 1_000));
  const headers = { 'Retry-After': String(seconds) };
  return { ...problem('none', 503, message), refused: true, headers };
}
