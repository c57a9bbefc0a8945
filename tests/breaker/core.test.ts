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
    from.startsWith('.') ? normalize(join(dirname(path), from)).replace('../breaker/', '') : from,
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

describe('the entries', () => {
  const ENTRIES = new URL('../../lib/entries/', import.meta.url).pathname;
  const entries = readdirSync(ENTRIES).filter((path) => path !== 'logger.ts');

  /** Every file of the library that an import reaches, and the packages behind them. */
  function reached(from: string): { readonly files: Set<string>; readonly packages: Set<string> } {
    const [files, packages] = [new Set<string>(), new Set<string>()];
    const visit = (path: string): void => {
      if (files.has(path)) return;
      files.add(path);
      for (const next of importsOf(path)) {
        if (next.endsWith('.ts')) visit(next);
        else packages.add(next);
      }
    };
    visit(from);
    return { files, packages };
  }

  test('reach every file of the library', () => {
    const all = new Set(entries.flatMap((entry) => [...reached(`../entries/${entry}`).files]));
    expect(FILES.filter((path) => !all.has(path))).toEqual([]);
  });

  test('of the breaker reaches no vocabulary but the registry, and no package', () => {
    const { files, packages } = reached('index.ts');
    expect([...packages]).toEqual([]);
    expect([...files].filter((path) => path.startsWith('vocabularies/'))).toEqual([
      'vocabularies/registry.ts',
    ]);
  });

  test.each(entries)('%s needs a package for its logger alone', (entry) => {
    const reachedPackages = [...reached(`../entries/${entry}`).packages];
    const packages = reachedPackages.filter((name) => !name.startsWith('node:'));
    expect(packages).toEqual(entry === 'utils.ts' ? ['@aws-lambda-powertools/logger'] : []);
  });
});

test('no file but host.ts knows of a host: of Node, its process or its timers', () => {
  const wrong = FILES.filter((path) => path !== 'host.ts').filter((path) =>
    /'node:|\bprocess\.\w|\bBuffer\b|\bsetTimeout\b/.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  expect(wrong).toEqual([]);
});
