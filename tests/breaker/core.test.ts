/** The core is pure: it imports nothing but itself, so clock, timers and chance stay outside. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const CORE = ['state', 'totals', 'verdict', 'window'];
const importsOf = (name: string): string[] => {
  const file = new URL(`../../lib/breaker/${name}.ts`, import.meta.url);
  return [...readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from ?? '');
};

test.each(CORE)('%s imports nothing outside the core', (name) => {
  const core = new Set(CORE.map((other) => `./${other}.ts`));
  expect(importsOf(name).filter((from) => !core.has(from))).toEqual([]);
});

test('the public entry reaches no AWS SDK', () => {
  const seen = new Set<string>();
  const outside = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const from of importsOf(name)) {
      const [, inside] = /^\.\/(.+)\.ts$/.exec(from) ?? [];
      if (inside === undefined) outside.add(from);
      else visit(inside);
    }
  };
  visit('index');
  expect([...outside]).toEqual(['fastest-levenshtein']);
});
