/** Scopes of a test: each has a route and a module, and what the test says. */
import { readScopes, type Scopes } from '../../lib/runtime/scopes.ts';

/** Reads entries to which what every service must have is added. */
export function givenScopes(entries: Readonly<Record<string, object>>, stage?: string): Scopes {
  const whole = Object.entries(entries).map(([scope, entry]) => [
    scope,
    { routes: [`GET /${scope}`], module: 'demo', ...entry },
  ]);
  return readScopes(stage, Object.fromEntries(whole));
}
