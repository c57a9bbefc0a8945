/** Which scopes of services.json are served, for whoever reads the file. */
import { DEFAULT_SCOPE } from '../store/level-store.ts';

/** What the environment says of it. */
export interface Listed {
  /** Those that SERVICES lists. */
  readonly services?: readonly string[];
  /** Given: an API of one's own stands in the default scope, and alone where nothing is listed. */
  readonly upstream?: unknown;
}

/** The names of the scopes that are served: the listed ones, or all. */
export function listedScopes(
  all: readonly string[],
  { services, upstream }: Listed,
): readonly string[] {
  return services ?? (upstream === undefined ? all : [DEFAULT_SCOPE]);
}
