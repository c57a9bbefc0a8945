/** The routes of the services: `METHOD /path`, with `{parameters}` and a greedy `{proxy+}` at the end. */

/** The methods that a route may name; ANY is each of them that no other route of its path takes. */
export const ROUTE_METHODS = [
  'ANY',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
] as const;
export type RouteMethod = (typeof ROUTE_METHODS)[number];

/** A route. */
export interface Route {
  readonly method: RouteMethod;
  /** The pattern, for example `/account/{id}`; `/` alone has no segments. */
  readonly path: string;
}

/** A pattern's parts: `{id}` takes one segment, `{proxy+}` all that remain, one at least. */
const SEGMENT = /^([\w.:~-]+|\{[A-Za-z]\w{0,31}\+?\})$/;

/** The longest pattern in characters. */
const MAX_PATH = 200;

/** What a route must look like, as the end of a refusal. */
export const ROUTE_WORDS = 'such as "GET /orders/{id}" or "ANY /orders/{proxy+}"';

/** Whether a text is a route. */
export function isRoute(text: string): boolean {
  const [method = '', path = '', ...rest] = text.split(' ');
  if (rest.length > 0 || !(ROUTE_METHODS as readonly string[]).includes(method)) return false;
  return isPattern(path);
}

/** Reads a route that isRoute has seen. */
export function routeOf(text: string): Route {
  const [method = 'ANY', path = '/'] = text.split(' ');
  return { method: method as RouteMethod, path };
}

function isPattern(path: string): boolean {
  if (path === '/') return true;
  if (!path.startsWith('/') || path.length > MAX_PATH) return false;
  const segments = segmentsOf(path);
  const names = segments.filter(isParameter).map(nameOf);
  return (
    segments.every((segment) => SEGMENT.test(segment)) &&
    segments.slice(0, -1).every((segment) => !isGreedy(segment)) &&
    new Set(names).size === names.length
  );
}

/** The parts of a pattern; none of `/`. */
export function segmentsOf(path: string): readonly string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/** Whether a part stands for what is there in its place. */
export function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}

/** Whether a part stands for all that remains. */
export function isGreedy(segment: string): boolean {
  return segment.endsWith('+}');
}

/** The name of a parameter, without what says that it is one. */
export function nameOf(segment: string): string {
  return segment.replaceAll(/[{}+]/g, '');
}

/**
 * What two routes of a gateway cannot have together; null where nothing is wrong. A path has one method
 * once; and where one segment may be a parameter, it is the same parameter in every route, since the
 * gateway has one resource for it.
 */
export function conflictBetween(routes: readonly Route[]): string | null {
  const taken = new Set<string>();
  const parameters = new Map<string, string>();
  for (const { method, path } of routes) {
    const route = `${method} ${path}`;
    if (taken.has(route)) return `${route} is there twice`;
    taken.add(route);
    let prefix = '';
    for (const segment of segmentsOf(path)) {
      if (isParameter(segment)) {
        const key = `${prefix}${isGreedy(segment) ? '+' : ''}`;
        const known = parameters.get(key) ?? segment;
        if (known !== segment) return `${route} has ${segment} where another route has ${known}`;
        parameters.set(key, segment);
      }
      prefix += `/${segment}`;
    }
  }
  return null;
}
