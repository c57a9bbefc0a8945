/** `npm run build:package`: makes in .package/ the tarball that would be published; the last line is its path. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { manifestOf, sourcesOf, type Manifest } from './manifest.ts';
import { readmeOf } from './readme.ts';

const run = promisify(execFile);

const ROOT = new URL('..', import.meta.url).pathname;
const OUT = join(ROOT, '.package');
const BUILD = join(OUT, 'build');

/** What is packed beside the compiled files: where it lies here, and where there. */
const COPIED = [
  ['LICENSE', 'LICENSE'],
  ['docs/CHANGELOG.md', 'CHANGELOG.md'],
  ['docs/TESTING.md', 'docs/TESTING.md'],
  ['docs/breaker', 'docs/breaker'],
  ['docs/examples', 'docs/examples'],
] as const;

async function compile(manifest: Manifest): Promise<void> {
  const config = {
    extends: '../package/tsconfig.json',
    compilerOptions: { outDir: './build/dist' },
    files: sourcesOf(manifest).map((path) => join('..', path)),
  };
  await writeFile(join(OUT, 'tsconfig.json'), JSON.stringify(config));
  await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', join(OUT, 'tsconfig.json')]);
}

/** The compiled files by their path; declarations name each other by what they will be called. */
async function compiled(): Promise<ReadonlyMap<string, string>> {
  const dist = join(BUILD, 'dist');
  const files = new Map<string, string>();
  for (const path of await readdir(dist, { recursive: true })) {
    if (!/\.(js|d\.ts)$/.test(path)) continue;
    const text = await readFile(join(dist, path), 'utf8');
    const named = text.replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.js'");
    if (named !== text) await writeFile(join(dist, path), named);
    files.set(path, named);
  }
  return files;
}

async function main(): Promise<void> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  await rm(OUT, { recursive: true, force: true });
  await mkdir(BUILD, { recursive: true });
  await compile(manifest);
  const published = manifestOf(manifest, [...(await compiled()).values()]);
  await writeFile(join(BUILD, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  const readme = await readFile(join(ROOT, 'docs/BREAKER.md'), 'utf8');
  await writeFile(join(BUILD, 'README.md'), readmeOf(readme));
  for (const [from, to] of COPIED) {
    await cp(join(ROOT, from), join(BUILD, to), { recursive: true });
  }
  const packed = await run('npm', ['pack', '--json', '--pack-destination', OUT], { cwd: BUILD });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ readonly filename: string }];
  process.stdout.write(`${join(OUT, filename)}\n`);
}

await main();
