/** The routes of the services: each request is an execution of the workflow, and its answer the answer. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Level } from '../level/level.ts';
import type { Policy } from '../level/policy.ts';
import type { Clock } from '../runtime/clock.ts';
import { deployedInput } from '../runtime/deployed-input.ts';
import { methodsOf } from '../runtime/route-table.ts';
import { segmentsOf, isGreedy, isParameter, nameOf } from '../runtime/routes.ts';
import { knowsKeys, type ScopeConfig, type Scopes } from '../runtime/scopes.ts';
import { stateKeyOf } from '../store/level-store.ts';
import { activeTraceId, carrierOf, contextOf, inSpan } from '../telemetry/tracing.ts';
import { requireKey } from './caller.ts';
import { readOutput, type Engine } from './engine.ts';
import {
  REQUEST_LIMIT_BYTES,
  requestBytesOf,
  type WorkflowInput,
  type WorkflowOutput,
  describeTooLarge,
} from '../runtime/workflow.ts';
import type { Admission } from './admission/admission.ts';
import { takeJson, takeText } from './bodies.ts';
import { refuseForeign } from './loopback.ts';
import { refuse } from './problems.ts';
import { requestTextOf, traceOf } from './request-text.ts';
import { tenantScopeIn } from './tenant-scope.ts';

/** What the routes of the services stand on. */
export interface ServiceParts {
  readonly engine: Engine;
  /** The OpenAPI document: it is served, and has the schemas that bodies are held to. */
  readonly openapi: OpenApi;
  readonly failOpenLevel: Level;
  readonly scopes: Scopes;
  /** What stands before every path of the product's own; '' is nothing. */
  readonly controlPrefix: string;
  /** The policy that a scope is deployed with. */
  readonly policyOf: (scope: string) => Policy;
  /** Whether the two APIs that the environment names know each other's Idempotency-Keys. */
  readonly sharedIdempotency: boolean;
  /** What callers show where a service asks who they are; absent: nobody may call those. */
  readonly apiKey?: string;
  readonly clock: Clock;
}

/** The part of the OpenAPI document that is read here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, object>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Where an operator looks past the level: the same routes behind it, served by the full face. */
const bypassOf = ({ controlPrefix }: ServiceParts) => `${controlPrefix}/circuit-breaker/bypass`;

/** Adds the routes, and the same for an operator who looks past the level. */
export function serviceRoutes(
  front: FastifyInstance,
  parts: ServiceParts,
  admission: Admission,
): void {
  for (const [scope, entry] of Object.entries(parts.scopes)) {
    addRoutes(front, { scope, entry, bypass: false, parts, admission });
    void front.register(
      async (guarded) => {
        guarded.addHook('onRequest', refuseForeign);
        addRoutes(guarded, { scope, entry, bypass: true, parts, admission });
      },
      { prefix: bypassOf(parts) },
    );
  }
}

/** A service as it is routed to. */
interface Routed {
  readonly scope: string;
  readonly entry: ScopeConfig;
  readonly bypass: boolean;
  readonly parts: ServiceParts;
  readonly admission: Admission;
}

function addRoutes(front: FastifyInstance, routed: Routed): void {
  const { scope, entry, bypass, parts, admission } = routed;
  // An operator past the level has places of his own.
  const { onRequest, handler } = admission.lane(scope);
  void front.register(async (own) => {
    if (!bypass) requireKey(own, entry.auth, parts.apiKey);
    if (entry.module === undefined) takeText(own, entry.contentTypes);
    else takeJson(own);
    for (const [path, methods] of methodsOf(entry, parts.scopes)) {
      const route = {
        url: urlOf(path),
        // The schema is looked up where it is used; packaging refuses a name that is not there.
        ...(entry.body && { schema: { body: parts.openapi.components.schemas[entry.body] } }),
        // What an operator asks past the level says nothing of what clients get.
        config: bypass ? {} : { scope: routed.scope },
        onRequest,
        handler: handler(execution(path, routed)),
      };
      const others = methods.filter((method) => method !== 'OPTIONS') as HTTPMethods[];
      if (others.length > 0) own.route({ ...route, method: others });
      if (methods.includes('OPTIONS')) {
        own.route({ ...route, method: 'OPTIONS', constraints: BEFORE_CORS });
      }
    }
  });
}

/** The CORS plugin has OPTIONS of every path: a route with a constraint, which every host meets, goes before. */
const BEFORE_CORS = { host: /^/ };

/** A pattern as the router takes it. */
export function urlOf(path: string): string {
  const parts = segmentsOf(path).map((segment) => {
    if (isGreedy(segment)) return '*';
    // In the router a colon begins a parameter, and a doubled one is a colon.
    // Nothing is no value of a parameter: the greedy route may take the path then.
    return isParameter(segment) ? `:${nameOf(segment)}(^.+$)` : segment.replaceAll(':', '::');
  });
  return `/${parts.join('/')}`;
}

/** Answers with what an execution of the workflow answers. */
function execution(path: string, { scope, entry, bypass, parts }: Routed) {
  const { engine, clock, failOpenLevel, policyOf, sharedIdempotency } = parts;
  const { signals, readReplicas } = entry;
  const areKnown = knowsKeys(entry, sharedIdempotency);
  const deployed = deployedInput(policyOf(scope));
  // An operator past the level counts nowhere: whose request it is makes no difference.
  const scopeOf = bypass ? () => scope : tenantScopeIn(scope, entry);
  const routed = {
    resource: path,
    prefix: bypass ? bypassOf(parts) : '',
    forwards: entry.module === undefined,
  };
  return traced(scopeOf, async (request, reply, trace) => {
    const executionId = request.id;
    const own = scopeOf(request);
    if (!bypass) reply.servedScope = own;
    const input = {
      kind: 'request',
      scope: own,
      stateKey: stateKeyOf(own),
      receivedAt: clock.nowMs(),
      failOpenLevel,
      readReplicas,
      // Alarms are the service's alone.
      signals: own === scope ? signals : 'direct',
      safe: isSafe(request, areKnown),
      bypass,
      deployed,
      trace,
      request: requestTextOf(request, routed),
    } as const;
    const bytes = requestBytesOf(input.request);
    if (bytes > REQUEST_LIMIT_BYTES) return refuse(reply, 413, describeTooLarge(bytes));
    const output = readOutput(await engine.execute(input, executionId));
    reply.executionId = executionId;
    if (output === null) return refuse(reply, 500, 'Internal Server Error');
    return answer(reply, output);
  });
}

type Handle = (
  request: FastifyRequest,
  reply: FastifyReply,
  trace: WorkflowInput['trace'],
) => Promise<FastifyReply>;

/** The request as the span that its execution's spans belong to; without an SDK, as its client names it. */
function traced(scopeOf: (request: FastifyRequest) => string, handle: Handle) {
  return (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const named = traceOf(request);
    const { method } = request;
    const route = request.routeOptions.url ?? '';
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'url.path': request.url.split('?', 1)[0] ?? '',
      'url.scheme': 'http',
      'resilience.scope': scopeOf(request),
      'resilience.execution_id': request.id,
    };
    const start = { kind: SpanKind.SERVER, attributes, parent: contextOf(named) };
    return inSpan(`${method} ${route}`, start, async (span) => {
      reply.traceId = activeTraceId() ?? null;
      const answered = await handle(request, reply, { ...named, ...carrierOf() });
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.servedLevel !== null)
        span.setAttribute('resilience.level.served', reply.servedLevel);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      return answered;
    });
  };
}

/** RFC 9110, 9.2.1; and what says that it runs once, however often it is sent. */
function isSafe({ method, headers }: FastifyRequest, areKeysKnown: boolean): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  return areKeysKnown && (headers['idempotency-key'] ?? '') !== '';
}

function answer(reply: FastifyReply, output: WorkflowOutput): FastifyReply {
  reply.servedLevel = output.level;
  reply
    .code(output.statusCode)
    .type('application/json; charset=utf-8')
    .headers(withoutOurs(output.headers))
    .header('X-Service-Level', output.level);
  if (output.failOpen) reply.header('X-Service-Fail-Open', 'true');
  if (output.shielded) reply.header('X-Service-Shielded', 'true');
  // As bytes: to a text, Fastify adds a charset that the answer's own Content-Type has not.
  return reply.send(Buffer.from(output.body));
}

/** No face can say which level served, or why. */
function withoutOurs(headers: WorkflowOutput['headers']): WorkflowOutput['headers'] {
  const own = Object.entries(headers).filter(([name]) => !/^x-service-/i.test(name));
  return Object.fromEntries(own);
}
