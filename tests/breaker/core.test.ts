/** Which way imports point in the library, and that its core is pure and its entry light. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../lib/breaker/', import.meta.url).pathname;
const FILES = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);

/** What a file imports, types too: paths from the library's folder, or the names of packages. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(/from '([^']+)'/g)].map(([, from = '']) =>
    from.startsWith('.') ? normalize(join(dirname(path), from)) : from,
  );
}

describe('the pure core', () => {
  const PURE = ['state.ts', 'totals.ts', 'verdict.ts', 'window.ts'];

  test.each(PURE)('%s imports nothing outside it', (path) => {
    expect(importsOf(path).filter((from) => !PURE.includes(from))).toEqual([]);
  });
});

describe('a folder', () => {
  /** Where files of a folder may import from, beside their own. */
  const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
    '.': [],
    companions: ['.'],
    vocabularies: ['.', 'companions'],
  };

  test.each(Object.keys(MAY_IMPORT))('%s holds files, whose imports point one way', (folder) => {
    const paths = FILES.filter((path) => dirname(path) === folder && path !== 'index.ts');
    expect(paths).not.toEqual([]);
    const wrong = paths.flatMap((path) =>
      importsOf(path)
        .filter((from) => from.endsWith('.ts'))
        .filter((from) => ![folder, ...(MAY_IMPORT[folder] ?? [])].includes(dirname(from)))
        .map((from) => `${path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  test('is one of these', () => {
    expect(new Set(FILES.map((path) => dirname(path)))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });
});

test('the public entry reaches every file and no AWS SDK', () => {
  const seen = new Set<string>();
  const outside = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const from of importsOf(path)) {
      if (from.endsWith('.ts')) visit(from);
      else outside.add(from);
    }
  };
  visit('index.ts');
  expect([...outside]).toEqual(['fastest-levenshtein']);
  expect([...seen].toSorted()).toEqual(FILES.toSorted());
});
