/** Which pages of other origins may use which path: each service's own list, and all of the status and the contract. */
import cors from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Scopes } from '../runtime/scopes.ts';
import { patternOf, pathOf, type Methods } from './routes.ts';
import { urlOf } from './service-routes.ts';

/** What the answers of a path tell a browser. */
interface Allowed {
  readonly origins: readonly string[];
  readonly headers: readonly string[];
  readonly credentials: boolean;
}

const EVERYBODY: Allowed = { origins: ['*'], headers: ['Content-Type'], credentials: false };

/** By the router's pattern; what changes the level is for this server's own pages. */
export type OpenRoutes = ReadonlyMap<string, Allowed>;

/** Of this server itself, and read alone. */
const READ_BY_ALL = [
  '/circuit-breaker',
  '/health',
  '/health/liveness',
  '/health/readiness',
  '/openapi.json',
];

/**
 * The paths that pages of other origins may use.
 *
 * @param prefix What stands before every path of the product's own.
 */
export function openRoutes(scopes: Scopes, prefix: string): OpenRoutes {
  const ofServices = Object.values(scopes).flatMap(({ cors: allowed, routes }) =>
    allowed === 'off' ? [] : routes.map(({ path }) => [urlOf(path), allowed] as const),
  );
  const own = READ_BY_ALL.map((path) => [`${prefix}${path}`, EVERYBODY] as const);
  return new Map([...ofServices, ...own]);
}

/** Answers preflights, and says so on every answer. */
export function allowOrigins(front: FastifyInstance, methodsOf: Methods, open: OpenRoutes): void {
  void front.register(cors, {
    delegator: (request, done) => {
      const route = patternOf(pathOf(request), methodsOf);
      const allowed = open.get(route);
      done(null, {
        origin: allowed === undefined ? false : originOf(allowed),
        methods: [...(methodsOf.get(route) ?? [])],
        allowedHeaders: [...(allowed?.headers ?? [])],
        credentials: allowed?.credentials ?? false,
        exposedHeaders: [
          'X-Service-Level',
          'X-Service-Fail-Open',
          'X-Service-Shielded',
          'Retry-After',
        ],
        maxAge: 600,
        // An OPTIONS that is no preflight is answered like one, as the gateway does.
        strictPreflight: false,
      });
    },
  });
}

function originOf({ origins }: Allowed): string | string[] {
  return origins.includes('*') ? '*' : [...origins];
}

/** Whether OPTIONS of a path is answered here, and not by whoever serves it. */
export function isPreflight(
  request: FastifyRequest,
  methodsOf: Methods,
  open: OpenRoutes,
): boolean {
  return open.has(patternOf(pathOf(request), methodsOf));
}
