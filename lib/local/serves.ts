/** What serves each scope on a laptop: the module that its entry names, or its API. */
import type { Config } from '../runtime/config.ts';
import { moduleProblem } from '../runtime/module-files.ts';
import { deployedIn, type Scopes } from '../runtime/scopes.ts';
import { upstreamSettingsOf } from '../runtime/upstream-schema.ts';
import type { Serves } from '../services/registry.ts';
import { StartError } from './errors.ts';

/**
 * By scope.
 *
 * @throws StartError for a module whose file is not there.
 */
export function servesOf(
  scopes: Scopes,
  config: Pick<Config, 'policy' | 'upstream'>,
): Readonly<Record<string, Serves>> {
  const serves = Object.entries(scopes).map(([scope, { module, upstream, cors }]) => {
    if (module !== undefined) {
      const problem = moduleProblem(scope, module);
      if (problem !== null) throw new StartError(problem);
      return [scope, { module }] as const;
    }
    const { policy } = deployedIn(scopes, scope, config.policy);
    const where = { scope, passCors: cors === 'off' };
    const own = upstream && upstreamSettingsOf(upstream, policy, where);
    const settings = own ?? config.upstream;
    if (settings === undefined) throw new StartError(`services.json: ${scope} has no upstream`);
    return [scope, { upstream: settings }] as const;
  });
  return Object.fromEntries(serves);
}
