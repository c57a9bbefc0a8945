/** `GET /` where no service has it: which services there are, and where to look. */
import type { FastifyInstance } from 'fastify';
import { routesOf, type Scopes } from '../runtime/scopes.ts';

/** Adds the answer, unless a service has the path. */
export function greet(front: FastifyInstance, scopes: Scopes): void {
  if (routesOf(scopes).some(({ path }) => path === '/')) return;
  const lines = [
    'Resilient service system',
    '',
    ...routesOf(scopes).map(({ method, path, scope }) => `${method} ${path}  (${scope})`),
    '',
    'GET /circuit-breaker  the level of every service, and why',
    'GET /openapi.json     the contract',
    '',
  ];
  front.get('/', { exposeHeadRoute: true }, (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send(lines.join('\n')),
  );
}
