/** The routes of the services: each request is an execution of the workflow, and its answer the answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Level } from '../level/level.ts';
import type { Policy } from '../level/policy.ts';
import type { Clock } from '../runtime/clock.ts';
import { deployedInput } from '../runtime/deployed-input.ts';
import type { Scopes } from '../runtime/scopes.ts';
import { DEFAULT_SCOPE, stateKeyOf } from '../store/level-store.ts';
import {
  REQUEST_LIMIT_BYTES,
  requestBytesOf,
  readOutput,
  type Engine,
  type WorkflowOutput,
} from './engine.ts';
import { refuseForeign } from './loopback.ts';
import { describeTooLarge, refuse } from './problems.ts';
import { requestTextOf } from './request-text.ts';

/** What the routes of the services stand on. */
export interface ServiceParts {
  readonly engine: Engine;
  /** docs/openapi.yaml, parsed: it is served. */
  readonly openapi: OpenApi;
  /** The schema in it that checks the input. */
  readonly requestModel: RequestModel;
  readonly failOpenLevel: Level;
  readonly scopes: Scopes;
  /** The policy that a scope is deployed with. */
  readonly policyOf: (scope: string) => Policy;
  /** Whether the faces of the default scope know each other's Idempotency-Keys. */
  readonly sharedIdempotency: boolean;
  readonly clock: Clock;
}

/** What the demo takes; what an API of your own does. */
type RequestModel = 'ServiceRequest' | 'UpstreamRequest';

/** The part of the OpenAPI document that is read here. */
export interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<RequestModel, object>> };
}

/** Where an operator looks past the level: the same routes behind it, served by the full face. */
const BYPASS_PREFIX = '/circuit-breaker/bypass';

/** Adds the routes, and the same for an operator who looks past the level. */
export function serviceRoutes(front: FastifyInstance, parts: ServiceParts): void {
  addRoutes(front, parts, false);
  void front.register(
    async (guarded) => {
      guarded.addHook('onRequest', refuseForeign);
      addRoutes(guarded, parts, true);
    },
    { prefix: BYPASS_PREFIX },
  );
}

function addRoutes(front: FastifyInstance, parts: ServiceParts, bypass: boolean): void {
  const { openapi, requestModel, sharedIdempotency } = parts;
  const schema = { body: openapi.components.schemas[requestModel] };
  const service = { scope: DEFAULT_SCOPE, knowsKeys: sharedIdempotency, bypass };
  const account = { scope: 'account', knowsKeys: true, bypass };
  front.post('/service-api', { schema }, execution(service, parts));
  front.get('/account/:id', execution(account, parts));
}

/** Answers with what an execution of the workflow answers. */
function execution(
  route: { readonly scope: string; readonly knowsKeys: boolean; readonly bypass: boolean },
  { engine, clock, failOpenLevel, scopes, policyOf }: ServiceParts,
) {
  const { scope, knowsKeys, bypass } = route;
  const signals = scopes[scope]?.signals ?? 'direct';
  const deployed = deployedInput(policyOf(scope));
  const stateKey = stateKeyOf(scope);
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const executionId = request.id;
    const input = {
      kind: 'request',
      scope,
      stateKey,
      receivedAt: clock.nowMs(),
      failOpenLevel,
      signals,
      safe: isSafe(request, knowsKeys),
      bypass,
      deployed,
      request: requestTextOf(request, bypass ? BYPASS_PREFIX : ''),
    } as const;
    const bytes = requestBytesOf(input.request);
    if (bytes > REQUEST_LIMIT_BYTES) return refuse(reply, 413, describeTooLarge(bytes));
    const output = readOutput(await engine.execute(input, executionId));
    reply.executionId = executionId;
    if (output === null) return refuse(reply, 500, 'Internal Server Error');
    return answer(reply, output);
  };
}

/** RFC 9110, 9.2.1; and what says that it runs once, however often it is sent. */
function isSafe({ method, headers }: FastifyRequest, knowsKeys: boolean): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  return knowsKeys && (headers['idempotency-key'] ?? '') !== '';
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
