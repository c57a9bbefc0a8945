/** The tarball before publint and are-the-types-wrong, and what a reader of it finds. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ended, entriesOf, installedBy, type Project } from './project.ts';

const judge = (name: string): string => join(inject('judges'), '.bin', name);

let project: Project;
beforeAll(async () => {
  project = await installedBy(process.execPath);
});
afterAll(() => project.remove());

test('publint has nothing to say', async () => {
  const args = ['run', project.installed, '--strict', '--pack', 'false'];
  const { code, stdout } = await ended(judge('publint'), args, project.folder);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('All good!') as string,
  });
});

test('are-the-types-wrong finds none wrong; that an old require() cannot have them is meant', async () => {
  const args = [inject('tarball'), '--profile', 'esm-only', '--no-color', '--no-emoji'];
  const { code, stdout } = await ended(judge('attw'), args, project.folder);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.any(String) as string });
  const [esm, bundler] = [/node16 \(from ESM\): OK \(ESM\)/g, /bundler: OK/g];
  const entries = await entriesOf(project);
  expect(stdout.match(esm)).toHaveLength(entries.length);
  expect(stdout.match(bundler)).toHaveLength(entries.length + 1);
});

test('every file that is compiled has its map, with the source in it', async () => {
  const files = await readdir(join(project.installed, 'dist'), { recursive: true });
  const scripts = files.filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(40);
  for (const script of scripts) {
    const map = await readFile(join(project.installed, 'dist', `${script}.map`), 'utf8');
    const { sourcesContent } = JSON.parse(map) as { readonly sourcesContent?: readonly string[] };
    expect(sourcesContent?.[0]).toMatch(/^\/\*\*/);
    expect(files).toContain(script.replace(/\.js$/, '.d.ts'));
  }
});

test('every link of its pages leads to something in it', async () => {
  const files = await readdir(project.installed, { recursive: true });
  const dangling: string[] = [];
  for (const page of files.filter((name) => name.endsWith('.md'))) {
    const text = await readFile(join(project.installed, page), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const path = join(project.installed, dirname(page), target);
      if (!existsSync(path)) dangling.push(`${page}: ${target}`);
    }
  }
  expect(dangling).toEqual([]);
});

test("its dependencies are those of the logger and the ladder, and the SDK is its user's, where there is one", async () => {
  const text = await readFile(join(project.installed, 'package.json'), 'utf8');
  const manifest = JSON.parse(text) as Readonly<Record<string, object>>;
  expect(manifest).toMatchObject({ type: 'module', sideEffects: false });
  expect(Object.keys(manifest['dependencies'] ?? {})).toEqual([
    '@aws-lambda-powertools/logger',
    '@aws-lambda-powertools/metrics',
    '@opentelemetry/api',
    'fastest-levenshtein',
    'valibot',
  ]);
  const peers = [
    '@aws-sdk/client-cloudwatch',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-servicediscovery',
    '@aws-sdk/lib-dynamodb',
  ];
  expect(Object.keys(manifest['peerDependencies'] ?? {})).toEqual(peers);
  expect(manifest['peerDependenciesMeta']).toEqual(
    Object.fromEntries(peers.map((peer) => [peer, { optional: true }])),
  );
});
