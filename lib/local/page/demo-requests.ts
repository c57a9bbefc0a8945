/** What the live page may send to the demo services: a good request and one that fails, by scope. */
import { DEFAULT_SCOPE } from '../../store/level-store.ts';

/** A request that the page sends. */
export interface DemoRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** The requests of one scope. */
export interface DemoRequests {
  readonly good: DemoRequest;
  readonly bad: DemoRequest;
}

const REQUESTS: Readonly<Record<string, DemoRequests>> = {
  [DEFAULT_SCOPE]: {
    good: { method: 'POST', path: '/service-api', body: { error: false } },
    bad: { method: 'POST', path: '/service-api', body: { error: true } },
  },
  account: {
    good: { method: 'GET', path: '/account/12345?error=false' },
    bad: { method: 'GET', path: '/account/12345?error=true' },
  },
};

/** Those of the scopes that have some. */
export function demoRequests(scopes: readonly string[]): Readonly<Record<string, DemoRequests>> {
  return Object.fromEntries(Object.entries(REQUESTS).filter(([scope]) => scopes.includes(scope)));
}
