/** The HTTP front: what API Gateway is on AWS. */
import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { ProxyAnswer } from '../runtime/proxy.ts';
import type { Meters } from '../telemetry/meters.ts';
import type { PrometheusMeters } from '../telemetry/prometheus.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { INPUT_LIMIT_BYTES } from '../runtime/workflow.ts';
import type { LambdaHandler } from './interpreter-engine.ts';
import { refuseConnection, takeEveryRequest } from './connections.ts';
import { createAdmission, type Admitted } from './admission/admission.ts';
import { mayReadWords } from './caller.ts';
import { allowOrigins, isPreflight, openRoutes, type OpenRoutes } from './cors.ts';
import { EngineRefusal } from './errors.ts';
import { greet } from './greeting.ts';
import type { Limits } from './limits.ts';
import { localUser } from './local-user.ts';
import { refuseForeign } from './loopback.ts';
import { describeFrontError, describeInvalidBody, LONGEST_PARAMETER, refuse } from './problems.ts';
import type { LivePage } from './page/live-page.ts';
import { createRequestLog } from './request-log.ts';
import { lastValues } from './request-text.ts';
import { pathOf, patternOf, type Methods } from './routes.ts';
import { serviceRoutes, type ServiceParts } from './service-routes.ts';

/** What the front stands on. */
export interface FrontParts extends ServiceParts {
  /** The functions behind API Gateway's proxy integration. */
  readonly proxies: Readonly<Record<'getState' | 'control' | 'health', LambdaHandler>>;
  readonly limits: Limits;
  readonly telemetry: Telemetry;
  /** Told of every request to the service, when it is answered. */
  readonly meters: Meters;
  /** What `GET /metrics` answers. */
  readonly metrics: Pick<PrometheusMeters, 'expose'>;
  /** The live page. */
  readonly page?: Pick<LivePage, 'register' | 'show'>;
}

/** Makes the front; it listens when it is told to. */
export function createFront(parts: FrontParts): FastifyInstance {
  const log = createRequestLog(parts.telemetry, parts.clock, parts.meters);
  const admission = createAdmission(parts.limits, parts.telemetry, parts.clock);
  const front = Fastify({
    genReqId: () => randomUUID(),
    bodyLimit: INPUT_LIMIT_BYTES,
    // What is wrong with a path parameter is the service's to say, however long it is.
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    serverFactory: admission.serverFactory,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        verbose: true,
      },
    },
    schemaErrorFormatter: describeInvalidBody,
    clientErrorHandler: refuseConnection(log),
    frameworkErrors: (error, request, reply) => {
      log.begin(request, reply);
      const { status, message } = describeFrontError(error, request);
      void refuse(reply, status, message);
    },
  });
  front.decorateReply('executionId', null);
  front.decorateReply('servedLevel', null);
  front.decorateReply('servedScope', null);
  front.decorateReply('traceId', null);
  front.decorateReply('isShed', false);
  front.addHook('onClose', async () => admission.close());
  front.addHook('onRequest', async (request, reply) => log.begin(request, reply));
  takeEveryRequest(front, log);
  front.decorateRequest('bodyText', '');
  closeWhenStopping(front);
  answerErrors(front, parts.telemetry);
  const methodsOf = collectMethods(front);
  const { controlPrefix: prefix } = parts;
  const open = openRoutes(parts.scopes, prefix);
  refuseUnknown(front, methodsOf, open);
  allowOrigins(front, methodsOf, open);
  const operators = admission.lane('control-plane');
  serviceRoutes(front, parts, admission);
  controlRoutes(front, parts, operators);
  healthRoutes(front, parts, operators);
  metricsRoute(front, parts);
  greet(front, parts, parts.page?.show);
  front.get(`${prefix}/openapi.json`, { exposeHeadRoute: true }, () => parts.openapi);
  parts.page?.register(front);
  return front;
}

/** A connection whose request was in flight at the stop would be kept alive, and the stop wait for it. */
function closeWhenStopping(front: FastifyInstance): void {
  let stopping = false;
  front.addHook('preClose', async () => {
    stopping = true;
  });
  front.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('Connection', 'close');
  });
}

function controlRoutes(front: FastifyInstance, parts: FrontParts, lane: Admitted): void {
  const { proxies, apiKey, controlPrefix: prefix } = parts;
  const getState = proxy(proxies.getState, lane, (request) => mayReadWords(request, apiKey));
  // Only a user of this machine comes through to a change, and this server's is the one it knows.
  const control = proxy(proxies.control, lane, () => true);
  front.get(`${prefix}/circuit-breaker`, { exposeHeadRoute: true, ...getState });
  void front.register(async (guarded) => {
    guarded.addHook('onRequest', refuseForeign);
    // The function parses the body itself, as it does behind API Gateway.
    guarded.removeAllContentTypeParsers();
    guarded.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      (_request, body, done) => {
        done(null, body);
      },
    );
    guarded.post(`${prefix}/circuit-breaker/reset`, control);
    guarded.put(`${prefix}/circuit-breaker/override`, control);
    guarded.delete(`${prefix}/circuit-breaker/override`, control);
    guarded.put(`${prefix}/circuit-breaker/policy`, control);
    guarded.patch(`${prefix}/circuit-breaker/policy`, control);
  });
}

/** Monitors ask with HEAD, too. */
function healthRoutes(front: FastifyInstance, parts: FrontParts, lane: Admitted): void {
  const { proxies, controlPrefix } = parts;
  for (const path of HEALTH_PATHS) {
    const url = `${controlPrefix}${path}`;
    front.route({ method: ['GET', 'HEAD'], url, ...proxy(proxies.health, lane, () => false) });
  }
}

const HEALTH_PATHS = ['/health', '/health/liveness', '/health/readiness'] as const;

function metricsRoute(front: FastifyInstance, { metrics, controlPrefix }: FrontParts): void {
  front.get(`${controlPrefix}/metrics`, async (request, reply) => {
    const { contentType, body } = await metrics.expose(request.headers.accept ?? '');
    // As bytes: to a text, Fastify adds a charset of its own.
    return reply.header('Content-Type', contentType).send(Buffer.from(body));
  });
}

/**
 * Calls a function with the event that API Gateway's proxy integration makes of a request.
 *
 * @param isOperator Whether the user of this machine sent it, as far as can be told.
 */
function proxy(
  call: LambdaHandler,
  { onRequest, handler }: Admitted,
  isOperator: (request: FastifyRequest) => boolean,
) {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode, headers, body } = (await call({
      httpMethod: request.method,
      resource: request.routeOptions.url,
      queryStringParameters: lastValues(request.query as Record<string, string | string[]>),
      body: typeof request.body === 'string' ? request.body : null,
      requestContext: {
        requestId: request.id,
        identity: { user: isOperator(request) ? localUser() : null },
      },
    })) as ProxyAnswer;
    return reply.code(statusCode).headers(headers).send(body);
  };
  return { onRequest, handler: handler(answer) };
}

function answerErrors(front: FastifyInstance, telemetry: Telemetry): void {
  front.setErrorHandler<FastifyError | EngineRefusal>((error, request, reply) => {
    const { status, message } = describeFrontError(error, request);
    if (status >= 500) telemetry.error('request failed', { path: pathOf(request), error });
    if (error instanceof EngineRefusal && error.retryAfterSeconds !== undefined) {
      reply.header('Retry-After', error.retryAfterSeconds);
    }
    return refuse(reply, status, message);
  });
}

function collectMethods(front: FastifyInstance): Methods {
  const methodsOf = new Map<string, string[]>();
  front.addHook('onRoute', ({ url, method }) => {
    // The CORS plugin's own, for every OPTIONS.
    if (url === '*') return;
    methodsOf.set(url, [...(methodsOf.get(url) ?? []), ...[method].flat()]);
  });
  return methodsOf;
}

/** 404, or 405 with the methods that the path has. */
function refuseUnknown(front: FastifyInstance, methodsOf: Methods, open: OpenRoutes): void {
  // Before the body is read: what there is no route for need not be JSON.
  front.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request);
    const methods = methodsOf.get(patternOf(path, methodsOf));
    // The CORS plugin has a route for every OPTIONS.
    const isKnown =
      request.method === 'OPTIONS'
        ? isPreflight(request, methodsOf, open) || methods?.includes('OPTIONS')
        : // As the gateway: where the nearest pattern has not the method, no wider one is asked.
          methods?.includes(request.method) && !request.is404;
    if (isKnown) return undefined;
    if (methods === undefined) return refuse(reply, 404, `there is no ${path.slice(0, 100)} here`);
    reply.header('Allow', methods.join(', '));
    return refuse(
      reply,
      405,
      `${path.slice(0, 100)} takes ${methods.join(', ')}, got ${request.method}`,
    );
  });
}
