/** `npm run build:package`: makes in .package/ the tarball that would be published; the last line is its path. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { manifestOf, sourcesOf, type Manifest } from './manifest.ts';
import { pageOf, PACKED } from './pages.ts';

const run = promisify(execFile);

const ROOT = new URL('..', import.meta.url).pathname;
const OUT = join(ROOT, '.package');
const BUILD = join(OUT, 'build');

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

/** Copies a file or a folder; a page gets the links that it needs there. */
async function pack(from: string, to: string): Promise<void> {
  if ((await stat(join(ROOT, from))).isDirectory()) {
    for (const name of await readdir(join(ROOT, from)))
      await pack(`${from}/${name}`, `${to}/${name}`);
    return;
  }
  const text = await readFile(join(ROOT, from), 'utf8');
  await mkdir(dirname(join(BUILD, to)), { recursive: true });
  await writeFile(join(BUILD, to), from.endsWith('.md') ? pageOf(from, text) : text);
}

async function main(): Promise<void> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  await rm(OUT, { recursive: true, force: true });
  await mkdir(BUILD, { recursive: true });
  await compile(manifest);
  const published = manifestOf(manifest, [...(await compiled()).values()]);
  await writeFile(join(BUILD, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  for (const [from, to] of PACKED) await pack(from, to);
  const packed = await run('npm', ['pack', '--json', '--pack-destination', OUT], { cwd: BUILD });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ readonly filename: string }];
  process.stdout.write(`${join(OUT, filename)}\n`);
}

await main();
