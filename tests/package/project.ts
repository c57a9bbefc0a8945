/** A fresh project of a user who has installed the tarball, the SDK for its tables, and nothing else. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import ours from '../../package.json' with { type: 'json' };

/** The SDK is its user's own. */
const { dependencies } = ours;

const ROOT = new URL('../../', import.meta.url).pathname;

const NAME = 'resilient-service-system';

/** What a command wrote, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with node_modules. */
export interface Project {
  readonly folder: string;
  /** The installed package. */
  readonly installed: string;
  /** Writes a file and runs it with this project's Node. */
  script(name: string, text: string, ...flags: readonly string[]): Promise<Ended>;
  remove(): Promise<void>;
}

/** Runs a program to its end, whatever its exit code. */
export async function ended(file: string, args: readonly string[], cwd: string): Promise<Ended> {
  return promisify(execFile)(file, args, { cwd }).then(
    (output) => ({ code: 0, ...output }),
    (error: unknown) => error as Ended,
  );
}

/** @param node The program of the Node that installs and runs. */
export async function installedBy(node: string): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'resilient-user-')));
  // As `npm init -y` leaves it.
  const manifest = { name: 'user', version: '1.0.0', type: 'commonjs' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  // npm runs on the first Node of the path.
  const env = { ...process.env, PATH: [dirname(node), process.env['PATH']].join(delimiter) };
  const named = (name: keyof typeof dependencies) => `${name}@${dependencies[name]}`;
  const sdk = [named('@aws-sdk/client-dynamodb'), named('@aws-sdk/lib-dynamodb')];
  await promisify(execFile)('npm', ['install', inject('tarball'), ...sdk], { cwd: folder, env });
  return {
    folder,
    installed: join(folder, 'node_modules', NAME),
    async script(name, text, ...flags) {
      await writeFile(join(folder, name), text);
      return ended(node, [...flags, name], folder);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The ten lines with which a page begins: its first block of JavaScript. */
export async function tenLines(page: string): Promise<string> {
  const [, lines = ''] = /^```js\n(.*?)^```$/ms.exec(await readFile(page, 'utf8')) ?? [];
  return lines;
}

/** The README of the repository. */
export const README = join(ROOT, 'README.md');

/** The entries of the installed package, as they are imported. */
export async function entriesOf({ installed }: Project): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  return Object.keys(manifest.exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => NAME + subpath.slice(1));
}
