/** The HTTP front: what API Gateway is on AWS. */
import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Level } from '../level/level.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ProxyAnswer } from '../runtime/proxy.ts';
import type { Json } from '../services/service.ts';
import { DEFAULT_SCOPE, stateKeyOf } from '../store/level-store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { readOutput, type Engine } from './engine.ts';
import type { LambdaHandler } from './interpreter-engine.ts';
import { foreignTo } from './loopback.ts';
import {
  BODY_LIMIT_BYTES,
  describeFrontError,
  describeInvalidBody,
  refuse,
  refuseConnection,
} from './problems.ts';

/** What the front stands on. */
export interface FrontParts {
  readonly engine: Engine;
  /** The functions behind API Gateway's proxy integration. */
  readonly proxies: { readonly getState: LambdaHandler; readonly control: LambdaHandler };
  /** docs/openapi.yaml, parsed: it is served, and its ServiceRequest schema checks the input. */
  readonly openapi: OpenApi;
  readonly failOpenLevel: Level;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** The part of the OpenAPI document that is read here. */
export interface OpenApi {
  readonly components: { readonly schemas: { readonly ServiceRequest: object } };
}

/** How long headers may take to arrive, in milliseconds. */
const HEADERS_TIMEOUT_MS = 5_000;
/** How long a whole request may take to arrive, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How deep a body may nest: the interpreter recurses over it. */
const MAX_DEPTH = 64;

/** Makes the front; it listens when it is told to. */
export function createFront(parts: FrontParts): FastifyInstance {
  const front = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 5_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        verbose: true,
      },
    },
    schemaErrorFormatter: describeInvalidBody,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      const { status, message } = describeFrontError(error, request);
      void refuse(reply, status, message);
    },
  });
  front.removeContentTypeParser('text/plain');
  closeWhenStopping(front);
  answerErrors(front, parts.telemetry);
  logRequests(front, parts.telemetry);
  allowOrigins(front);
  refuseUnknown(front);
  serviceRoute(front, parts);
  controlRoutes(front, parts);
  front.get('/openapi.json', () => parts.openapi);
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

function serviceRoute(front: FastifyInstance, parts: FrontParts): void {
  const { engine, openapi, clock, failOpenLevel } = parts;
  const schema = { body: openapi.components.schemas.ServiceRequest };
  front.post('/service-api', { schema }, async (request, reply) => {
    const body = request.body as Json;
    if (isDeeperThan(body, MAX_DEPTH)) {
      return refuse(reply, 400, `the body must nest at most ${MAX_DEPTH} levels deep`);
    }
    const executionId = randomUUID();
    const input = {
      kind: 'request',
      scope: DEFAULT_SCOPE,
      stateKey: stateKeyOf(DEFAULT_SCOPE),
      receivedAt: clock.nowMs(),
      failOpenLevel,
      request: { body },
    } as const;
    const output = readOutput(await engine.execute(input, executionId));
    reply.executionId = executionId;
    if (output === null) return refuse(reply, 500, 'Internal Server Error');
    reply.servedLevel = output.level;
    reply
      .code(output.statusCode)
      .type('application/json; charset=utf-8')
      .headers(output.headers)
      .header('X-Service-Level', output.level);
    if (output.failOpen) reply.header('X-Service-Fail-Open', 'true');
    return reply.send(output.body);
  });
}

function controlRoutes(front: FastifyInstance, { proxies }: FrontParts): void {
  front.get('/circuit-breaker', proxy(proxies.getState));
  void front.register(async (guarded) => {
    guarded.addHook('onRequest', async (request, reply) => {
      const why = foreignTo(request);
      return why === null ? undefined : refuse(reply, 403, why);
    });
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
    })) as ProxyAnswer;
    return reply.code(answer.statusCode).headers(answer.headers).send(answer.body);
  };
}

/** API Gateway passes the last value of a repeated query parameter. */
function lastValues(query: Readonly<Record<string, string | string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, [value].flat().at(-1) ?? '']),
  );
}

/** Any page may call the service and read the status; what changes the level is for this origin. */
function allowOrigins(front: FastifyInstance): void {
  const open = new Set(['/service-api', '/circuit-breaker', '/openapi.json']);
  void front.register(cors, {
    strictPreflight: false,
    delegator: (request, done) => {
      const path = request.url.split('?', 1)[0] ?? '';
      done(null, {
        origin: open.has(path) ? '*' : false,
        methods: ['GET', 'POST'],
        allowedHeaders: ['Content-Type'],
        exposedHeaders: ['X-Service-Level', 'X-Service-Fail-Open', 'Retry-After'],
        maxAge: 600,
      });
    },
  });
}

function answerErrors(front: FastifyInstance, telemetry: Telemetry): void {
  front.setErrorHandler<FastifyError>((error, request, reply) => {
    const { status, message } = describeFrontError(error, request);
    if (status >= 500) telemetry.error('request failed', { path: request.url, error });
    return refuse(reply, status, message);
  });
}

/** 404, or 405 with the methods that the path has. */
function refuseUnknown(front: FastifyInstance): void {
  const methodsOf = new Map<string, string[]>();
  front.addHook('onRoute', ({ url, method }) => {
    methodsOf.set(url, [...(methodsOf.get(url) ?? []), ...[method].flat()]);
  });
  // Before the body is read: what there is no route for need not be JSON.
  front.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return undefined;
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = methodsOf.get(path);
    if (methods === undefined) return refuse(reply, 404, `there is no ${path} here`);
    reply.header('Allow', methods.join(', '));
    return refuse(reply, 405, `${path} takes ${methods.join(', ')}, got ${request.method}`);
  });
}

function logRequests(front: FastifyInstance, telemetry: Telemetry): void {
  front.decorateReply('executionId', null);
  front.decorateReply('servedLevel', null);
  front.addHook('onResponse', async (request, reply) => {
    telemetry.info('request', {
      method: request.method,
      path: request.url.slice(0, 200),
      status: reply.statusCode,
      servedLevel: reply.servedLevel,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      executionId: reply.executionId,
    });
  });
}

/** Whether a JSON value nests deeper than a limit; it never recurses beyond it. */
function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((inner: Json) => isDeeperThan(inner, limit - 1));
}

declare module 'fastify' {
  interface FastifyReply {
    /** The execution that answered, for the log. */
    executionId: string | null;
    /** The level that served, for the log. */
    servedLevel: Level | null;
  }
}
