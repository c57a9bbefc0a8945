/** Scopes of the tests: those of their own, and the two that the product is tested with, whatever else is in the file. */
import { readScopes, servedScopes, type Scopes } from '../../lib/runtime/scopes.ts';

/** Reads entries to which what every service must have is added. */
export function givenScopes(entries: Readonly<Record<string, object>>, stage?: string): Scopes {
  const whole = Object.entries(entries).map(([scope, entry]) => [
    scope,
    { routes: [`GET /${scope}`], module: 'demo', ...entry },
  ]);
  return readScopes(stage, Object.fromEntries(whole));
}

/** What SERVICES says in the tests: a service of one's own beside these two changes no test of the product. */
export const TESTED_SERVICES = 'default,account';

/** The two, as services.json has them. */
export function testedScopes(stage?: string): Scopes {
  return servedScopes(readScopes(stage), { services: TESTED_SERVICES.split(',') });
}

/** What a test's environment says of them, where it names no API of its own. */
export function listing(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return env['FULL_UPSTREAM_URL'] === undefined ? { SERVICES: TESTED_SERVICES } : {};
}
