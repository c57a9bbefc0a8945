/** The HTTP front: what API Gateway is on AWS. */
import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { ProxyAnswer } from '../runtime/proxy.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { INPUT_LIMIT_BYTES } from './engine.ts';
import type { LambdaHandler } from './interpreter-engine.ts';
import {
  refuseConnection,
  REQUEST_TIMEOUT_MS,
  HEADERS_TIMEOUT_MS,
  takeEveryRequest,
} from './connections.ts';
import { allowOrigins, isPreflight, openRoutes, type OpenRoutes } from './cors.ts';
import { EngineRefusal } from './errors.ts';
import { greet } from './greeting.ts';
import { refuseForeign } from './loopback.ts';
import { describeFrontError, describeInvalidBody, refuse } from './problems.ts';
import type { LivePage } from './page/live-page.ts';
import { createRequestLog } from './request-log.ts';
import { lastValues } from './request-text.ts';
import { pathOf, patternOf, type Methods } from './routes.ts';
import { serviceRoutes, type ServiceParts } from './service-routes.ts';

/** What the front stands on. */
export interface FrontParts extends ServiceParts {
  /** The functions behind API Gateway's proxy integration. */
  readonly proxies: { readonly getState: LambdaHandler; readonly control: LambdaHandler };
  readonly telemetry: Telemetry;
  /** The live page. */
  readonly page?: Pick<LivePage, 'register' | 'show'>;
}

/** In characters: the longest path that the gateway takes. */
const LONGEST_PARAMETER = 10_240;

/** Makes the front; it listens when it is told to. */
export function createFront(parts: FrontParts): FastifyInstance {
  const log = createRequestLog(parts.telemetry, parts.clock);
  const front = Fastify({
    genReqId: () => randomUUID(),
    bodyLimit: INPUT_LIMIT_BYTES,
    // What is wrong with a path parameter is the service's to say, however long it is.
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    },
    keepAliveTimeout: 5_000,
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
  front.addHook('onRequest', async (request, reply) => log.begin(request, reply));
  takeEveryRequest(front, log);
  front.decorateRequest('bodyText', '');
  closeWhenStopping(front);
  answerErrors(front, parts.telemetry);
  const methodsOf = collectMethods(front);
  const open = openRoutes(parts.scopes);
  refuseUnknown(front, methodsOf, open);
  allowOrigins(front, methodsOf, open);
  serviceRoutes(front, parts);
  controlRoutes(front, parts);
  greet(front, parts.scopes, parts.page?.show);
  front.get('/openapi.json', { exposeHeadRoute: true }, () => parts.openapi);
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

function controlRoutes(front: FastifyInstance, { proxies }: FrontParts): void {
  front.get('/circuit-breaker', { exposeHeadRoute: true }, proxy(proxies.getState));
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
    guarded.post('/circuit-breaker/reset', proxy(proxies.control));
    guarded.put('/circuit-breaker/override', proxy(proxies.control));
    guarded.delete('/circuit-breaker/override', proxy(proxies.control));
    guarded.put('/circuit-breaker/policy', proxy(proxies.control));
    guarded.patch('/circuit-breaker/policy', proxy(proxies.control));
  });
}

/** Calls a function with the event that API Gateway's proxy integration makes of a request. */
function proxy(handler: LambdaHandler) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const answer = (await handler({
      httpMethod: request.method,
      resource: request.routeOptions.url,
      queryStringParameters: lastValues(request.query as Record<string, string | string[]>),
      body: typeof request.body === 'string' ? request.body : null,
      requestContext: { requestId: request.id },
    })) as ProxyAnswer;
    return reply.code(answer.statusCode).headers(answer.headers).send(answer.body);
  };
}

function answerErrors(front: FastifyInstance, telemetry: Telemetry): void {
  front.setErrorHandler<FastifyError | EngineRefusal>((error, request, reply) => {
    const { status, message } = describeFrontError(error, request);
    if (status >= 500) telemetry.error('request failed', { path: request.url, error });
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
        : methods !== undefined && !request.is404;
    if (isKnown) return undefined;
    if (methods === undefined) return refuse(reply, 404, `there is no ${path.slice(0, 100)} here`);
    reply.header('Allow', methods.join(', '));
    return refuse(reply, 405, `${path} takes ${methods.join(', ')}, got ${request.method}`);
  });
}
