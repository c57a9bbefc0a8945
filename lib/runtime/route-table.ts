/** Which methods each path of a service takes, and which route a request belongs to: as API Gateway matches. */
import { isGreedy, isParameter, nameOf, segmentsOf, type RouteMethod } from './routes.ts';
import { routesOf, type ScopeConfig, type Scopes } from './scopes.ts';

/** What ANY stands for. */
const EVERY_METHOD = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/**
 * The methods of each path of a service. HEAD is wherever GET is; OPTIONS belongs to the gateway, which
 * answers pages of other origins, unless the service has CORS off.
 */
export function methodsOf(
  entry: ScopeConfig,
  scopes: Scopes,
): ReadonlyMap<string, readonly RouteMethod[]> {
  const named = new Set(routesOf(scopes).map(({ method, path }) => `${method} ${path}`));
  const isOpen = entry.cors !== 'off';
  const paths = new Map<string, RouteMethod[]>();
  const add = (path: string, method: RouteMethod) => {
    const methods = paths.get(path) ?? [];
    if (!methods.includes(method)) paths.set(path, [...methods, method]);
  };
  for (const { method, path } of entry.routes) {
    const isTaken = (one: RouteMethod) => named.has(`${one} ${path}`);
    const meant = method === 'ANY' ? EVERY_METHOD.filter((one) => !isTaken(one)) : [method];
    for (const one of meant) if (one !== 'OPTIONS' || !isOpen) add(path, one);
    if (method === 'GET' && !isTaken('HEAD')) add(path, 'HEAD');
  }
  return paths;
}

/** A path that belongs to a pattern. */
export interface Matched {
  readonly path: string;
  /** By name, percent-encoded as they came. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The pattern that a path belongs to: segment by segment the one that names it goes before the one with a
 * parameter, and that before the greedy one.
 *
 * @param rawPath Percent-encoded, without a query.
 */
export function matchPath(patterns: readonly string[], rawPath: string): Matched | null {
  const parts = rawPath.slice(1).split('/');
  const ranked = patterns
    .flatMap((path) => {
      const parameters = parametersOf(path, parts);
      return parameters === null ? [] : [{ path, parameters }];
    })
    .toSorted((a, b) => (rankOf(a.path) < rankOf(b.path) ? -1 : 1));
  return ranked[0] ?? null;
}

function parametersOf(path: string, parts: readonly string[]): Matched['parameters'] | null {
  const segments = segmentsOf(path);
  if (segments.length === 0) return parts.length === 1 && parts[0] === '' ? {} : null;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const rest = parts.slice(index);
    if (isGreedy(segment)) {
      const text = rest.join('/');
      if (text === '') return null;
      return { ...parameters, [nameOf(segment)]: text };
    }
    const [part = ''] = rest;
    if (isParameter(segment)) {
      if (part === '') return null;
      parameters[nameOf(segment)] = part;
    } else if (part !== segment) return null;
  }
  return parts.length === segments.length ? parameters : null;
}

/** Sorts as the gateway prefers: named segments, then parameters, then the greedy one. */
function rankOf(path: string): string {
  return segmentsOf(path)
    .map((segment) => (isGreedy(segment) ? '2' : isParameter(segment) ? '1' : '0'))
    .join('');
}

/** The route of a method and path; null where there is none. */
export function routeFor(
  scopes: Scopes,
  method: string,
  rawPath: string,
): (Matched & { readonly scope: string }) | null {
  const routes = routesOf(scopes);
  const matched = matchPath([...new Set(routes.map(({ path }) => path))], rawPath);
  if (matched === null) return null;
  const found = Object.entries(scopes).find(([, entry]) =>
    methodsOf(entry, scopes)
      .get(matched.path)
      ?.some((one) => one === method),
  );
  return found === undefined ? null : { ...matched, scope: found[0] };
}
