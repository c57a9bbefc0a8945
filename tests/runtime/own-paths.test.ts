/** Which prefixes there may be, and which routes of a service they take away or leave. */
import { describe, expect, test } from 'vitest';
import { readControlPrefix } from '../../lib/runtime/own-paths.ts';
import { readScopes } from '../../lib/runtime/scopes.ts';

const PREFIX = '/the-ops';

describe('a prefix', () => {
  test.each([
    ['ops'],
    ['/'],
    ['/ops/'],
    ['/Ops'],
    ['/a/b/c/d'],
    ['/{ops}'],
    ['/health'],
    ['/ops/page'],
    [7],
    [null],
  ])('%j is refused', (controlPrefix) => {
    expect(() => readControlPrefix({ controlPrefix })).toThrow(
      /^services\.json: controlPrefix must be a path such as \/ops/,
    );
  });

  test.each([
    [{}, 'GET /health', true],
    [{}, 'GET /Health/x', true],
    [{}, 'GET /the-ops', false],
    [{ controlPrefix: PREFIX }, 'GET /health', false],
    [{ controlPrefix: PREFIX }, 'ANY /the-ops', true],
    [{ controlPrefix: PREFIX }, 'GET /the-ops/{id}', true],
    [{ controlPrefix: PREFIX }, 'GET /the-ops-room', false],
  ])('%j with the route %s: refused %s', (file, route, isRefused) => {
    const read = () => readScopes('dev', { ...file, a: { routes: [route], module: 'demo' } });
    if (isRefused) expect(read).toThrow(/a: routes .* is the product's own path; take another/);
    else expect(read()).toHaveProperty('a');
  });
});
