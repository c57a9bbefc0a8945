/** `GET /` where no service has it: which services there are, and where to look; a browser gets the live page. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { routesOf, type Scopes } from '../runtime/scopes.ts';

/** What there is, and where the product's own paths are. */
interface Greeted {
  readonly scopes: Scopes;
  readonly controlPrefix: string;
}

/**
 * Adds the answer, unless a service has the path. With a prefix it is there, and `/` is nobody's.
 *
 * @param showPage Answers who reads HTML.
 */
export function greet(
  front: FastifyInstance,
  { scopes, controlPrefix: prefix }: Greeted,
  showPage?: (reply: FastifyReply) => Promise<FastifyReply>,
): void {
  const where = prefix === '' ? '/' : prefix;
  if (routesOf(scopes).some(({ path }) => path === where)) return;
  const lines = [
    'Resilient service system',
    '',
    ...routesOf(scopes).map(({ method, path, scope }) => `${method} ${path}  (${scope})`),
    '',
    `GET ${prefix}/circuit-breaker  the level of every service, and why`,
    `GET ${prefix}/openapi.json     the contract`,
    ...(showPage ? [`GET ${prefix}/page             all of it live, in a browser`] : []),
    '',
  ];
  front.get(where, { exposeHeadRoute: true }, (request, reply) => {
    void reply.header('Vary', 'Accept');
    if (showPage !== undefined && readsHtml(request)) return showPage(reply);
    return reply.type('text/plain; charset=utf-8').send(lines.join('\n'));
  });
}

/** As browsers say it; `*` is what scripts say. */
function readsHtml({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') ?? false;
}
