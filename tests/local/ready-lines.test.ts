/** What is printed when the server is ready: calls that show something, and how many were left out. */
import { expect, test } from 'vitest';
import { readyLines } from '../../lib/local/ready-lines.ts';
import { readScopes } from '../../lib/runtime/scopes.ts';

const URL = 'http://127.0.0.1:3000';
const upstream = { url: 'https://api.example.com' };
const linesOf = (routes: readonly string[], prefix = '') =>
  readyLines(URL, readScopes('dev', { items: { routes, upstream } }), prefix).split('\n');

test('there is a call for each route that shows something, and the product’s own', () => {
  expect(linesOf(['GET /items/{id}', 'HEAD /search', 'PUT /items/{id}/{rest+}'], '/ops')).toEqual([
    `Listening on ${URL}`,
    `  curl ${URL}/items/12345`,
    `  curl -X PUT ${URL}/items/12345/12345 -H 'Content-Type: application/json' -d '{}'`,
    `  curl ${URL}/ops/circuit-breaker`,
    `  curl -X POST ${URL}/ops/circuit-breaker/reset`,
  ]);
});

test('of many routes it says how many are not shown', () => {
  const routes = Array.from({ length: 11 }, (_, index) => `GET /items${index}`);
  const lines = linesOf(routes);
  expect(lines.filter((line) => line.includes('/items'))).toHaveLength(8);
  expect(lines).toContain('  and 3 more by services.json');
  expect(linesOf(routes.slice(0, 8)).filter((line) => line.includes('more'))).toEqual([]);
});
