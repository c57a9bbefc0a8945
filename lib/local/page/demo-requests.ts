/** What the live page may send to the demo services: a good request and one that fails, by scope. */
import type { ScopeConfig, Scopes } from '../../runtime/scopes.ts';
import type { DemoRequests } from './about.ts';

/** An account that the seed makes. */
const ACCOUNT = '12345';

/** Those of the scopes that a demo serves: others know no fault switch. */
export function demoRequests(scopes: Scopes): Readonly<Record<string, DemoRequests>> {
  const known = Object.entries(scopes).map(([scope, entry]) => [scope, requestsOf(entry)] as const);
  return Object.fromEntries(known.filter(([, requests]) => requests !== null)) as Readonly<
    Record<string, DemoRequests>
  >;
}

function requestsOf({ module, routes }: ScopeConfig): DemoRequests | null {
  const [route] = routes;
  if (route === undefined) return null;
  if (module === 'demo' && route.method === 'POST') {
    const { method, path } = route;
    return {
      good: { method, path, body: { error: false } },
      bad: { method, path, body: { error: true } },
    };
  }
  if (module !== 'bank' || route.method !== 'GET') return null;
  const path = route.path.replace(/\{\w+\}/, ACCOUNT);
  return {
    good: { method: 'GET', path: `${path}?error=false` },
    bad: { method: 'GET', path: `${path}?error=true` },
  };
}
