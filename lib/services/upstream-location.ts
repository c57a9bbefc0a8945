/** Where an upstream's Location leads a client that knows only this service. */

/** What is known of a request whose answer has a Location. */
export interface Located {
  /** The configured URL: its origin and path are replaced. */
  readonly base: URL;
  /** What was asked of the upstream: what a relative Location starts from. */
  readonly path: string;
  /** What the gateway puts before every path, for example `/prod`; '' where nothing. */
  readonly prefix: string;
}

/**
 * A Location within the configured URL as the caller's path, any other as it is.
 *
 * @param location As the upstream gave it, absolute or relative.
 */
export function callersLocation(location: string, { base, path, prefix }: Located): string {
  const target = URL.parse(location, base.origin + path);
  const below = base.pathname.replace(/\/$/, '');
  if (target?.origin !== base.origin || target.username !== '') return location;
  if (target.pathname !== below && !target.pathname.startsWith(`${below}/`)) return location;
  const rest = target.pathname.slice(below.length);
  // Two slashes at the start would name another host.
  const callers = `${prefix}${rest === '' ? '/' : rest}`.replace(/^\/{2,}/, '/');
  return callers + target.search + target.hash;
}

/** The prefix that a gateway says in X-Forwarded-Prefix; what is none is ''. */
export function prefixIn(headers: Readonly<Record<string, string>>): string {
  const given = headers['x-forwarded-prefix'] ?? '';
  return /^(\/[\w.~-]+)+$/.test(given) ? given : '';
}
