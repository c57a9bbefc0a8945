/** Which route a path belongs to, whatever the method. */

/** The methods of each route, by its pattern: `/account/:id`. */
export type Methods = ReadonlyMap<string, readonly string[]>;

/** The pattern of a path's route; the path itself where there is none. */
export function routeOf(path: string, methodsOf: Methods): string {
  if (methodsOf.has(path)) return path;
  const parts = path.split('/');
  return [...methodsOf.keys()].find((route) => matches(route.split('/'), parts)) ?? path;
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length &&
    pattern.every((part, index) => part === parts[index] || part.startsWith(':'))
  );
}
