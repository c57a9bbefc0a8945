/** What a server says when it is ready: where it is, and calls to try. */
import { routesOf, type Scopes } from '../runtime/scopes.ts';

/** More would hide the address above them. */
const MOST_CALLS = 8;

const DEMO_BODIES = ['{"error": false}', '{"error": true}'];

/**
 * The lines, with a call for each route: of many the first, and how many more there are.
 *
 * @param prefix Before the product's own paths; '' is none.
 */
export function readyLines(url: string, scopes: Scopes, prefix: string): string {
  const calls = routesOf(scopes).flatMap(({ method, path, scope }) => {
    const target = `${url}${path.replaceAll(/\{\w+\+?\}/g, '12345')}`;
    if (method === 'GET' || method === 'ANY') return [`  curl ${target}`];
    // They show nothing.
    if (method === 'HEAD' || method === 'OPTIONS') return [];
    const call = `  curl -X ${method} ${target} -H 'Content-Type: application/json'`;
    // What the demo takes; any JSON for all else.
    const bodies = scopes[scope]?.module === 'demo' ? DEMO_BODIES : ['{}'];
    return bodies.map((body) => `${call} -d '${body}'`);
  });
  const left = calls.length - MOST_CALLS;
  return [
    `Listening on ${url}`,
    ...calls.slice(0, MOST_CALLS),
    ...(left > 0 ? [`  and ${left} more by services.json`] : []),
    `  curl ${url}${prefix}/circuit-breaker`,
    `  curl -X POST ${url}${prefix}/circuit-breaker/reset`,
  ].join('\n');
}
