/** Which route a path belongs to, whatever the method. */
import type { FastifyRequest } from 'fastify';

/** The methods of each route, by the router's pattern: `/account/:id`, `/orders/*`. */
export type Methods = ReadonlyMap<string, readonly string[]>;

/** The pattern of a path's route, as the router would choose it; the path itself where there is none. */
export function patternOf(path: string, methodsOf: Methods): string {
  if (methodsOf.has(path)) return path;
  const parts = path.split('/');
  const fitting = [...methodsOf.keys()].filter((route) => matches(route.split('/'), parts));
  return fitting.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))[0] ?? path;
}

/** The path of a request, without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  if (pattern.at(-1) === '*') {
    const named = pattern.slice(0, -1);
    const rest = parts.slice(named.length).join('/');
    return rest !== '' && matches(named, parts.slice(0, named.length));
  }
  return (
    pattern.length === parts.length &&
    pattern.every((part, index) =>
      isParameter(part) ? parts[index] !== '' : part.replaceAll('::', ':') === parts[index],
    )
  );
}

/** Named parts go before parameters, those before the wildcard. */
function rankOf(route: string): string {
  return route.replaceAll(/[^/]+/g, (part) => (part === '*' ? '2' : isParameter(part) ? '1' : '0'));
}

/** A doubled colon is one that is meant. */
function isParameter(part: string): boolean {
  return part.startsWith(':') && !part.startsWith('::');
}
