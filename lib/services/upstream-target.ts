/** Where at an upstream a request goes: its path and query, exactly as they came, and nowhere outside the URL. */
import type { RequestText } from './service.ts';
import { SERVICE_PATH } from './upstream-settings.ts';

/** The path and query that are asked of the upstream, or why the request cannot be sent there. */
export type Target =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly problem: string };

/** RFC 9112, 3.2: what a request line can hold, but for what ends a path or a query. */
const TEXT = /^[\x21-\x7e]*$/;
const PATH = /^\/[\x21-\x7e]*$/;
const ENDS_PATH = /[?#\\]|%5c/i;

/** A server that decodes before it splits takes these for slashes, and `..;x` for `..`. */
const SLASH = /\/|%2f/i;
const PARENT = /^(\.|%2e){2}(;.*)?$/i;

const PARAMETER = /\{(\w+)\+?\}/g;

/**
 * Where a request goes.
 *
 * @param base The configured URL; its path is the prefix, and its query goes before the client's.
 * @param append Whether the request's path is appended; never that of the product's own route.
 * @throws TypeError where the gateway gave no value for a parameter of the route.
 */
export function targetOf(base: URL, request: RequestText, append: boolean): Target {
  const callerPath = request.rawPath ?? pathOf(request);
  if (!PATH.test(callerPath) || ENDS_PATH.test(callerPath)) {
    return refused(
      'the path must begin with a slash and be visible ASCII, the rest percent-encoded, without backslashes',
    );
  }
  if (callerPath.split(SLASH).some((segment) => PARENT.test(segment))) {
    return refused('the path must not lead up: it has a segment that means ..');
  }
  const query = queryOf(base, request);
  if (!TEXT.test(query) || query.includes('#')) {
    return refused('the query must be visible ASCII, the rest percent-encoded');
  }
  const isAppended = append && request.resource !== SERVICE_PATH;
  const path = isAppended ? base.pathname.replace(/\/$/, '') + callerPath : base.pathname;
  return { ok: true, path: query === '' ? path : `${path}?${query}` };
}

function refused(problem: string): Target {
  return { ok: false, problem };
}

/** The route's pattern with the values as they came. */
function pathOf({ resource, pathParameters }: RequestText): string {
  return resource.replaceAll(PARAMETER, (_match, name: string) => {
    const value = pathParameters[name];
    if (value === undefined) throw new TypeError(`expected a value of {${name}} in ${resource}`);
    return value;
  });
}

/** The client's query behind the configured one; a parameter that is configured stays as it is. */
function queryOf(base: URL, { query, queryText }: RequestText): string {
  const configured = base.search.slice(1);
  const isFree = (name: string) => !base.searchParams.has(name);
  const given =
    queryText === undefined
      ? new URLSearchParams(Object.entries(query).filter(([name]) => isFree(name))).toString()
      : pairsOf(queryText, isFree);
  return [configured, given].filter((part) => part !== '').join('&');
}

/** The pairs that may pass, each as it came. */
function pairsOf(queryText: string, isFree: (name: string) => boolean): string {
  return queryText
    .split('&')
    .filter((pair) => [...new URLSearchParams(pair).keys()].every(isFree))
    .join('&');
}
