/** Lambda: GET and HEAD /health, /health/liveness and /health/readiness. */
import type { HealthHandlers } from '../lib/health/handler.ts';
import { healthRuntimeFromEnv } from '../lib/runtime/health-runtime.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';

/** The routes, and who answers each. */
const ROUTES: ReadonlyMap<string, keyof HealthHandlers> = new Map([
  ['/health', 'health'],
  ['/health/liveness', 'liveness'],
  ['/health/readiness', 'readiness'],
]);

/** Makes the handler of an API Gateway proxy event. */
export const createHandler = (handlers: HealthHandlers) => async (event: unknown) => {
  const { resource } = event as { readonly resource?: unknown };
  // What stands before it, the gateway and services.json know.
  const own = String(resource).replace(/^.*(?=\/health)/, '');
  const answer = await handlers[ROUTES.get(own) ?? 'health'](event);
  // Any page may read it, as the status; behind a proxy integration only the function can say so.
  return { ...answer, headers: { ...answer.headers, 'Access-Control-Allow-Origin': '*' } };
};

export const handler = lazyHandler(createHandler, healthRuntimeFromEnv);
