/** The tarball, built once, and the tools that judge it: installed once into the project's cache folder. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const run = promisify(execFile);

const ROOT = new URL('../../', import.meta.url).pathname;
const CACHE = join(ROOT, '.cache/package');

/** The Nodes that the package promises, each the newest of its kind. */
const NODES = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' } as const;

const JUDGES = {
  '@arethetypeswrong/cli': '0.18.5',
  '@types/node': '20.19.43',
  publint: '0.3.25',
  typescript: '5.9.3',
} as const;

declare module 'vitest' {
  // Declarations merge by interface.
  interface ProvidedContext {
    readonly tarball: string;
    /** The folder of publint, are-the-types-wrong and the older TypeScript. */
    readonly judges: string;
    /** The program of each Node, by its major version. */
    readonly nodes: Readonly<Record<string, string>>;
  }
}

/** Builds the tarball by the command that a user of the repository runs, and installs what judges it. */
export async function setup({ provide }: TestProject): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const [{ stdout }, judges, ...nodes] = await Promise.all([
    run('npm', ['run', 'build:package'], { cwd: ROOT }),
    installed(JUDGES),
    ...Object.entries(NODES).map(async ([major, version]) => {
      return [major, join(await installed({ node: version }), 'node/bin/node')] as const;
    }),
  ]);
  provide('tarball', stdout.trim().split('\n').at(-1) ?? '');
  provide('judges', judges);
  provide('nodes', Object.fromEntries(nodes));
}

/** The node_modules of a folder that has these and nothing else; put together under another name. */
async function installed(dependencies: Readonly<Record<string, string>>): Promise<string> {
  const name = Object.entries(dependencies).map(([from, version]) => `${from}@${version}`);
  const folder = join(CACHE, name.join('+').replaceAll('/', '-'));
  if (!existsSync(folder)) {
    const making = await mkdtemp(join(CACHE, 'making-'));
    const manifest = { private: true, dependencies, allowScripts: { node: true } };
    await writeFile(join(making, 'package.json'), JSON.stringify(manifest));
    await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: making });
    try {
      await rename(making, folder);
    } catch (error) {
      // Another run was quicker.
      await rm(making, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
  }
  return join(folder, 'node_modules');
}
